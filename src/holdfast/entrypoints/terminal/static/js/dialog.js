// The confirmation as a dialog. Its content comes from the server; here it is only opened and closed.
const dialog = document.querySelector("[data-dialog] dialog");
let before = null;

function open() {
  if (!dialog || dialog.open) return;
  before = document.activeElement;
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
  if (before && before.isConnected) before.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) close();
  else if (event.target === dialog) close();
});
document.addEventListener("holdfast:open", open);
document.addEventListener("holdfast:close", close);
