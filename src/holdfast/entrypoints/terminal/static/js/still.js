// While somebody holds a button down nothing moves: what came in between would slide it away, and the click be lost.
let held = false, letting = 0;
const waiting = [];

// Settled once nothing is held down.
export const calm = () => (held ? new Promise((done) => waiting.push(done)) : Promise.resolve());

function release() {
  held = false;
  for (const done of waiting.splice(0)) done();
}

addEventListener("pointerdown", () => { clearTimeout(letting); held = true; }, true);
for (const end of ["pointerup", "pointercancel", "contextmenu", "dragend"]) {
  addEventListener(end, () => { letting = setTimeout(release, 60); }, true); // the click comes first
}
addEventListener("blur", release);

// Answers that nobody pressed a button for: quotes and glances, which come while somebody types.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, target, serverResponse, shouldSwap, swapOverride } = event.detail;
  const by = requestConfig?.triggeringEvent?.type;
  if (!held || !shouldSwap || by === "submit" || by === "click") return;
  event.detail.shouldSwap = false;
  const { elt } = requestConfig;
  const style = (swapOverride || elt.getAttribute("hx-swap") || "innerHTML").split(" ")[0];
  const select = elt.getAttribute("hx-select") || undefined;
  calm().then(() => {
    if (target.isConnected) htmx.swap(target, serverResponse, { swapStyle: style, swapDelay: 0, settleDelay: 20 }, { select });
  });
});
