// Saves a form by itself when a field is left: the form has data-saving="{id of the place that says so}".
// Each save moves the version on, so there is one at a time, and the form itself is sent after the last one.
import { openDialog } from "./lib/dialog.js";

const form = document.querySelector("form[data-saving]");
const place = form && document.getElementById(form.dataset.saving);
let saved = form && said();
let running = null;
// "soon" while the form waits for a save, "now" when it is sent.
let leaving = "";
// A save that may have been done although no answer came: it goes again as it was, with its key.
let unsure = null;

function said() {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !["csrf", "key", "version"].includes(name)));
}

function save() {
  if (running || leaving || (!unsure && (said() === saved || !form.checkValidity()))) return;
  running = send().finally(() => (running = null));
}

async function send() {
  const sent = unsure ?? request();
  unsure = null;
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent.body, headers: { "HX-Request": "true" } });
    if (answer.ok) {
      saved = sent.said;
      show(await answer.text());
    } else {
      if (answer.status >= 500) unsure = sent;
      if (answer.status === 401) openDialog(document.getElementById("reauth"));
      place.textContent = answer.status === 422 ? "" : "暂未保存，点击“下一步”时会再次保存。";
    }
  } catch {
    unsure = sent;
    place.textContent = "暂未保存：网络已断开，填写的内容仍在本页。";
  }
}

function request() {
  const body = new URLSearchParams(new FormData(form));
  body.set("quiet", "1");
  return { body, said: said() };
}

function show(html) {
  place.innerHTML = html;
  const fresh = place.querySelector("[data-version]");
  form.elements.version.value = fresh.dataset.version;
  form.elements.key.value = fresh.dataset.key;
  const time = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  place.querySelector("[data-saved-at]").textContent = time;
}

form?.addEventListener("focusout", () => setTimeout(save, 0));
form?.addEventListener("submit", async (event) => {
  if (leaving === "now") return;
  const already = leaving;
  leaving = leaving || running || unsure ? "soon" : "now";
  if (leaving === "now") return;
  event.preventDefault();
  if (already) return;
  await running;
  if (unsure) await send();
  leaving = "now";
  form.requestSubmit(event.submitter);
});
// 登录已过期: the same person has signed in again over the untouched page.
document.addEventListener("signed-in", save);
window.addEventListener("pageshow", () => (leaving = ""));
