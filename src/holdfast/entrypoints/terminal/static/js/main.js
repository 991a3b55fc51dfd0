// What every page has: time zones, the dialog, passkeys, live parts. Everything works without it, only less well.
import "./dialog.js";
import { begin } from "./live.js";
import { localise } from "./moments.js";
import { reveal } from "./passkey.js";
import "./still.js";
import { t } from "./words.js";

function prepare(root) {
  localise(root);
  reveal(root);
  for (const button of root.querySelectorAll("[data-most][hidden], [data-print][hidden]")) button.hidden = false;
  if (navigator.clipboard) for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

// What is wrong at a field comes with the answer beside it; the field is marked as long as it stands there.
function mark() {
  for (const said of document.querySelectorAll("[data-wrong-at]")) {
    const field = document.getElementById(said.dataset.wrongAt), wrong = Boolean(said.textContent.trim());
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    field.closest(".field").classList.toggle("wrong", wrong);
  }
}

prepare(document);
mark();
document.addEventListener("holdfast:fresh", (event) => prepare(event.target));
document.addEventListener("htmx:afterSettle", (event) => {
  mark();
  prepare(event.target.isConnected ? event.target : document);
  event.target.querySelector?.("[aria-invalid=true]")?.focus();
});

document.addEventListener("click", async (event) => {
  const most = event.target.closest("[data-most]");
  if (most) {
    const field = document.getElementById(most.dataset.for);
    field.value = most.dataset.most;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  if (event.target.closest("[data-print]")) print();
  const copied = event.target.closest("[data-copy]");
  if (copied && !String(getSelection())) {
    try {
      await navigator.clipboard.writeText(copied.dataset.copy);
      copied.classList.add("copied");
      setTimeout(() => copied.classList.remove("copied"), 900);
    } catch { /* not allowed: it can be marked and copied by hand */ }
  }
});

// A button that is on its way stays in the page until its answer is there: the answer goes where the button leads.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.querySelector("form.act-button.htmx-request")) event.detail.shouldSwap = false;
});

// A form that is on its way is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) { location.reload(); return; }  // kept by the browser: perhaps from before somebody signed out
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A link's one-use token stands behind #, which is sent to nobody; it goes into the form and out of the address.
const token = document.querySelector("input[data-from-fragment]");
if (token && location.hash.length > 1) {
  token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  token.closest(".field")?.classList.add("filled");
}

// On a narrow screen the navigation begins closed.
const menu = document.querySelector("[data-menu]");
const narrow = matchMedia("(max-width: 60rem)");
function fold() { if (menu) menu.open = !narrow.matches; }
fold();
narrow.addEventListener("change", fold);

// Forms that somebody has begun to fill in are not left by accident.
document.body.addEventListener("htmx:responseError", () => {
  const said = document.getElementById("said");
  if (said && !said.textContent.trim()) said.textContent = t("failed");
});
// What went wrong is no longer said on top of the page once something goes well.
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const said = document.getElementById("said");
  if (!said || detail.isError || detail.target === said) return;
  said.classList.remove("banner", "bad");
  said.querySelector("[role=alert]")?.remove();
});
document.body.addEventListener("htmx:sendError", () => {
  const said = document.getElementById("said");
  said.textContent = t("offline");
  said.classList.add("banner", "bad");
});

begin();
