// Questions before what cannot be taken back, dialogs that come as fragments, and menus that close by themselves.
document.addEventListener("htmx:confirm", (event) => {
  const dialog = document.getElementById("ask");
  if (!dialog) return;
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  const { title, yes, no } = ctx.sourceElement.dataset;
  const [stay, act] = dialog.querySelectorAll("button");
  dialog.querySelector("h2").textContent = title ?? "";
  dialog.querySelector("p").textContent = ctx.confirm;
  stay.textContent = no ?? stay.dataset.word;
  act.textContent = yes ?? title ?? "";
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => (dialog.returnValue === "yes" ? issueRequest() : dropRequest()), { once: true });
  dialog.showModal(); // the browser focuses the first button, the safe one, and gives the focus back afterwards
});

document.addEventListener("htmx:after:settle", ({ detail }) => {
  for (const element of detail.newContent) {
    const dialog = element.matches?.("dialog[data-modal]") ? element : element.querySelector?.("dialog[data-modal]");
    if (dialog && !dialog.open) dialog.showModal();
  }
});
// A dialog whose form did its work somewhere else on the page is done.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const dialog = ctx.dialog;
  if (dialog?.open && ctx.response?.status < 400 && !dialog.contains(ctx.target)) dialog.close();
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { ctx.dialog = ctx.sourceElement.closest("dialog[open]"); });
document.addEventListener("close", (event) => event.target.matches?.("#dialogs dialog") && event.target.remove(), true);

// Browsers that do not know `command` yet.
if (!("commandForElement" in HTMLButtonElement.prototype))
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[command=show-modal]");
    if (button) document.getElementById(button.getAttribute("commandfor"))?.showModal();
  });

const menus = (except) => document.querySelectorAll("details.menu-k[open]").forEach((menu) => menu !== except && (menu.open = false));
document.addEventListener("click", (event) => menus(event.target.closest?.("details.menu-k")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu-k[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
