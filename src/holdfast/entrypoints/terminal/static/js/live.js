// Live pages: one stream of events for all tabs of this browser; what is marked data-live is fetched anew after one.
import { calm } from "./still.js";
import { t } from "./words.js";

const state = document.querySelector("[data-live-state]");
const root = document.documentElement;
const past = "past" in root.dataset;
let timer = 0, running = false, again = false;

function show(name) {
  if (!state || state.dataset.liveState === name) return;
  state.dataset.liveState = name;
  state.querySelector("[data-live-text]").textContent = t("live_" + name);
}

// --- the parts of the page that change --------------------------------------------------------------------------

function changed() {
  if (past || !document.querySelector("[data-live]")) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, 400);
}

async function refresh() {
  if (document.hidden || running) { again = true; return; }
  running = true; again = false;
  try {
    const reply = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (!reply.ok || reply.redirected) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
    const { seq = "", person } = fresh.documentElement.dataset;
    if (person !== root.dataset.person) { location.reload(); return; } // somebody else signed in: no page is half theirs
    root.dataset.seq = seq;
    await calm();
    keep(fresh.querySelector("input[name=csrf]"));
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = part.id && fresh.getElementById(part.id);
      if (!other || part.contains(document.activeElement) || part.querySelector("form.htmx-request") || part.innerHTML === other.innerHTML) continue;
      const open = [...part.querySelectorAll("details")].map((one) => one.open);
      part.replaceChildren(...document.adoptNode(other).childNodes);
      part.querySelectorAll("details").forEach((one, at) => { if (open[at]) one.open = true; });
      window.htmx?.process(part);
      part.dispatchEvent(new CustomEvent("holdfast:fresh", { bubbles: true }));
    }
  } finally {
    running = false;
    if (again && !document.hidden) changed();
  }
}

// The token of a session that was renewed in another tab goes into all forms: none of them has grown old.
function keep(token) {
  if (token) for (const one of document.querySelectorAll("input[name=csrf]")) one.value = token.value;
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && again) changed(); });
document.addEventListener("holdfast:again", changed);

// --- the stream -------------------------------------------------------------------------------------------------

const channel = window.BroadcastChannel ? new BroadcastChannel("holdfast") : null;

function tell(kind, detail) {
  channel?.postMessage({ kind, detail });
  take(kind, detail);
}

function take(kind, detail) {
  if (kind === "state") show(detail);
  else {
    if (detail.seq) last = String(detail.seq);
    document.dispatchEvent(new CustomEvent("holdfast:record", { detail }));
    changed();
  }
}

if (channel) channel.onmessage = ({ data }) => {
  if (data.kind === "ask") { if (leading) channel.postMessage({ kind: "state", detail: leading, last }); } else take(data.kind, data.detail);
  if (data.kind === "state" && behind(data.last)) take("record", { type: "missed" });
};

// The stream goes on behind the record that the page was made at: what comes between the two is not missed.
let leading = "", last = past ? "" : root.dataset.seq ?? "", wait = 1000;

// Whether the tab that has the stream was told of records before this page, which is older, could hear of them.
const behind = (told) => Boolean(told) && !past && Number(told) > Number(root.dataset.seq || told);

const SILENCE = 40000; // the server says something every 15 seconds: a line that is silent for longer is dead

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function follow() {
  for (;;) {
    const line = new AbortController();
    try {
      const headers = last ? { "Last-Event-ID": last } : {};
      const reply = await fetch("/v1/events", { headers, signal: line.signal });
      if (reply.status === 401 || reply.status === 403) { leading = "out"; tell("state", leading); await pause(15000); continue; }
      if (reply.status === 404) last = ""; // this server has not come as far, or stands on an older copy
      if (!reply.ok) throw new Error(String(reply.status));
      const again = leading === "off";
      leading = "on"; wait = 1000;
      tell("state", leading);
      if (again) tell("record", { type: "reconnected" }); // what was missed may have left no event to go on behind
      await read(reply.body.getReader(), line);
    } catch { /* it comes again */ }
    leading = "off";
    tell("state", leading);
    await pause(wait + Math.random() * 500);
    wait = Math.min(wait * 2, 30000);
  }
}

async function read(reader, line) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const silent = setTimeout(() => line.abort(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(silent));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) event(part);
  }
}

function event(part) {
  let type = "", data = "";
  for (const line of part.split("\n")) {
    if (line.startsWith("id: ")) last = line.slice(4);
    else if (line.startsWith("event: ")) type = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data) tell("record", { type, ...JSON.parse(data) });
}

export function begin() {
  if (!state) return;
  channel?.postMessage({ kind: "ask" });
  if (navigator.locks) navigator.locks.request("holdfast-live", follow);
  else follow();
}
