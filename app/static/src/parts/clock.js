// The hold's countdown by the server's clock, and times that stay relative to now.
import { say } from "./focus.js";

const seen = new WeakMap(); // the countdown -> {ahead: ms the server's clock is ahead of ours, said}

function count(box) {
  if (!seen.has(box)) seen.set(box, { ahead: Number(box.dataset.now) - Date.now(), last: Infinity });
  const known = seen.get(box);
  const left = Math.max(0, Math.ceil((Number(box.dataset.deadline) - Date.now() - known.ahead) / 1000));
  if (left === known.last) return;
  const two = (number) => String(number).padStart(2, "0");
  const figure = box.querySelector("[role=timer]") ?? box;
  figure.textContent = `${two(Math.floor(left / 60))}:${two(left % 60)}`;
  box.querySelector("[data-meter]")?.setAttribute("width", Math.min(100, (left * 100) / Number(box.dataset.total || 600)).toFixed(1));
  if ("count" in box.dataset) box.dataset.count = left === 0 ? "over" : left < 120 ? "amber" : "calm";
  for (const minutes of [5, 1]) if (left <= minutes * 60 && known.last > minutes * 60 && known.last !== Infinity) say(box.dataset[`say-${minutes}`] ?? box.getAttribute(`data-say-${minutes}`));
  if (left === 0) {
    say(box.getAttribute("data-say-0"));
    box.dispatchEvent(new CustomEvent("expired", { bubbles: true })); // the server alone decides that it is over
  }
  known.last = left;
}

function ago(time) {
  const { now, min, hour } = document.getElementById("say")?.dataset ?? {};
  const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
  if (!min || !(minutes >= 0) || minutes >= 12 * 60) return;
  const words = minutes < 1 ? now : minutes < 60 ? min.replace("2", minutes) : hour.replace("2", Math.floor(minutes / 60));
  if (time.textContent !== words) time.textContent = words;
}

setInterval(() => document.querySelectorAll("[data-deadline]").forEach(count), 250);
setInterval(() => document.querySelectorAll("time[data-ago]").forEach(ago), 20000);
window.addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("time[data-ago]").forEach(ago));
