// Saves a form by itself when a field is left: the form has data-saving="{id of the place that says so}".
const form = document.querySelector("form[data-saving]");
const place = form && document.getElementById(form.dataset.saving);
let saved = form && said();
let running = false;

function said() {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !["csrf", "key", "version"].includes(name)));
}

async function save() {
  const now = said();
  if (running || now === saved || !form.checkValidity()) return;
  running = true;
  try {
    await send(now);
  } catch {
    place.textContent = "暂未保存：网络已断开，填写的内容仍在本页。";
  } finally {
    running = false;
  }
}

async function send(now) {
  const body = new URLSearchParams(new FormData(form));
  body.set("quiet", "1");
  const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  if (!answer.ok) {
    place.textContent = answer.status === 422 ? "" : "暂未保存，点击“下一步”时会再次保存。";
    return;
  }
  saved = now;
  show(await answer.text());
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
