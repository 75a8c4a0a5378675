// What is said on the driver's page waits on the phone till it is sent: once, in order, each with a key of its own.
import { forget, keepJobs } from "./offline.js";
import { shrunk } from "./pictures.js";
import { toast } from "./toasts.js";

const AGAIN = 10000;
const PREFIX = "kontor-waiting-";
const box = () => document.getElementById("waiting");
const place = () => PREFIX + box().dataset.user;
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
// After a step the page moves, and the second tap of two falls on whatever lies there now: it does not count.
const THUMB = { ms: 500, px: 30 };
let tapped = { x: 0, y: 0 };
let stepped = tapped;
const isSecondTap = () => "settling" in box().dataset && Math.hypot(tapped.x - stepped.x, tapped.y - stepped.y) < THUMB.px;
document.addEventListener("click", ({ clientX, clientY }) => { tapped = { x: clientX, y: clientY }; }, true);
function settle() {
  stepped = tapped;
  box().dataset.settling = "";
  setTimeout(() => delete box()?.dataset.settling, THUMB.ms);
}
let sending = false;
let later;

function read() { try { return JSON.parse(localStorage.getItem(place())) ?? []; } catch { return []; } }
function write(entries) { if (entries.length) localStorage.setItem(place(), JSON.stringify(entries)); else localStorage.removeItem(place()); }

// How far a job is, as this phone knows it: what waits counts already.
const STEPS = { on_the_way: "on_the_way", started: "started", done: "done", car_out: "started", car_back: "done" };
function show() {
  if (!box()) return;
  const entries = read();
  const { dataset } = box();
  box().hidden = !entries.length;
  box().querySelector("[data-count]").textContent = (entries.length === 1 ? dataset.one : dataset.more).replace(/[12]/, entries.length);
  for (const card of document.querySelectorAll("[data-job]")) {
    const own = entries.filter((one) => one.reference === card.dataset.job);
    const at = own.reduce((before, one) => STEPS[one.fields.kind] ?? before, card.dataset.at);
    for (const part of card.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(at);
    for (const form of card.querySelectorAll("[data-tick]")) {
      const tick = own.findLast((one) => one.fields.words === form.elements.words.value && one.fields.kind.endsWith("ticked"));
      const on = tick ? tick.fields.kind === "ticked" : form.dataset.tick === "on";
      form.querySelector("button").setAttribute("aria-pressed", on);
      form.elements.kind.value = on ? "unticked" : "ticked";
    }
    card.querySelector("[data-waiting]")?.replaceChildren(...own.map((one, place) => line(one, place === own.length - 1)));
  }
}

function line(entry, isLast) {
  const row = document.createElement("li");
  row.className = "flex items-center gap-2.5";
  const words = Object.assign(document.createElement("span"), { className: "min-w-0 flex-1 wrap-anywhere", textContent: `${entry.label}, ${entry.clock}` });
  const state = Object.assign(document.createElement("span"), { className: "text-warn", textContent: box().dataset.waits });
  row.append(words, state);
  if (isLast) {
    const undo = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: box().dataset.undo });
    undo.addEventListener("click", () => { write(read().filter((one) => one.fields.key !== entry.fields.key)); show(); });
    row.append(undo);
  }
  return row;
}

