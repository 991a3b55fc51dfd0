// Instants in the person's time zone, and countdowns. Without scripts they stand there in UTC.
import { moment, now, remaining, t } from "./words.js";

export function localise(root) {
  for (const time of root.querySelectorAll("time[data-moment]:not([title])")) {
    time.title = time.textContent;
    time.textContent = moment(time.dateTime);
  }
  count(root);
}

function count(root) {
  for (const time of root.querySelectorAll("time[data-countdown]")) {
    if (!time.title) time.title = time.textContent;
    const left = new Date(time.dateTime).getTime() - now();
    const text = left > 0 ? t("in", { time: remaining(left) }) : time.dataset.done || t("due");
    if (time.textContent !== text) time.textContent = text;
    time.classList.toggle("due", left <= 0);
  }
}

setInterval(() => { if (!document.hidden) count(document); }, 1000);
