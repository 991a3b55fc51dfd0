// The confirmation as a dialog. Its content comes from the server; here it is only opened and closed.
const dialog = document.querySelector("[data-dialog] dialog");
let before = null, told = "";

// Who opened it: a button that is on its way is disabled and has lost the focus by the time that the answer is there.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (dialog?.open) return;
  const could = [document.activeElement, detail.requestConfig?.triggeringEvent?.submitter, detail.elt.querySelector("button")];
  before = could.find((one) => one && one !== document.body) ?? null;
  told = asks(before);
});

// What a button's form asks for: by it the button is found again where the part of the page was fetched anew.
function asks(button) {
  if (!button?.form) return "";
  const given = new FormData(button.form);
  given.delete("csrf");
  return new URLSearchParams(given).toString();
}

function opener() {
  if (before?.isConnected) return before;
  const buttons = told ? [...document.querySelectorAll("main form[hx-post] button[type=submit]")] : [];
  return buttons.find((one) => asks(one) === told) ?? document.getElementById("main");
}

function open() {
  if (!dialog || dialog.open) return;
  for (const field of document.querySelectorAll("main .field.wrong")) {  // it was right after all
    field.classList.remove("wrong");
    field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    field.querySelector(".wrong-text")?.replaceChildren();
  }
  dialog.showModal();
}

// What is shown only this once is left by its own button: neither Escape nor a click beside it takes it away.
const once = () => dialog?.querySelector("[data-once]");
dialog?.addEventListener("cancel", (event) => { if (once()) event.preventDefault(); });

// What comes in place of a button that was pressed is where the keyboard goes on, and is read out.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!dialog?.open || target.id !== "dialog") return;
  if (once()) dialog.setAttribute("closedby", "none");
  if (dialog.contains(document.activeElement)) return;
  const title = document.getElementById("dialog-title");
  title?.setAttribute("tabindex", "-1");
  title?.focus();
});

function close() {
  if (dialog && dialog.open) dialog.close();
}

dialog?.addEventListener("close", () => {
  document.getElementById("dialog").replaceChildren();
  dialog.removeAttribute("closedby");
  opener()?.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) close();
  else if (event.target === dialog && !once()) close();
});
document.addEventListener("holdfast:open", open);
document.addEventListener("holdfast:close", close);