// Answers what to do with an entry: it is "done", or it has to "wait".
async function send(entry) {
  const body = new FormData();
  for (const [name, value] of Object.entries(entry.fields)) if (name === "photo") body.set(name, blobOf(value), "photo.jpg"); else body.set(name, value);
  let answer;
  try {
    answer = await fetch(entry.address, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": meta("csrf-token") }, redirect: "manual", signal: AbortSignal.timeout(entry.fields.photo ? 40000 : 20000) });
  } catch { return "wait"; }
  if (answer.ok) { await keepJobs(await answer.text(), answer.headers.get("X-Reader")).catch(() => {}); return "done"; }
  if ([400, 401, 403].includes(answer.status) || answer.type === "opaqueredirect") {
    if (answer.status !== 400) forget();
    box().querySelector("[data-words]").textContent = box().dataset.signedOut;
    return "wait";
  }
  if ((answer.status >= 500 && answer.status !== 507) || answer.status === 429 || answer.status === 408) return "wait";
  // Refused for good: the job was cancelled, given to others, or is further already, or there is no room for a photo. It is said, and the rest goes on.
  try { toast(JSON.parse(answer.headers.get("HX-Trigger")).toast); } catch { toast({ text: document.getElementById("toasts")?.dataset.failed, tone: "bad" }); }
  return "done";
}

async function sendAll() {
  if (sending || !box()) return;
  sending = true;
  clearTimeout(later);
  let sent = 0;
  try {
    for (let entry = read()[0]; entry; entry = read()[0]) {
      if ((await send(entry)) === "wait") break;
      write(read().filter((one) => one.fields.key !== entry.fields.key));
      sent += 1;
      show();
    }
  } finally { sending = false; }
  if (sent) document.getElementById("jobs")?.dispatchEvent(new CustomEvent("sent"));
  if (read().length) later = setTimeout(flush, AGAIN);
}
// Two tabs of one phone take turns; without locks the keys alone keep everything single.
function flush() { return navigator.locks ? navigator.locks.request("kontor-waiting", sendAll) : sendAll(); }

function blobOf(address) {
  const [head, content] = address.split(",");
  return new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], { type: head.slice(5).split(";")[0] });
}
const addressOf = (file) => new Promise((done, failed) => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.onerror = failed; reader.readAsDataURL(file); });

function entryOf(form, label, fields) {
  const said = new Date();
  const key = crypto.randomUUID?.() ?? `${said.getTime()}-${Math.random().toString(36).slice(2)}`;
  return { reference: form.dataset.report, label, clock: said.toTimeString().slice(0, 5), address: form.getAttribute("action"), fields: { ...fields, key, saidAt: said.toISOString() } };
}

// Photos become small one after the other, so that they wait in the order in which they were chosen.
let preparing = Promise.resolve();
async function keepPhotos(form, files) {
  for (const file of files) {
    for (const [side, quality] of [[1280, 0.7], [800, 0.5]]) {
      const photo = await addressOf(await shrunk(file, side, quality));
      try { write([...read(), entryOf(form, form.dataset.photo, { kind: "photo", stage: form.dataset.stage, photo })]); break; } catch { if (side === 800) toast({ text: box().dataset.full, tone: "bad" }); }
    }
    show();
  }
  flush();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-report]");
  if (!form || event.defaultPrevented) return;
  if (isSecondTap()) { event.preventDefault(); return; }
  const sent = [...new FormData(form)];
  const files = sent.map(([, value]) => value).filter((value) => value instanceof File && value.size);
  const fields = Object.fromEntries(sent.filter(([name, value]) => name !== "csrf_token" && typeof value === "string" && value !== ""));
  if (fields.kind !== "photo") try { write([...read(), entryOf(form, form.dataset.label, fields)]); } catch { return; } // full or forbidden: then the form goes the plain way
  event.preventDefault();
  if (files.length) preparing = preparing.then(() => keepPhotos(form, files)).catch(() => toast({ text: box().dataset.full, tone: "bad" }));
  if (STEPS[fields.kind]) settle();
  const details = form.closest("details");
  if (details) { details.open = false; form.reset(); form.dispatchEvent(new CustomEvent("said")); }
  show();
  flush();
}, true);

// Nothing stays on the phone after signing out, from whichever page; what could not be sent is asked about first.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.action?.endsWith("/logout")) return;
  const left = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  const dialog = document.getElementById("ask");
  if (!left.length || form.dataset.sure || !dialog) { left.forEach((name) => localStorage.removeItem(name)); return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  const [stay, act] = dialog.querySelectorAll("button");
  dialog.querySelector("h2").textContent = form.dataset.leave;
  dialog.querySelector("p").textContent = form.dataset.lost;
  stay.textContent = stay.dataset.word;
  act.textContent = form.dataset.leaveYes;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") { form.dataset.sure = "yes"; form.requestSubmit(); } }, { once: true });
  dialog.showModal();
}, true);

document.addEventListener("click", (event) => event.target.closest?.("#waiting [data-try]") && flush());
document.addEventListener("htmx:after:settle", show);
window.addEventListener("online", flush);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && box() && flush());
if (box()) { show(); flush(); }
