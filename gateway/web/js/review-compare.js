// 放大对照: 钢印 and 监检证书 of one cylinder side by side on a dark screen, with the data and the verdict at the right.
import { openDialog } from "./lib/dialog.js";
import { cardNow, cardOf, cardsOf, focusCard, mark, pageNow, shotOn, shotsOf, tile } from "./lib/review-card.js";
import { Lens } from "./lib/review-lens.js";

const OTHER = "V99";
const dialog = document.getElementById("compare");
const find = (name) => dialog.querySelector(`[data-${name}]`);
const noteField = find("other").querySelector("input");
let card = null;
let lenses = [];
let on = null;

function open(from) {
  card = from;
  fill(shotOn(card));
  openDialog(dialog, card);
}

// The photo in view, and the first of the other kind.
function pair(shot) {
  const other = shotsOf(card).find((each) => each.dataset.kind !== shot.dataset.kind);
  return [shot, other].filter(Boolean).sort((one, two) => shotsOf(card).indexOf(one) - shotsOf(card).indexOf(two));
}

function fill(shot) {
  if (!shot) return;
  find("serial").textContent = card.dataset.serial;
  find("facts").replaceChildren(...facts());
  find("where").textContent = `第 ${pageNow().dataset.page} 页 · 第 ${card.dataset.number} 只，共 ${cardsOf().length} 只`;
  lenses = pair(shot).map((each) => new Lens(each, tile(each), percent));
  find("pics").replaceChildren(...lenses.map((lens) => lens.figure));
  for (const lens of lenses) lens.figure.dataset.shot = String(shotsOf(pageNow()).indexOf(lens.shot));
  pick(lenses.find((lens) => lens.shot === shot));
}

function facts() {
  const pairs = [...card.querySelectorAll(".info dl > div")].flatMap((row) => [...row.cloneNode(true).children]);
  const [term, text] = ["dt", "dd"].map((name) => document.createElement(name));
  term.textContent = "产品编号";
  text.textContent = card.dataset.serial;
  text.className = "sn no";
  return [term, text, ...pairs];
}

function pick(lens) {
  on = lens;
  for (const each of lenses) each.figure.classList.toggle("on", each === on);
  reasons(false);
  draw();
  percent();
}

function draw() {
  const { reason, note, name } = on.shot.dataset;
  find("about").textContent = name;
  const button = reason && dialog.querySelector(`[data-pick="${reason}"]`);
  const text = button ? document.querySelector(`#reasons [data-code="${reason}"]`).dataset.text : "";
  find("verdict").textContent = reason ? `错误：${text}${note ? `（${note}）` : ""}` : "";
  for (const each of dialog.querySelectorAll("[data-pick]")) each.setAttribute("aria-pressed", String(each === button));
}

function percent() {
  find("percent").textContent = `${Math.round(100 * on.scale)}%`;
}

function reasons(open) {
  find("reasons").hidden = !open;
  find("other").hidden = true;
  find("bad").setAttribute("aria-expanded", String(open));
  if (open) dialog.querySelector("[data-pick]").focus();
}

function judge(reason, note = "") {
  mark(on.shot, reason, note);
  reasons(false);
  draw();
  find("bad").focus();
}

function choose(code) {
  if (code !== OTHER) return judge(code);
  find("other").hidden = false;
  noteField.value = on.shot.dataset.note ?? "";
  noteField.focus();
}

function noted() {
  const note = noteField.value.trim();
  if (note) judge(OTHER, note);
  else noteField.focus();
}

function step(by) {
  const cards = cardsOf();
  const to = cards[cards.indexOf(card) + by];
  if (!to) return;
  card = to;
  fill(shotOn(card));
}

const KEYS = {
  KeyY: () => judge(""), KeyX: () => reasons(true), KeyR: () => on.turn(), ArrowLeft: () => step(-1),
  ArrowRight: () => step(1), Equal: () => on.zoom(1.25), NumpadAdd: () => on.zoom(1.25), Minus: () => on.zoom(0.8),
  NumpadSubtract: () => on.zoom(0.8),
};

dialog.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target === noteField) {
    if (event.key === "Enter") noted();
    return;
  }
  if (!document.querySelector("[data-keys-on]").checked) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  const button = digit && !find("reasons").hidden && dialog.querySelector(`[data-pick][data-digit="${digit}"]`);
  if (button) choose(button.dataset.pick);
  else if (KEYS[event.code]) KEYS[event.code]();
  else return;
  event.preventDefault();
});
dialog.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  const figure = target.closest("figure");
  if (figure) return pick(lenses.find((lens) => lens.figure === figure));
  if (!button) return;
  const { pick: code, step: by, zoom } = button.dataset;
  if (code) choose(code);
  else if (by) step(Number(by));
  else if (zoom) on.zoom(Number(zoom));
  else if ("rotate" in button.dataset) on.turn();
  else if ("good" in button.dataset) judge("");
  else if ("bad" in button.dataset) reasons(find("reasons").hidden);
  else if ("noted" in button.dataset) noted();
});
dialog.addEventListener("close", () => focusCard(card));
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-compare]")) open(cardOf(target));
  if (target.closest('[data-act="compare"]')) open(cardNow());
});
