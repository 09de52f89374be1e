// A running import: server-sent events, polling when they do not come through, and the result when it ends.
const card = document.querySelector("[data-progress]");
const address = card.dataset.progress;
const ENDED = ["finished", "failed", "cancelled"];
const announce = document.querySelector("[data-announce]");
const number = new Intl.NumberFormat("zh-CN");
const begun = performance.now();
let failures = 0;
let announcedAt = 0;
let lastSeen = "";
let same = 0;

function show(state) {
  if (ENDED.includes(state.state)) return location.replace(address);
  const { total, read, checked, inserted, failed } = state.progress;
  for (const [name, value] of Object.entries({ read, checked, inserted, failed })) put(`[data-count=${name}]`, value);
  const steps = { read, checked, inserted };
  for (const [name, value] of Object.entries(steps)) step(name, value, total);
  const percent = total ? Math.min(99, Math.round((100 * (read + checked + inserted)) / (3 * total))) : 0;
  card.querySelector("[data-percent]").textContent = percent;
  const bar = document.getElementById("import-bar");
  bar.setAttribute("aria-valuenow", percent);
  bar.querySelector("rect").setAttribute("width", percent);
  card.querySelector("[data-left]").textContent = left(percent);
  tell(state, percent);
}

function put(selector, value) {
  card.querySelector(selector).textContent = number.format(value);
}

function step(name, value, total) {
  const item = card.querySelector(`[data-step=${name}]`);
  item.className = total && value >= total ? "f" : value ? "n" : "";
  item.querySelector("span").textContent = number.format(value);
}

// Rounded, and only when the rate has been seen for three seconds.
function left(percent) {
  const seconds = (performance.now() - begun) / 1000;
  if (seconds < 3 || percent < 3) return "";
  const rest = (seconds * (100 - percent)) / percent;
  if (rest < 10) return "剩余不到 10 秒";
  return rest < 90 ? `剩余约 ${Math.round(rest / 10) * 10} 秒` : `剩余约 ${Math.round(rest / 60)} 分钟`;
}

function tell(state, percent) {
  if (performance.now() - announcedAt < 5000) return;
  announcedAt = performance.now();
  announce.textContent =
    state.state === "queued" ? "排队中" : `已完成 ${percent}%，失败 ${number.format(state.progress.failed)} 行`;
}

function linked(good) {
  card.querySelector("[data-link-said]").textContent = good ? "连接正常" : "连接中断，正在重试";
}

function listen() {
  const events = new EventSource(`${address}/events`);
  events.addEventListener("message", (event) => {
    failures = 0;
    linked(true);
    const state = JSON.parse(event.data);
    if (ENDED.includes(state.state)) events.close();
    show(state);
  });
  events.addEventListener("error", () => {
    linked(false);
    if (++failures < 2) return;
    events.close();
    poll();
  });
}

async function poll() {
  try {
    const answer = await fetch(`${address}/progress`, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) return location.reload();
    if (answer.ok) {
      linked(true);
      const text = await answer.text();
      same = text === lastSeen ? same + 1 : 0;
      lastSeen = text;
      show(JSON.parse(text));
    }
  } catch {
    linked(false);
  }
  setTimeout(poll, same > 10 ? 10_000 : 2000);
}

listen();
