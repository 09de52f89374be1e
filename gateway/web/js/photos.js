// Photos of one cylinder: chosen, dropped, pasted or taken; what is on its way stands in its group at once.
import { closeDialog, openDialog } from "./lib/dialog.js";
import { shrink } from "./lib/photo-shrink.js";

const page = document.querySelector("[data-photos-of]");
const { photosOf: cylinder, application, label } = page.dataset;
const said = document.getElementById("photo-said");
const pick = document.getElementById("pick");
const shot = document.getElementById("shot");
const preview = document.getElementById("shot-dialog");
const confirm = document.getElementById("confirm-dialog");
let kind = "STAMP";
let taken = null;
let onTheWay = [];
const addresses = new Map();

const groups = () => document.getElementById("photos");
const mine = (record) => !record.filter && record.cylinders.length === 1 && record.cylinders[0] === cylinder;
const free = () => Number(groups().dataset.free) - onTheWay.filter((each) => !each.failed).length;

function say(text, wrong = false) {
  said.textContent = text;
  said.classList.toggle("err-t", wrong);
}

async function take(files, of) {
  const items = [];
  say("");
  for (const file of files) {
    if (items.length >= free()) {
      say("每只气瓶最多 4 张，请先删除一张。", true);
      break;
    }
    try {
      items.push({ application, cylinders: [cylinder], kind: of, label, ...(await shrink(file)) });
    } catch (fault) {
      say(fault.message, true);
    }
  }
  if (items.length) document.dispatchEvent(new CustomEvent("upload:add", { detail: { items } }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick],[data-shot],[data-again],[data-cancel]");
  if (!button) return;
  const { pick: toPick, shot: toShot, again, cancel } = button.dataset;
  if (toPick || toShot) {
    kind = toPick || toShot;
    (toPick ? pick : shot).click();
  } else if (again) document.dispatchEvent(new CustomEvent("upload:retry", { detail: { id: Number(again) } }));
  else document.dispatchEvent(new CustomEvent("upload:drop", { detail: { id: Number(cancel) } }));
});

pick.addEventListener("change", () => {
  take([...pick.files], kind).finally(() => (pick.value = ""));
});

// 使用 / 重拍
shot.addEventListener("change", () => {
  taken = shot.files[0] ?? null;
  if (!taken) return;
  const image = preview.querySelector("img");
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(taken);
  openDialog(preview);
});
preview.querySelector("[data-use]").addEventListener("click", () => {
  closeDialog(preview);
  take([taken], kind).finally(() => (shot.value = ""));
});
preview.querySelector("[data-retake]").addEventListener("click", () => {
  closeDialog(preview);
  shot.value = "";
  shot.click();
});

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const group = event.target.closest?.("[data-group]");
    for (const each of document.querySelectorAll("[data-group]")) each.classList.toggle("over", name === "dragover" && each === group);
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop" && free() > 0) take([...event.dataTransfer.files], group?.dataset.group ?? missing());
    else if (name === "drop") say("每只气瓶最多 4 张，请先删除一张。", true);
  });
}
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (files.length && page.dataset.open) take(files, missing());
});

// What a photo without a word about it shows: the kind that is missing, 钢印 first.
function missing() {
  const waiting = new Set(onTheWay.map((each) => each.kind));
  const group = [...document.querySelectorAll("[data-group]")].find((each) => each.dataset.missing && !waiting.has(each.dataset.group));
  return group?.dataset.group ?? "STAMP";
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  confirm.querySelector("[data-said]").textContent = form.dataset.confirm;
  confirm.querySelector("[data-sure]").onclick = () => {
    form.dataset.sure = "1";
    form.requestSubmit();
  };
  openDialog(confirm);
}, true);

document.addEventListener("upload:changed", (event) => {
  onTheWay = event.detail.records.filter(mine);
  draw();
});
document.addEventListener("upload:done", (event) => {
  if (mine(event.detail.record)) groups().dispatchEvent(new Event("photos-changed", { bubbles: true }));
});
document.addEventListener("htmx:afterSettle", draw);

function draw() {
  for (const old of document.querySelectorAll("[data-local]")) old.remove();
  for (const record of onTheWay) {
    const tile = document.getElementById("local-photo").content.cloneNode(true);
    const root = tile.firstElementChild;
    if (!addresses.has(record.id)) addresses.set(record.id, URL.createObjectURL(record.blob));
    root.querySelector("img").src = addresses.get(record.id);
    root.querySelector("[data-word]").textContent = record.failed || (navigator.onLine ? "正在上传…" : "待上传，联网后自动继续");
    root.classList.toggle("refused", Boolean(record.failed));
    for (const [name, button] of [["again", root.querySelector("[data-again]")], ["cancel", root.querySelector("[data-cancel]")]]) {
      button.dataset[name] = record.id;
      button.hidden = !record.failed;
    }
    document.querySelector(`[data-group="${record.kind}"] [data-slots]`)?.prepend(tile);
  }
}
window.addEventListener("online", draw);
window.addEventListener("offline", draw);
