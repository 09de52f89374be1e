// 共用监检证书照片: one photo for the cylinders that were ticked; works in the dialog and on its own page.
import { closeDialog } from "./lib/dialog.js";
import { shrink } from "./lib/photo-shrink.js";

const chosen = new WeakMap();

async function choose(place, file) {
  const said = place.querySelector("[data-said]");
  const button = place.querySelector("[data-use]");
  const preview = place.querySelector("[data-preview]");
  chosen.delete(place);
  button.setAttribute("aria-disabled", "true");
  try {
    const photo = await shrink(file);
    chosen.set(place, photo);
    said.textContent = `已选择 ${file.name}`;
    said.classList.remove("err-t");
    preview.innerHTML = "";
    const image = new Image(320, 240);
    image.alt = "选择的监检证书照片";
    image.src = URL.createObjectURL(photo.blob);
    preview.append(image);
    button.removeAttribute("aria-disabled");
    button.removeAttribute("title");
  } catch (fault) {
    said.textContent = fault.message;
    said.classList.add("err-t");
  }
  preview.hidden = !chosen.has(place);
}

function use(place, button) {
  const photo = chosen.get(place);
  if (!photo) return place.querySelector("input[type=file]").focus();
  const { application, cylinders, filter } = place.dataset;
  const which = filter ? { filter: JSON.parse(filter) } : { cylinders: cylinders.split(" ") };
  const item = { application, ...which, kind: "SUPERVISION_CERT", label: "共用监检证书照片", ...photo };
  document.dispatchEvent(new CustomEvent("upload:add", { detail: { items: [item] } }));
  chosen.delete(place);
  const dialog = place.closest("dialog");
  if (dialog) closeDialog(dialog);
  else place.querySelector("[data-said]").textContent = "正在上传，可以返回列表继续其他工作。";
  button.setAttribute("aria-disabled", "true");
}

document.addEventListener("change", (event) => {
  const place = event.target.closest("[data-shared]");
  if (place && event.target.type === "file" && event.target.files[0]) choose(place, event.target.files[0]);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shared] [data-use]");
  if (button) use(button.closest("[data-shared]"), button);
});
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    const place = event.target.closest?.("[data-shared]");
    if (!place || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop") choose(place, event.dataTransfer.files[0]);
  });
}
// The list shows the new counts when the photo is there.
document.addEventListener("upload:done", (event) => {
  const record = event.detail.record;
  const many = record.filter || record.cylinders.length > 1;
  if (many && document.querySelector("[data-chosen]")) setTimeout(() => location.reload(), 1500);
});
