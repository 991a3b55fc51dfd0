// Charts: uPlot in a <figure data-chart> whose data stand beside it as JSON. The same is there as a table.
import { dayOf, locale } from "./words.js";

const COLOURS = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"];
const drawn = new Map();

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 8 });

// Ticks close to each other need more digits to differ.
function labels(_, ticks) {
  const shown = ticks.filter((tick) => tick !== null);
  const step = shown.length > 1 ? Math.abs(shown[1] - shown[0]) : 1;
  const digits = Math.min(12, Math.max(2, Math.ceil(-Math.log10(step || 1)) + 1));
  const shape = digits === 2 ? compact : new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
  return ticks.map((tick) => (tick === null ? "" : shape.format(tick)));
}

const hours = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const months = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric" });

function times(_, ticks, __, ___, step) {
  const shape = step < 86400 ? hours : step < 28 * 86400 ? days : months;
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    return shape === hours && at.getHours() === 0 && at.getMinutes() === 0 ? days.format(at) : shape.format(at);
  });
}

// What the pointer is at, as the API wrote it: its digits are grouped, never rounded by way of a number.
const parts = new Intl.NumberFormat(locale).formatToParts(-12345.6);
const sign = (kind) => parts.find((part) => part.type === kind)?.value ?? "";

function digits(text, raw) {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(typeof text === "string" ? text : "");
  if (!found) return exact.format(raw);
  const whole = found[2].replace(/\B(?=(\d{3})+$)/g, sign("group") || ",");
  return (found[1] && sign("minusSign")) + whole + (found[3] ? sign("decimal") + found[3] : "");
}

const number = (value) => (value === null || value === undefined || value === "" ? null : Number(value));
const seconds = (value) => (typeof value === "number" ? value : Date.parse(value) / 1000);

const placed = (x, time) => (x === undefined ? "" : time ? dayOf(seconds(x) * 1000) : digits(x, number(x)));

// What stands below while the pointer is nowhere: what was chosen, else what is marked, else the last that is known.
function resting(data) {
  const at = data.x_kind === "time" ? seconds : number;
  const mark = data.marks?.find((one) => one.own) ?? data.marks?.at(-1);
  if (mark) {
    const far = (x) => Math.abs(at(x) - at(mark.x));
    return data.x.reduce((best, x, place) => (far(x) < far(data.x[best]) ? place : best), 0);
  }
  const known = (place) => data.series.every((one) => number(one.values[place]) !== null);
  for (let place = data.x.length - 1; place > 0; place -= 1) if (known(place)) return place;
  return data.x.length - 1;
}

function series(one, at, rest) {
  const colour = css(COLOURS[at % COLOURS.length]);
  const shape = { label: one.label, stroke: colour, width: 1.75, points: { show: false } };
  shape.value = (_, __, ___, place) => {
    const text = one.values[place ?? rest], raw = number(text);
    return raw === null ? "–" : digits(text, raw) + (one.unit ? " " + one.unit : "");
  };
  if (one.kind === "area") shape.fill = colour + "26";
  if (one.kind === "step") shape.paths = uPlot.paths.stepped({ align: 1 });
  if (one.kind === "bars") { shape.paths = uPlot.paths.bars({ size: [0.7, 60] }); shape.fill = colour + "99"; }
  return shape;
}

function marks(list, time) {
  return {
    hooks: {
      draw: [(u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.setLineDash([4, 4]);
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        for (const mark of list) {
          const x = u.valToPos(time ? seconds(mark.x) : number(mark.x), "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.strokeStyle = ctx.fillStyle = css(mark.own ? "--accent" : "--muted");
          ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
          const right = x > bbox.left + bbox.width * 0.7;
          ctx.textAlign = right ? "right" : "left";
          ctx.fillText(mark.label, x + (right ? -6 : 6), bbox.top + 14 * devicePixelRatio);
        }
        ctx.restore();
      }],
    },
  };
}

export function draw(figure) {
  const plot = figure.querySelector(".plot");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const time = data.x_kind === "time", rest = resting(data);
  drawn.get(figure)?.destroy();
  plot.replaceChildren();
  const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 } };
  const options = {
    width: Math.max(240, plot.clientWidth), height: Number(figure.dataset.height || 240),
    scales: { x: data.x_scale === "log" ? { time: false, distr: 3 } : { time } },
    series: [{ label: data.x_label, value: (_, __, ___, place) => placed(data.x[place ?? rest], time) },
      ...data.series.map((one, at) => series(one, at, rest))],
    axes: [time ? { ...axis, values: times, space: 60 } : { ...axis, values: labels },
      { ...axis, size: 64, values: labels }],
    cursor: { drag: { x: false, y: false } },
    plugins: data.marks?.length ? [marks(data.marks, time)] : [],
  };
  const values = [data.x.map(time ? seconds : number), ...data.series.map((one) => one.values.map(number))];
  drawn.set(figure, new uPlot(options, values, plot));
}

export function drawAll(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]")) draw(figure);
}

const redraw = () => drawAll(document);
let timer = 0;
addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(redraw, 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("holdfast:fresh", (event) => drawAll(event.target));
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target.isConnected ? event.target : document));
redraw();
