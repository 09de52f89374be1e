// 审核附件: what was seen, 下一页 in the background, and the next page that is there already.
import { openDialog } from "./lib/dialog.js";
import { cardOf, cardsOf, focusCard, pageNow, paint, show, shotsOf, showNext, shotOn, tile, turn } from "./lib/review-card.js";
import { keep, restore } from "./lib/review-kept.js";
import { Pages } from "./lib/review-pages.js";
import { live, nextLabel, note } from "./lib/review-said.js";
import { Saving } from "./lib/review-saving.js";
import { begin, done, loaded, watch } from "./lib/review-seen.js";

const form = document.querySelector("[data-review]");
const last = Number(form.dataset.pages);
const pages = new Pages(form.dataset.review, last, pageNow());
const saving = new Saving(form, pages, go);
const numberNow = () => Number(pageNow().dataset.page);
let wanted = false;
let going = false;

// What a page needs when it comes into view.
function enter(page, kept = true) {
  if (kept && restore(page)) live("已恢复本机保留的标记");
  for (const card of cardsOf(page)) paint(card);
  if (!("wired" in page.dataset)) for (const shot of shotsOf(page)) broken(shot);
  page.dataset.wired = "";
  watch(page);
  nextLabel(numberNow() === last);
  pages.ahead(numberNow());
}

function swap(page) {
  const number = page.dataset.page;
  pageNow().replaceWith(page);
  document.querySelector("[data-goto]").value = number;
  history.replaceState(null, "", `?page=${number}`);
  for (const shot of shotsOf(page)) shot.classList.toggle("on", !shot.previousElementSibling);
  enter(page);
  focusCard(cardsOf(page)[0]);
  live(`第 ${number} 页`);
  document.dispatchEvent(new CustomEvent("review:swapped"));
}

// From the press of the key until the new page is painted.
function measure(start) {
  requestAnimationFrame(() => setTimeout(() => performance.measure("next-page", { start, end: performance.now() })));
}

async function go(number, start = performance.now()) {
  if (going) return;
  wanted = false;
  going = true;
  try {
    const page = await pages.get(number);
    swap(page);
    measure(start);
  } catch (fault) {
    missing(number, fault);
  } finally {
    going = false;
  }
}

function missing(number, fault) {
  if (fault.status === 401) return openDialog(document.getElementById("reauth"));
  if (fault.code === "PREPARING") {
    note("审核数据正在准备，通常不超过一分钟，准备好后自动打开。", "info");
    return setTimeout(() => (note(), go(number)), 3000);
  }
  const text = fault.code ? fault.message : "网络已断开，下一页尚未取到；恢复后会自动打开，您的标记仍保留在本机。";
  note(text, "warn", [["重试", () => go(number)]]);
  if (!fault.code) window.addEventListener("online", () => (note(), go(number)), { once: true });
}

// 下一页: the photos that are not seen yet come first; a press that is too early is remembered once.
function next(start = performance.now()) {
  const page = pageNow();
  const cards = cardsOf(page).filter(shotOn);
  if (going || cards.some((card) => !done(shotOn(card)))) {
    wanted = !going;
    return waiting(cards);
  }
  wanted = false;
  const hidden = cards.filter((card) => shotsOf(card).some((shot) => !done(shot)));
  for (const card of hidden) show(card, shotsOf(card).findIndex((shot) => !done(shot)));
  if (hidden.length) return live(`看其余照片：${shotOn(hidden[0]).dataset.name}`);
  saving.save(page);
  if (numberNow() < last) return go(numberNow() + 1, start);
  saving.end();
}

function waiting(cards) {
  const lost = cards.find((card) => "broken" in shotOn(card).dataset && !done(shotOn(card)));
  if (!lost) return;
  wanted = false;
  note(`第 ${lost.dataset.number} 只的照片无法显示：请点击“重试”，或明确选择正确、错误。`);
}

function seen() {
  nextLabel(numberNow() === last);
  if (wanted && cardsOf().filter(shotOn).every((card) => done(shotOn(card)))) next();
}

// 照片无法显示: tried again by its button, else it needs an explicit verdict.
function broken(shot) {
  const image = tile(shot);
  const draw = () => {
    const lost = image.complete && !loaded(image);
    if (lost) shot.dataset.broken = "";
    else delete shot.dataset.broken;
    shot.querySelector(".broken").hidden = !lost;
    if (shot.isConnected) nextLabel(numberNow() === last);
  };
  image.addEventListener("load", draw);
  image.addEventListener("error", draw);
  draw();
}

async function again(shot) {
  const at = shotsOf(pageNow()).indexOf(shot);
  const fresh = await pages.fetch(numberNow()).catch(() => null);
  if (fresh) tile(shot).src = tile(shotsOf(fresh)[at]).src;
}

const acts = {
  next: () => next(),
  previous: () => go(Math.max(numberNow() - 1, 1)),
  unseen: () => saving.unseen(numberNow()),
  retry: () => saving.queue.run(),
  flip: () => cardsOf().forEach(showNext),
};

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-act],[data-show],[data-turn],[data-again]");
  if (!target) return;
  const { act, show: index } = target.dataset;
  if (acts[act]) {
    event.preventDefault();
    acts[act]();
  } else if (index) show(cardOf(target), Number(index));
  else if ("turn" in target.dataset) turn(tile(target.closest(".shot")));
  else if ("again" in target.dataset) again(target.closest(".shot"));
});
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelector("[data-goto]").addEventListener("change", ({ target }) => {
  const number = Math.min(Math.max(Number.parseInt(target.value, 10) || numberNow(), 1), last);
  target.value = String(number);
  if (number !== numberNow()) go(number);
});
document.addEventListener("review:marked", ({ target }) => {
  target.dataset.judged = "";
  keep(pageNow());
  seen();
});
document.addEventListener("review:shown", seen);
document.addEventListener("signed-in", () => (saving.queue.run(), pages.ahead(numberNow())));
document.querySelector("[data-complete]").addEventListener("submit", (event) => saving.complete(event));
begin(seen);
enter(pageNow());
