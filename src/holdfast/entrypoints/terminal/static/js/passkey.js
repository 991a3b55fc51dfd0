// Passkeys: options from the API, the browser's answer into the form's hidden fields, and off it goes.
import { t } from "./words.js";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function asked(options) {
  const ready = { ...options, challenge: bytes(options.challenge) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) ready[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  if (options.user) ready.user = { ...options.user, id: bytes(options.user.id) };
  return ready;
}

function answered(made) {
  const { response } = made;
  const told = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) told[name] = text(response[name]);
  }
  if (response.getTransports) told.transports = response.getTransports();
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, response: told,
    authenticatorAttachment: made.authenticatorAttachment ?? null,
    clientExtensionResults: made.getClientExtensionResults(),
  };
}

// What a factor would confirm now: a note that is still being typed is part of it.
async function bound(form, url) {
  const given = new FormData(form);
  given.delete("key");
  const reply = await fetch(url, { method: "POST", body: new URLSearchParams(given) });
  if (!reply.ok || !reply.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(t("passkey_failed"));
  return reply.json();
}

async function use(button) {
  const form = button.form ?? button.closest("form");
  const wrong = form.querySelector("[data-passkey-wrong]");
  if (wrong) wrong.textContent = "";
  button.disabled = true;
  try {
    const headers = { "Content-Type": "application/json" };
    const csrf = form.querySelector("[name=csrf]")?.value;
    if (csrf) headers["Holdfast-CSRF"] = csrf;
    const where = button.closest("[data-bound]")?.dataset.bound;
    const body = where
      ? JSON.stringify({ ...JSON.parse(button.dataset.body), request: (await bound(form, where)).request })
      : button.dataset.body || undefined;
    const reply = await fetch(button.dataset.options, { method: "POST", headers, body });
    const told = await reply.json();
    if (!reply.ok) throw new Error(told.detail);
    const given = { publicKey: asked(told.options) };
    const made = button.dataset.passkey === "create"
      ? await navigator.credentials.create(given) : await navigator.credentials.get(given);
    form.querySelector("[name=challenge], [name='f.challenge']").value = told.challenge;
    form.querySelector("[name=answer], [name='f.answer']").value = JSON.stringify(answered(made));
    form.noValidate = true;
    form.requestSubmit();
  } catch (error) {
    if (wrong) wrong.textContent = error.name === "NotAllowedError" ? t("passkey_stopped") : error.message || t("passkey_failed");
  } finally {
    button.disabled = false;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-passkey]");
  if (button) use(button);
});

// The text for a wallet follows the note.
document.addEventListener("change", async (event) => {
  const form = event.target.matches("[name=note]") && event.target.form;
  const part = form && form.querySelector("[data-bound]"), pre = part && part.querySelector("[data-wallet]");
  if (!pre) return;
  const told = await bound(form, part.dataset.bound).catch(() => null);  // sent as it is, it is asked for once more
  if (!told) return;
  pre.textContent = pre.dataset.copy = told.wallet.text;
  form.querySelector("[name=wallet_challenge]").value = told.wallet.challenge;
});

export function reveal(root) {
  if (!window.PublicKeyCredential) return;
  for (const part of root.querySelectorAll(".needs-script[hidden]")) part.hidden = false;
}
