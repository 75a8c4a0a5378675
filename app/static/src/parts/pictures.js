// Photos are made smaller before they leave the phone: a camera's ten megabytes become a few hundred kilobytes.
const SIDE = 1600;
const SMALL = 400000;

function drawn(picture, side) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// The picture as a JPEG whose longer side is at most `side`; what cannot be drawn stays as it is.
export async function shrunk(file, side = SIDE, quality = 0.8) {
  if (!file.type.startsWith("image/")) return file;
  try {
    const picture = await createImageBitmap(file);
    const blob = await new Promise((done) => { drawn(picture, side).toBlob(done, "image/jpeg", quality); });
    picture.close();
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch { return file; }
}

// A form of [data-shrink] is sent once its pictures are small.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-shrink]") || form.dataset.small) return;
  const inputs = [...form.querySelectorAll('input[type="file"]')];
  if (!inputs.some(({ files }) => [...files].some(({ size }) => size > SMALL))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const asked = event.submitter;
  for (const input of inputs) {
    const box = new DataTransfer();
    for (const file of input.files) box.items.add(file.size > SMALL ? await shrunk(file) : file);
    input.files = box.files;
  }
  form.dataset.small = "yes";
  form.requestSubmit(asked);
  delete form.dataset.small;
}, true);
