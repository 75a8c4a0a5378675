// Keys: `/`, `n`, `g b` … press what bears them in data-keys; `?` shows them. They can be switched off in the list.
const OFF = "kontor-keys-off";
let first = "";
let forget;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(OFF) || event.key.length !== 1) return;
  const list = document.getElementById("keys");
  if (event.key === "?" && list) { event.preventDefault(); list.showModal(); return; }
  const keys = first ? `${first} ${event.key}` : event.key;
  const found = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
  clearTimeout(forget);
  first = !found && event.key === "g" ? "g" : "";
  forget = setTimeout(() => { first = ""; }, 1200);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input, textarea")) { found.focus(); found.select(); } else found.click();
});

const choice = document.querySelector("[data-keys-on]");
if (choice) {
  choice.checked = !localStorage.getItem(OFF);
  choice.addEventListener("change", () => (choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
