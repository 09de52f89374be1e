// Photos on their way, kept on the device until they are there. Others speak to it by events of the document:
// upload:add { items }, upload:retry { id }, upload:drop { id }; it answers upload:changed { records }, upload:done.
import { openStore } from "./lib/photo-store.js";
import { Refused, ask, store } from "./lib/upload.js";

const PAUSES_S = [1, 2, 5, 10];
const AT_ONCE = matchMedia("(max-width: 640px)").matches ? 2 : 3;
const bar = document.querySelector("[data-queue]");
const channel = "BroadcastChannel" in window ? new BroadcastChannel("pingzheng-photos") : null;
const kept = openStore(bar.dataset.queue);
const sending = new Set();
let records = [];
let leading = false;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

async function reload() {
  records = await (await kept).load();
  bar.dataset.ready = "1";
  changed();
  pump();
}

function changed(others = false) {
  if (others) channel?.postMessage("changed");
  show();
  tell("upload:changed", { records, sending });
}

function pump() {
  if (!leading) return;
  for (const record of records) {
    if (sending.size >= AT_ONCE) return;
    if (!record.failed && !sending.has(record.id)) send(record);
  }
}

async function send(record) {
  sending.add(record.id);
  changed();
  const failed = await deliver(record);
  sending.delete(record.id);
  if (failed) await save({ ...record, failed, upload: "" });
  else {
    await drop(record.id);
    tell("upload:done", { record });
  }
  pump();
}

// The reason that it can't be sent, or nothing. Without a network it waits; else it tries again a few times.
async function deliver(record) {
  for (let tries = 0; ; tries++) {
    try {
      await once(record);
      return "";
    } catch (fault) {
      if (!(fault instanceof Refused)) return "照片无法读取，请重新选择。";
      if (!fault.passing) return fault.message;
      if (!navigator.onLine) {
        changed();
        await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
        tries = -1;
      } else if (tries >= PAUSES_S.length) return fault.message.replace("稍后自动重试", "请稍后重试");
      else await new Promise((resolve) => setTimeout(resolve, PAUSES_S[tries] * 1000));
    }
  }
}

async function once(record) {
  if (!record.upload) {
    record.upload = await store(record.application, record.name, record.type, record.blob);
    await save(record);
  }
  const use = record.filter ? { filter: record.filter } : { cylinder_ids: record.cylinders };
  const body = { upload_id: record.upload, kind: record.kind, ...use };
  const result = await ask(`/u/applications/${record.application}/photos`, body);
  if (!result.photo_id) throw new Refused(result.message);
}

async function save(record) {
  await (await kept).save(record);
  records = records.map((each) => (each.id === record.id ? record : each));
  changed(true);
}

async function drop(id) {
  await (await kept).remove(id);
  records = records.filter((each) => each.id !== id);
  changed(true);
}

// 正在上传 3 张 / 3 张待上传，联网后自动继续 / 1 张没有上传成功 [重试]
function show() {
  const failed = records.filter((each) => each.failed);
  const waiting = records.length - failed.length;
  const said = [];
  if (waiting) said.push(navigator.onLine ? `正在上传 ${waiting} 张 · 断网后自动续传` : `${waiting} 张待上传，联网后自动继续`);
  if (failed.length) said.push(`${failed.length} 张没有上传成功：${failed[0].label} ${failed[0].failed}`);
  bar.hidden = !said.length;
  bar.dataset.tone = failed.length ? "err" : "";
  bar.querySelector("[data-said]").textContent = said.join("；");
  bar.querySelector("[data-retry]").hidden = bar.querySelector("[data-drop]").hidden = !failed.length;
}

const failedOnes = () => records.filter((each) => each.failed);
const retry = (some) => Promise.all(some.map((each) => save({ ...each, failed: "" }))).then(pump);
const dropAll = (some) => Promise.all(some.map((each) => drop(each.id)));
bar.querySelector("[data-retry]").addEventListener("click", () => retry(failedOnes()));
bar.querySelector("[data-drop]").addEventListener("click", () => dropAll(failedOnes()));
document.addEventListener("upload:retry", (event) => retry(records.filter((each) => each.id === event.detail.id)));
document.addEventListener("upload:drop", (event) => drop(event.detail.id));
document.addEventListener("upload:add", async (event) => {
  for (const item of event.detail.items) {
    const record = { ...item, account: bar.dataset.queue, at: Date.now(), failed: "" };
    record.id = await (await kept).save(record);
    if (!records.some((each) => each.id === record.id)) records.push(record);
  }
  changed(true);
  pump();
});
window.addEventListener("online", show);
window.addEventListener("offline", show);
channel?.addEventListener("message", reload);

// One page sends, the others show: the next one takes over when it is closed.
if (navigator.locks) navigator.locks.request("pingzheng-photos", () => lead(new Promise(() => {})));
else lead();
function lead(until) {
  leading = true;
  reload();
  return until;
}
reload();
