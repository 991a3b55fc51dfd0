// Texts for scripts in the page's language, and its numbers and instants.
export const language = document.documentElement.lang || "en";

// Days before months and hours up to 24, in both languages.
export const locale = { en: "en-GB", ru: "ru-RU" }[language] ?? language;

const block = document.getElementById("words");
const words = block ? JSON.parse(block.textContent) : {};

export function t(key, values = {}) {
  let text = words["js." + key] ?? key;
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, value);
  return text;
}

// The server's clock: what is due is due by it, whatever this machine's clock says.
const offset = Number(document.documentElement.dataset.now || 0) * 1000 - Date.now();
export const now = () => Date.now() + (Math.abs(offset) < 2000 ? 0 : offset);

const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

export function moment(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : full.format(at);
}

export const dayOf = (milliseconds) => day.format(new Date(milliseconds));

export function remaining(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24;
  const m = Math.floor(seconds / 60) % 60, s = seconds % 60;
  if (d) return t("days_hours", { d, h });
  if (h) return t("hours_minutes", { h, m });
  return t("minutes_seconds", { m, s: String(s).padStart(2, "0") });
}
