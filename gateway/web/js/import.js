// 导入: a file by choice or drop, first looks at it, the upload with its progress, and 确认导入.
import { openDialog } from "./lib/dialog.js";
import { ask } from "./lib/upload.js";
import { look } from "./lib/workbook.js";
import { send } from "./lib/sending.js";

const dialog = document.getElementById("import-dialog");
const form = document.getElementById("import-form");
const input = document.getElementById("workbook");
const district = form.elements.district_code;
const go = document.getElementById("import-go");
const why = document.getElementById("import-why");
const list = document.getElementById("import-checks");
const sending = document.getElementById("import-sending");
const said = document.getElementById("import-said");
const rules = JSON.parse(form.dataset.rules);
let file = null;
let sound = false;
let checking = false;
let busy = false;
let upload = null;

async function choose(chosen) {
  if (!chosen || busy) return;
  file = chosen;
  upload = null;
  sound = false;
  checking = true;
  show([{ tone: "", text: `${file.name} · ${megabytes(file.size)}` }, { tone: "wait", text: "正在检查…" }]);
  const looks = await look(file, rules, form.dataset.reader);
  if (file !== chosen) return;
  checking = false;
  sound = !looks.some((each) => each.tone === "err");
  show([{ tone: "", text: `${file.name} · ${megabytes(file.size)}` }, ...looks]);
}

function show(lines) {
  list.replaceChildren(...lines.map(line));
  refresh();
}

function line({ tone, text }) {
  const item = document.createElement("li");
  item.className = { "": "strong", wait: "mut" }[tone] ?? `${tone}-t`;
  item.textContent = `${{ ok: "✓ ", warn: "! ", err: "✗ " }[tone] ?? ""}${text}`;
  return item;
}

function refresh() {
  const missing = !district.value ? "请选择区县" : !file ? "请选择文件" : checking ? "正在检查文件" : !sound ? "请按提示更换文件" : "";
  why.textContent = busy ? "" : missing;
  if (missing || busy) go.setAttribute("aria-disabled", "true");
  else go.removeAttribute("aria-disabled");
}

async function confirm() {
  busy = true;
  refresh();
  sending.hidden = false;
  try {
    upload ??= await deliver();
    said.textContent = "上传完成，正在提交…";
    const body = { upload_id: upload, district_code: district.value };
    const state = await ask(`/u/applications/${form.dataset.import}/imports`, body);
    location.assign(`/u/imports/${state.id}`);
  } catch (fault) {
    busy = false;
    said.textContent = `${fault.message ?? "上传没有成功。"} 请再次点击“确认导入”。`;
    refresh();
  }
}

async function deliver() {
  const wanted = { file_name: file.name.slice(-200), size: file.size };
  const ticket = await ask(`/u/applications/${form.dataset.import}/import-tickets`, wanted);
  await send(ticket, file, (percent, attempt) => {
    const bar = document.getElementById("import-sent");
    bar.setAttribute("aria-valuenow", percent);
    bar.querySelector("rect").setAttribute("width", percent);
    const again = attempt > 1 ? `上传中断，正在重新上传（第 ${attempt} 次）` : "正在上传";
    said.textContent = `${again} ${percent}%`;
  });
  return ticket.upload_id;
}

function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function dropped(event) {
  const chosen = event.dataTransfer?.files?.[0];
  if (!chosen) return;
  event.preventDefault();
  document.body.classList.remove("dropping");
  if (!dialog.open) openDialog(dialog);
  choose(chosen);
}

input.addEventListener("change", () => choose(input.files[0]));
district.addEventListener?.("change", refresh);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!go.hasAttribute("aria-disabled")) confirm();
});
go.addEventListener("click", (event) => {
  if (go.hasAttribute("aria-disabled")) event.preventDefault();
});
document.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", dropped);
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input,select,textarea");
  if (event.code !== "KeyD" || event.isComposing || field || event.ctrlKey || event.metaKey || event.altKey) return;
  document.querySelector("[data-key=KeyD]")?.click();
});
window.addEventListener("beforeunload", (event) => {
  if (busy && !upload) event.preventDefault();
});
refresh();
