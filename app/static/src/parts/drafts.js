// What is typed into a form with data-keep stays in this tab until a page says data-kept: Back, reload and a lost answer lose nothing.
const place = (form) => `kontor-draft-${form.dataset.keep}`;
const fields = (form) => [...form.elements].filter((one) => one.name && one.name !== "csrf_token" && !["hidden", "password", "file", "submit", "button"].includes(one.type));
const read = (form) => { try { return JSON.parse(sessionStorage.getItem(place(form))) ?? {}; } catch { return {}; } };

function keep(form) {
  const draft = read(form);
  for (const one of fields(form)) {
    if (one.type === "radio") { if (one.checked) draft[one.name] = one.value; }
    else if (one.type === "checkbox") draft[`${one.name}=${one.value}`] = one.checked;
    else draft[one.name] = one.value;
  }
  try { sessionStorage.setItem(place(form), JSON.stringify(draft)); } catch { /* full or forbidden: then only the page keeps it */ }
}

// The server's own values win: only what it left empty is filled in.
function fill(form) {
  const draft = read(form);
  let filled = false;
  for (const one of fields(form)) {
    const kept = draft[one.type === "checkbox" ? `${one.name}=${one.value}` : one.name];
    if (kept === undefined || kept === "") continue;
    if (one.type === "radio") { if (one.value === kept && ![...form.elements[one.name].length ? form.elements[one.name] : [one]].some((other) => other.defaultChecked)) filled = one.checked = true; }
    else if (one.type === "checkbox") { if (kept && !one.checked) filled = one.checked = true; }
    else if (!one.value || (one.tagName === "SELECT" && ![...one.options].some((option) => option.defaultSelected))) { one.value = kept; filled = true; }
  }
  form.dataset.filled = "";
  if (filled) form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
}

function look() {
  document.querySelectorAll("[data-kept]").forEach((done) => sessionStorage.removeItem(`kontor-draft-${done.dataset.kept}`));
  document.querySelectorAll("form[data-keep]:not([data-filled])").forEach(fill);
}
const changed = (event) => { const form = event.target.closest?.("form[data-keep]"); if (form) keep(form); };
document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("htmx:after:settle", look);
look();
