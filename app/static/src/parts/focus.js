// Where the focus goes when what held it was replaced, and what is read aloud.
/** Have a line read aloud. */
export function say(words) {
  const line = document.getElementById("say");
  if (!line || !words) return;
  line.textContent = "";
  setTimeout(() => { line.textContent = words; }, 50);
}

function put(element) {
  if (!element) return;
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus({ preventScroll: !element.hasAttribute("data-focus") });
}

let held = null; // the target that had the focus inside before the swap
document.addEventListener("htmx:before:swap", ({ detail }) => {
  held = detail.tasks.map((task) => task.target).find((target) => target?.contains?.(document.activeElement) && target !== document.body) ?? null;
});
document.addEventListener("htmx:after:settle", ({ detail: { task, newContent } }) => {
  const elements = newContent.filter((node) => node.nodeType === 1);
  const inside = (selector) => elements.map((one) => (one.matches(selector) ? one : one.querySelector(selector))).find(Boolean);
  const wanted = inside("[data-focus]");
  const faults = elements.flatMap((one) => [...one.querySelectorAll(".fld > .err"), ...(one.matches(".err") ? [one] : [])]);
  if (wanted) put(wanted);
  else if (held && (document.activeElement === document.body || !document.activeElement)) put(held.isConnected ? held : elements[0] ?? task.target);
  if (!wanted && faults.length === 1) say(faults[0].textContent.trim());
});
// Back and Forward bring another page: reading begins at its main part.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if ("HX-History-Restore-Request" in (ctx.request?.headers ?? {})) put(document.getElementById("main"));
});
