// 托管协议, 安全评定报告: a file chosen or dropped is sent at once; the page shows it when it is there.
import { ask, store } from "./lib/upload.js";

const MOST_BYTES = 10 * 1024 * 1024;
const TYPES = new Set(["application/pdf", "image/jpeg", "image/png"]);

async function send(kind, file) {
  const said = document.querySelector(`[data-said="${kind}"]`);
  const application = document.querySelector("[data-documents]").dataset.documents;
  const fault = !TYPES.has(file.type)
    ? `“${file.name}”不是 PDF、JPG 或 PNG 文件，请另存后重新选择。`
    : file.size > MOST_BYTES
      ? `“${file.name}”超过 10 MB，请压缩后重新选择。`
      : "";
  said.classList.toggle("err-t", Boolean(fault));
  said.textContent = fault || `正在上传 ${file.name}…`;
  if (fault) return;
  try {
    const upload = await store(application, file.name, file.type, file);
    await ask(`/u/applications/${application}/documents`, { upload_id: upload, kind });
    location.reload();
  } catch (refusal) {
    said.classList.add("err-t");
    said.textContent = `${refusal.message.replace("稍后自动重试", "请稍后重试")} 文件没有上传，请重新选择。`;
  }
}

document.addEventListener("change", (event) => {
  const place = event.target.closest("[data-drop]");
  if (place && event.target.files[0]) send(place.dataset.drop, event.target.files[0]);
});
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    const place = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop" && place) send(place.dataset.drop, event.dataTransfer.files[0]);
  });
}
