// The event stream: a light that tells whether it flows, a new try when it could not be opened, and rows that light up.
const DOUBT = 2500; // ms without a stream before it is worth a word; the server closes streams now and then
const AGAIN = 15000;
const stream = () => document.getElementById("live");
let doubt;

function show(state) {
  document.querySelectorAll("[data-live]").forEach((light) => { if (light.dataset.live !== state) light.dataset.live = state; });
}
function lost() {
  clearTimeout(doubt);
  doubt = setTimeout(() => show(navigator.onLine ? "waiting" : "offline"), navigator.onLine ? DOUBT : 0);
}

document.addEventListener("htmx:sse:after:connection", ({ detail: { connection } }) => {
  // 204: this process has streams enough. Its empty body would be asked for twice a second.
  connection.config.reconnectDelay = connection.status === 204 ? AGAIN : 1000;
  clearTimeout(doubt);
  if (connection.status === 200) show("live");
});
document.addEventListener("htmx:sse:before:connection", lost);
document.addEventListener("htmx:sse:error", lost);
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const live = stream();
  if (ctx.sourceElement !== live || !live || live._htmx?.sse) return;
  lost();
  setTimeout(() => live.isConnected && live.dispatchEvent(new CustomEvent("reopen")), AGAIN);
});
window.addEventListener("offline", () => show("offline"));
window.addEventListener("online", () => { lost(); stream()?.dispatchEvent(new CustomEvent("reopen")); });

// What a live event or the clock changed is lit for a moment; what a person changed they are looking at already.
const ROWS = "tr[id], li[id], [id][data-fresh]";
const by = (target) => [...(target?.querySelectorAll?.(ROWS) ?? []), ...(target?.matches?.(ROWS) ? [target] : [])];
document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  if (ctx.sourceEvent?.target !== stream() && ctx.sourceEvent?.type !== "every") return;
  ctx.before = new Map(tasks.flatMap((task) => by(task.target)).map((row) => [row.id, row.textContent.replace(/\s+/g, " ")]));
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!ctx.before?.size) return;
  for (const row of document.querySelectorAll(ROWS)) {
    const near = ctx.before.has(row.id) || [...ctx.before.keys()].some((id) => row.parentElement?.querySelector(`#${CSS.escape(id)}`));
    if (!near || ctx.before.get(row.id) === row.textContent.replace(/\s+/g, " ")) continue;
    row.classList.add("is-fresh");
    setTimeout(() => row.classList.remove("is-fresh"), 2400);
  }
});
