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

function close() {
  if (dialog && dialog.open) dialog.close();
}

dialog?.addEventListener("close", () => {
  document.getElementById("dialog").replaceChildren();
  opener()?.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) close();
  else if (event.target === dialog) close();
});
document.addEventListener("holdfast:open", open);
document.addEventListener("holdfast:close", close);
