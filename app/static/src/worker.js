// Keeps the driver's day on the phone, to be read without a connection: the newest page that came, and what it looks like.
// The network goes first, nothing else is answered for, and a copy is shown to nobody for longer than a working day.
import { DAY, LOOK, OLDEST, copyOf, forget } from "./parts/copy.js";

const PAGE = new URL(self.registration.scope).pathname;
const PATIENCE = 8000;
let turn = 0; // goes up when all is forgotten: what was asked before that is kept no more

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(day(event));
  else if (pathname.startsWith("/static/") || pathname === "/theme.css") event.respondWith(look(request));
});

self.addEventListener("message", (event) => {
  const { forget: isOver, look: addresses, day: isWanted } = event.data;
  if (isOver) { turn += 1; event.waitUntil(forget()); }
  if (addresses) event.waitUntil(Promise.all([keepLook(addresses), isWanted && ask(PAGE, { headers: { Accept: "text/html" } }).asked]));
});

// The answer that comes, and the keeping of it.
function ask(request, how) {
  const began = turn;
  const coming = fetch(request, how);
  const asked = coming.then(async (answer) => {
    if (answer.redirected || answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) { turn += 1; await forget(); return; }
    const reader = answer.headers.get("X-Reader");
    if (!answer.ok || !reader) return;
    const copy = copyOf(await answer.clone().text(), answer.headers, new Date());
    const cache = await caches.open(DAY);
    if (began === turn) await cache.put(PAGE, copy); else await forget();
  }).catch(() => {});
  return { coming, asked };
}

async function day(event) {
  const { coming, asked } = ask(event.request);
  event.waitUntil(asked);
  let answer;
  try { answer = await Promise.race([coming, new Promise((late) => { setTimeout(late, PATIENCE); })]); } catch { return (await kept()) ?? Response.error(); }
  if (answer && answer.status < 500) return answer;
  return (await kept()) ?? answer ?? coming;
}

async function kept() {
  const copy = await caches.match(PAGE, { cacheName: DAY, ignoreVary: true });
  const at = copy?.headers.get("X-Kept");
  if (!at) return undefined;
  if (Date.now() - Date.parse(at) > OLDEST) { await forget(); return undefined; }
  const words = (await copy.text()).replace("<html", `<html data-kept="${at}"`);
  return new Response(words, { headers: copy.headers });
}

async function look(request) {
  return (await caches.match(request, { cacheName: LOOK, ignoreVary: true })) ?? fetch(request);
}

// What the page needs and is not there yet; what it needs no more goes.
async function keepLook(addresses) {
  const cache = await caches.open(LOOK);
  const wanted = addresses.map((address) => new URL(address, self.location.origin).href);
  const there = (await cache.keys()).map(({ url }) => url);
  await Promise.all(there.filter((url) => !wanted.includes(url)).map((url) => cache.delete(url, { ignoreVary: true })));
  await Promise.allSettled(wanted.filter((url) => !there.includes(url)).map((url) => cache.add(url)));
}
