// Every request: the CSRF token, no second submit, a button that shows that it works, and an answer when it fails.
import { toast } from "./toasts.js";

const working = new Map(); // the button at work -> the forms it holds
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

function begin(button, form) {
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  // Not `disabled`: that would take the focus away and leave the button out of what is sent.
  button.setAttribute("aria-disabled", "true");
  if (form) form.dataset.busy = "";
  working.set(button, form);
}

function end(button) {
  button.removeAttribute("aria-busy");
  button.removeAttribute("aria-disabled");
  delete working.get(button)?.dataset.busy;
  working.delete(button);
}

// A second click or Enter while the first is under way goes nowhere.
document.addEventListener("submit", (event) => {
  if ("busy" in event.target.dataset) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[aria-disabled=true]")) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);

// Plain forms: the next page ends it. Forms that htmx sends were stopped by it, dialogs only close, frames load aside.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || "again" in form.dataset) return;
  if (event.submitter?.formTarget) return;
  const button = event.submitter ?? form.querySelector("[type=submit]");
  begin(button, form);
  setTimeout(() => button && working.has(button) && end(button), 20000);
});
window.addEventListener("pageshow", (event) => event.persisted && [...working.keys()].forEach(end));

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const own = ctx.request.body?.get?.("csrf_token");
  const token = own || meta("csrf-token");
  if (token) ctx.request.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const cause = ctx.sourceEvent?.type;
  if (cause !== "submit" && cause !== "click") return;
  const source = ctx.sourceElement;
  const form = source.closest("form");
  ctx.button = ctx.request.submitter ?? (source.matches("button") ? source : form?.querySelector("[type=submit]"));
  begin(ctx.button, source.matches("form") ? source : null);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  // After HX-Redirect the next page is on its way; till then the button stays as it is.
  if (ctx.button && !ctx.keepIndicators) end(ctx.button);
});

// Nothing that was swapped in may bring a script along.
document.addEventListener("htmx:before:swap", ({ detail }) => {
  for (const task of detail.tasks) for (const script of task.fragment.querySelectorAll("script")) script.remove();
});

const restores = (ctx) => "HX-History-Restore-Request" in (ctx?.request?.headers ?? {});
const words = () => document.getElementById("toasts")?.dataset ?? {};
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (restores(ctx)) location.reload();
  else if (ctx.sourceElement.id !== "live" && ctx.response.status !== 422 && !ctx.hx?.retarget && !ctx.hx?.trigger?.includes("toast"))
    toast({ text: words().failed, tone: "bad" });
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (restores(ctx)) location.reload(); // else the old page would stand under the new address
  else if (ctx && ctx.sourceElement.id !== "live" && ctx.sourceEvent?.type !== "every" && !ctx.response)
    toast({ text: words().offline, tone: "bad" });
});
