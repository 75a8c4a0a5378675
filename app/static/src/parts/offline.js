// The driver's day without a connection: a worker keeps it, this renews the copy, says when it is one, and lets nobody else read it.
import * as copy from "./copy.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
const can = "caches" in window && "serviceWorker" in navigator;
const JOBS = /(<!--jobs-->)[^]*(<!--\/jobs-->)/;

/** Throw the copy away, and whatever is still on its way to it. */
export async function forget() {
  if (!can) return;
  const had = copy.forget();
  const registration = await navigator.serviceWorker.getRegistration("/driver");
  registration?.active?.postMessage({ forget: true });
  await had;
}

/** Newer jobs for the copy, as the server has just said them to that reader. */
export async function keepJobs(words, reader) {
  if (!can || !words.includes('id="jobs"') || !(await caches.has(copy.DAY))) return;
  const cache = await caches.open(copy.DAY);
  const [place] = await cache.keys();
  const before = place && (await cache.match(place, { ignoreVary: true }));
  if (!before) return;
  if (before.headers.get("X-Reader") !== reader) { await forget(); return; }
  const renewed = (await before.text()).replace(JOBS, (_all, opens, closes) => opens + words + closes);
  if (await caches.has(copy.DAY)) await cache.put(place, copy.copyOf(renewed, before.headers, new Date()));
}

// Whose day it is comes first: on a page for anybody else, also on the one to sign in, the copy goes.
async function check() {
  if (meta("reader") === undefined || !(await caches.has(copy.DAY))) return;
  const cache = await caches.open(copy.DAY);
  const [place] = await cache.keys();
  const kept = place && (await cache.match(place, { ignoreVary: true }));
  if (kept && kept.headers.get("X-Reader") !== meta("reader")) await forget();
}

async function keep() {
  const isFirst = !navigator.serviceWorker.controller;
  const address = meta("worker");
  if (!address) return;
  await navigator.serviceWorker.register(address, { scope: "/driver" });
  const { active } = await navigator.serviceWorker.ready;
  const parts = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], use[href]")].map((one) => one.getAttribute("href") ?? one.getAttribute("src"));
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const look = [...parts, ...loaded].map((one) => { const url = new URL(one, location.href); url.hash = ""; return url; });
  const own = look.filter(({ origin, pathname }) => origin === location.origin && (pathname.startsWith("/static/") || pathname === "/theme.css"));
  active.postMessage({ look: [...new Set(own.map(String))], day: isFirst && location.pathname === "/driver" });
}

// From when the page is stands on it, till the server has answered again.
function say() {
  const at = new Date(document.documentElement.dataset.kept);
  const note = document.getElementById("kept");
  if (Number.isNaN(at.getTime()) || !note) return;
  const clock = { hour: "2-digit", minute: "2-digit", hour12: false };
  const when = at.toLocaleString(document.documentElement.lang, at.toDateString() === new Date().toDateString() ? clock : { weekday: "short", ...clock });
  note.querySelector("[data-said]").textContent = note.dataset.text.replace("{time}", when);
  note.hidden = false;
  document.querySelectorAll("#toasts .toast-k").forEach((one) => one.remove()); // said when it came
  document.querySelectorAll("[data-live]").forEach((light) => { light.dataset.live = "offline"; });
}
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "jobs") return;
  const { status, headers } = ctx.response;
  if ([401, 403].includes(status)) forget();
  if (status !== 200 || !headers.get("X-Reader")) return;
  delete document.documentElement.dataset.kept;
  const note = document.getElementById("kept");
  if (note) note.hidden = true;
  keepJobs(ctx.text, headers.get("X-Reader")).catch(() => {});
});
window.addEventListener("online", () => "kept" in document.documentElement.dataset && document.getElementById("jobs")?.dispatchEvent(new CustomEvent("sent")));

// Signing out, from whichever page; what still waits is asked about before (see waiting.js), and stops this one then.
window.addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.action?.endsWith("/logout")) forget().catch(() => {}); });

if (can) { say(); check().then(keep).catch(() => {}); }
