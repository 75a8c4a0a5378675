// Short messages: from the answer's HX-Trigger, from the script, and those that came with the page.
import htmx from "htmx.org";

const SECONDS = 8;
const SECONDS_TO_UNDO = 20;
const region = () => document.getElementById("toasts");

/** Show a message: {text, tone: "ok" | "bad", undo: address that is POSTed, label: its word}, or {all: [several]}. */
export function toast(detail) {
  for (const one of detail.all ?? [detail]) {
    const box = region();
    const made = document.getElementById(one.tone === "bad" ? "toast-bad" : "toast-ok")?.content.firstElementChild.cloneNode(true);
    if (!box || !made || !one.text) return;
    made.querySelector("p").textContent = one.text;
    const address = one.undo ?? one.url;
    if (typeof address === "string" && /^\/(?![/\\])/.test(address)) {
      const form = made.querySelector("form");
      form.hidden = false;
      form.action = address;
      form.setAttribute("hx-post", address);
      form.setAttribute("hx-swap", "none");
      if (one.label) form.querySelector("button").textContent = one.label;
      htmx.process(form);
    }
    // Above an open dialog, for the rest of the page is inert then.
    (document.querySelector("dialog[open]") ?? document.body).append(box);
    box.append(made);
    leave(made);
  }
}

function leave(made) {
  if (made.dataset.toast === "bad") return; // what went wrong stays until it was read
  const seconds = made.querySelector("form:not([hidden])") ? SECONDS_TO_UNDO : SECONDS;
  const gone = () => (made.matches(":hover, :focus-within") ? setTimeout(gone, 2000) : made.remove());
  setTimeout(gone, seconds * 1000);
}

const settle = () => region()?.querySelectorAll("[data-toast]:not([data-seen])").forEach((made) => { made.dataset.seen = ""; leave(made); });
settle();
document.addEventListener("htmx:after:settle", settle);
document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("click", (event) => event.target.closest?.("[data-toast] [data-close]")?.closest("[data-toast]").remove());
document.addEventListener("submit", (event) => event.target.closest?.("[data-toast]") && setTimeout(() => event.target.closest("[data-toast]")?.remove(), 0));
document.addEventListener("close", () => region() && document.body.append(region()), true);
