// The editor of policies: the focus stays with the rule that was moved, folds are remembered, Alt and the arrows move
// a rule, and nobody leaves a draft by accident.
let dirty = false;

const form = () => document.getElementById("policy-form");

function settle() {
  const editor = document.getElementById("editor");
  const wanted = editor?.dataset.focus;
  if (!wanted) return;
  editor.dataset.focus = "";
  let target = document.getElementById(wanted);
  if (target?.disabled) target = target.parentElement.querySelector("button:not(:disabled)");
  target?.focus();
  target?.closest("[data-rule]")?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:afterSettle", settle);
document.addEventListener("toggle", (event) => {
  const fold = event.target.closest?.("[data-fold]");
  if (!fold) return;
  fold.querySelector("input[type=hidden]").value = fold.open ? "1" : "";
}, true);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const rule = event.target.closest?.("[data-rule]");
  if (!rule) return;
  event.preventDefault();
  rule.querySelector(`#r${rule.dataset.rule}-${event.key === "ArrowUp" ? "up" : "down"}:not(:disabled)`)?.click();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open-rule]");
  if (link) {
    const fold = document.querySelector(`[data-rule="${link.dataset.openRule}"] [data-fold]`);
    if (fold) fold.open = true;
    const field = document.getElementById(link.getAttribute("href").slice(1));
    if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: "center" }); }
  }
  if (event.target.closest("#dialog a")) dirty = false;
});

document.addEventListener("input", (event) => { if (event.target.form === form() && form()) dirty = true; });
document.addEventListener("submit", () => { dirty = false; });
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
