// The opener's sliders say where they stand; all figures come from the server.
const language = document.documentElement.lang;
const percent = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });

function say(slider) {
  const told = document.querySelector(`output[for="${slider.id}"]`);
  if (!told) return;
  const text = told.dataset.unit === "%" ? percent.format(slider.value / 100) + "\u00a0%" : slider.value + told.dataset.unit;
  told.textContent = text;
  slider.setAttribute("aria-valuetext", text);
}

for (const slider of document.querySelectorAll("[data-opener] input[type=range]")) {
  slider.addEventListener("input", () => say(slider));
  say(slider);
}
