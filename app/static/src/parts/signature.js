// A name drawn on the glass: the canvas of [data-sign] becomes a PNG in its hidden field.
const pad = (target) => target.closest?.("[data-sign]");
let drawing;

function point(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}
function clear(sign) {
  const canvas = sign.querySelector("canvas");
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  sign.querySelector("input").value = "";
}

document.addEventListener("pointerdown", (event) => {
  if (!event.target.matches?.("[data-sign] canvas")) return;
  event.preventDefault();
  drawing = event.target;
  drawing.setPointerCapture?.(event.pointerId);
  const pen = drawing.getContext("2d");
  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
  pen.beginPath();
  pen.moveTo(...point(drawing, event));
});
document.addEventListener("pointermove", (event) => {
  if (!drawing) return;
  const pen = drawing.getContext("2d");
  pen.lineTo(...point(drawing, event));
  pen.stroke();
});
document.addEventListener("pointerup", () => {
  if (!drawing) return;
  pad(drawing).querySelector("input").value = drawing.toDataURL("image/png");
  drawing = undefined;
});
document.addEventListener("click", (event) => event.target.closest?.("[data-sign] [data-clear]") && clear(pad(event.target)));
document.addEventListener("said", (event) => event.target.querySelectorAll?.("[data-sign]").forEach(clear), true);
