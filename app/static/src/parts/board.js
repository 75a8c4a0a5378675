// Dragging a booking on the board. It only asks: the server has the last word, and says who has the place if not.
import htmx from "htmx.org";

const MINUTE = 60_000;
const board = () => document.getElementById("board");
const asks = () => document.getElementById("board-asks");
let held = null; // {bar, x}: the booking in the hand, and where it was taken
let missed = false; // whether the board wanted to ask again meanwhile

const lane = (event) => event.target.closest?.("#board [data-lane]");
const scrolled = (bar) => bar.closest(".scroll-x")?.scrollLeft ?? 0;
const unmark = () => document.querySelectorAll("#board .is-over").forEach((one) => one.classList.remove("is-over"));

document.addEventListener("dragstart", (event) => {
  const bar = event.target.closest?.("#board [data-move]");
  if (!bar) return;
  held = { bar, x: event.clientX + scrolled(bar) };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", bar.href);
  bar.classList.add("is-held");
});
document.addEventListener("dragover", (event) => {
  const over = held && lane(event);
  if (!over) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  if (over.classList.contains("is-over")) return;
  unmark();
  over.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const over = held && lane(event);
  if (!over) return;
  event.preventDefault();
  const { bar, x } = held;
  const { minutes, step } = board().dataset;
  const track = over.querySelector("[data-track]").getBoundingClientRect().width;
  const moved = ((event.clientX + scrolled(bar) - x) / track) * minutes;
  const shift = Math.round(moved / step) * step;
  if (!shift && over.dataset.lane === bar.dataset.from) return;
  // Times are the business's own: reckoned as if they were UTC, no clock of this computer comes in between.
  const [on, at] = new Date(Date.parse(`${bar.dataset.at}:00Z`) + shift * MINUTE).toISOString().split("T");
  const values = { resource: over.dataset.lane, on, at: at.slice(0, 5), version: bar.dataset.version };
  // Another time is something that customers hear of: that is asked first, in the form.
  if (shift) htmx.ajax("GET", `${bar.getAttribute("href")}&${new URLSearchParams(values)}`, { target: "#dialogs", swap: "innerHTML" });
  else htmx.ajax("POST", bar.dataset.move, { target: "#board", swap: "outerMorph", values });
});
document.addEventListener("dragend", () => {
  held?.bar.classList.remove("is-held");
  held = null;
  unmark();
  if (missed) asks()?.dispatchEvent(new CustomEvent("again"));
  missed = false;
});

// What others do meanwhile must not take the booking out of the hand: the board asks again when it was let go.
const wait = (event, source) => {
  if (!held || source !== asks()) return;
  event.preventDefault();
  missed = true;
};
document.addEventListener("htmx:before:request", (event) => wait(event, event.detail.ctx.sourceElement));
document.addEventListener("htmx:before:swap", (event) => wait(event, event.detail.ctx.sourceElement));
