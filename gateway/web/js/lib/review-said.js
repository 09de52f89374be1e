// What the screen says: the status beside 下一页, the counts in the head, notes above the cards.
import { done, loaded } from "./review-seen.js";
import { shotOn, cardsOf, pageNow, shotsOf, tile } from "./review-card.js";

const form = document.querySelector("[data-review]");
const find = (name) => document.querySelector(`[data-${name}]`);
const count = (number) => number.toLocaleString("en-US");

/** 第 n 页已保存, 正在保存…, 保存失败 with 重试. */
export function status(text, kind = "") {
  const place = find("status");
  place.textContent = text;
  place.className = `sm rv-status ${kind}`;
  document.querySelector('[data-act="retry"]').hidden = kind !== "err";
}

export const clock = () => new Date().toLocaleTimeString("zh-CN", { hour12: false });

/** Says it to those who do not see the screen. */
export function live(text) {
  document.getElementById("rv-live").textContent = text;
}

/** A note above the cards with buttons: `actions` are pairs of label and function. */
export function note(text = "", kind = "warn", actions = []) {
  const place = document.getElementById("rv-told");
  place.replaceChildren();
  if (!text) return;
  const box = document.createElement("div");
  box.className = `note n-${kind}`;
  const words = document.createElement("p");
  words.className = "grow";
  words.textContent = text;
  box.append(words, ...actions.map((each) => button(...each)));
  place.append(box);
}

function button(label, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn btn-s", textContent: label });
  made.addEventListener("click", () => (note(), press()));
  return made;
}

/** What 下一页 does when it is pressed now. */
export function nextLabel(last) {
  const page = pageNow();
  const shots = shotsOf(page);
  const shown = cardsOf(page).map(shotOn).filter(Boolean);
  const ready = shown.filter((shot) => loaded(tile(shot)) || "broken" in shot.dataset).length;
  const hidden = shots.filter((shot) => !shot.classList.contains("on") && !done(shot)).length;
  const all = `本页 ${cardsOf(page).length} 只`;
  let text = last ? `保存${all}` : `下一页（保存${all}）`;
  if (hidden) text = `看其余照片（${hidden} 张）`;
  if (ready < shown.length) text = `照片加载中 ${ready}/${shown.length}`;
  find("next").textContent = text;
}

/** Cylinders on a page: all pages but the last one are full. */
export function sizeOf(number) {
  const { all, size, pages } = form.dataset;
  return number < Number(pages) ? Number(size) : Number(all) - Number(size) * (Number(pages) - 1);
}

/** The head: 已审核, 正确, 错误, 未审核 and the bar. */
export function counts(seenPages, wrong) {
  const all = Number(form.dataset.all);
  const seen = [...seenPages].reduce((sum, number) => sum + sizeOf(number), 0);
  const left = all - seen;
  const shown = { seen, right: Math.max(seen - wrong, 0), wrong, left };
  for (const [name, number] of Object.entries(shown)) {
    document.querySelector(`.rv-head [data-${name}]`).textContent = count(number);
  }
  document.getElementById("progress").setAttribute("aria-valuenow", String(seen));
  bar(shown, all);
  const complete = document.querySelector('[data-act="complete"]');
  complete.classList.toggle("btn-p", !left);
  complete.title = left ? `还有 ${count(left)} 只未审核，全部看过后才能完成` : "";
  if (left) complete.setAttribute("aria-disabled", "true");
  else complete.removeAttribute("aria-disabled");
  return left;
}

function bar({ right, wrong }, all) {
  const [ok, err] = document.querySelectorAll("#progress rect");
  if (!err) return;
  ok.setAttribute("width", `${(100 * right) / all}%`);
  err.setAttribute("x", `${(100 * right) / all}%`);
  err.setAttribute("width", `${(100 * wrong) / all}%`);
}
