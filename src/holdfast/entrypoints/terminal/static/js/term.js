// The calculator's slider: it stands at one of the curve's amounts, which are even on a logarithmic axis.
import { draw } from "./chart.js";
import { locale } from "./words.js";

const form = document.querySelector("[data-calculator]");
const field = form?.querySelector("#calc-amount");
const slider = form?.querySelector("#calc-slider");
const figure = document.getElementById("curve");
const block = figure?.querySelector("script[type='application/json']");

if (form && slider && block) {
  const data = JSON.parse(block.textContent);
  const amounts = data.x, own = data.marks.slice();
  const russian = document.documentElement.lang === "ru";
  const read = () => Number(field.value.replace(/\s/g, "").replace(russian ? "," : /,/g, russian ? "." : ""));

  const unit = field.closest(".control")?.querySelector(".unit")?.textContent ?? "";
  const figures = new Intl.NumberFormat(locale);
  const say = () => slider.setAttribute("aria-valuetext", `${figures.format(amounts[slider.value])} ${unit}`.trim());

  const place = () => {
    const wanted = read();
    if (!(wanted > 0)) return;
    const far = (at) => Math.abs(Math.log(Number(amounts[at]) / wanted));
    let best = 0;
    for (let at = 1; at < amounts.length; at += 1) if (far(at) < far(best)) best = at;
    slider.value = best;
    say();
    data.marks = [...own, { x: wanted, label: "", own: true }];
    block.textContent = JSON.stringify(data);
    draw(figure);
  };

  for (const part of form.querySelectorAll(".needs-calculator")) part.hidden = false;
  for (const part of form.querySelectorAll(".no-calculator")) part.hidden = true;
  slider.addEventListener("input", () => {
    field.value = amounts[slider.value];
    place();
  });
  field.addEventListener("input", place);
  place();
}
