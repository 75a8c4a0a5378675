// Handing a car out: a press on the drawing is a mark, and a reading that went backwards is asked about once more.
import { toast } from "./toasts.js";

const SVG = "http://www.w3.org/2000/svg";

// The first line that says nothing yet.
const emptyLine = (marking) => [...marking.querySelectorAll("[data-mark]")].find((line) => !line.querySelector("select").value && !line.querySelector("input:not([type=hidden])").value);

function nearest(select, x, y) {
  const far = (option) => { const [a, b] = option.dataset.at.split(",").map(Number); return (a - x) ** 2 + (2 * (b - y)) ** 2; };
  return [...select.options].filter(({ dataset }) => dataset.at).reduce((best, option) => (far(option) < far(best) ? option : best));
}

// One empty line stands below those that say something.
function tidy(marking) {
  const next = emptyLine(marking);
  let isPast = false;
  for (const line of marking.querySelectorAll("[data-mark]")) {
    line.hidden = isPast && !line.querySelector("select").value;
    isPast ||= line === next;
  }
}

// New marks are drawn where they were pressed, or where their place of the list lies.
function draw(marking) {
  const group = marking.querySelector("svg [data-marks]");
  group.querySelectorAll("[data-new]").forEach((mark) => mark.remove());
  let number = group.children.length;
  for (const line of marking.querySelectorAll("[data-mark]")) {
    const point = line.querySelector("[type=hidden]").value || line.querySelector("select").selectedOptions[0]?.dataset.at;
    if (!point) continue;
    const [x, y] = point.split(",").map(Number);
    const mark = document.createElementNS(SVG, "g");
    mark.dataset.new = "";
    mark.setAttribute("class", "fill-bad-solid");
    const dot = document.createElementNS(SVG, "circle");
    const word = document.createElementNS(SVG, "text");
    for (const [name, value] of Object.entries({ cx: x, cy: y * 1.8, r: 6.5 })) dot.setAttribute(name, value);
    for (const [name, value] of Object.entries({ x, y: y * 1.8 + 2.8, "text-anchor": "middle", "font-size": 8, "font-weight": 700, class: "fill-on-brand" })) word.setAttribute(name, value);
    word.textContent = number += 1;
    mark.append(dot, word);
    group.append(mark);
  }
  tidy(marking);
}

document.addEventListener("click", (event) => {
  const picture = event.target.closest?.("[data-press]");
  const marking = picture?.closest("[data-marking]");
  const line = marking && emptyLine(marking);
  if (!line) return;
  const box = picture.getBoundingClientRect();
  const within = (value) => Math.min(100, Math.max(0, Math.round(value)));
  const [x, y] = [within(((event.clientX - box.left) / box.width) * 100), within(((event.clientY - box.top) / box.height) * 100)];
  line.querySelector("select").value = nearest(line.querySelector("select"), x, y).value;
  line.hidden = false;
  line.querySelector("[type=hidden]").value = `${x},${y}`;
  draw(marking);
  line.querySelector("input:not([type=hidden])").focus();
});
document.addEventListener("change", (event) => {
  const line = event.target.closest?.("[data-mark]");
  if (!line || event.target.localName !== "select") return;
  line.querySelector("[type=hidden]").value = "";
  draw(line.closest("[data-marking]"));
});
document.addEventListener("said", (event) => event.target.querySelectorAll?.("[data-marking]").forEach((marking) => { marking.querySelectorAll("[data-mark] [type=hidden]").forEach((at) => { at.value = ""; }); draw(marking); }), true);

const doubted = (reading) => reading.value !== "" && Number(reading.value) < Number(reading.dataset.last);
function ask(reading) {
  const box = reading.closest(".fld").querySelector("[data-doubt]");
  const isLower = doubted(reading);
  box.hidden = !isLower;
  box.querySelector("[data-why]").hidden = !isLower;
  if (!isLower) box.querySelector("input").checked = false;
}
function askAll() {
  document.querySelectorAll("[data-last]").forEach(ask);
  document.querySelectorAll("[data-marking]").forEach(draw);
}
document.addEventListener("input", (event) => event.target.matches?.("[data-last]") && ask(event.target));
document.addEventListener("input", (event) => event.target.closest?.("[data-mark]") && tidy(event.target.closest("[data-marking]")));
document.addEventListener("htmx:after:settle", askAll);
document.addEventListener("submit", (event) => {
  const reading = event.target.querySelector?.("[data-last]");
  if (!reading || !doubted(reading) || event.target.elements.sure.checked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(reading);
  toast({ text: reading.closest(".fld").querySelector("[data-why]").textContent.trim(), tone: "bad" });
  event.target.elements.sure.focus();
}, true);
askAll();
