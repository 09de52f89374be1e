// 错误 with its reason: the list beside a card, the radio pair, taking back.
import { cardOf, focusCard, mark, shotOn } from "./lib/review-card.js";

const OTHER = "V99";
const panel = document.getElementById("reasons");
const list = document.getElementById("reasons-list");
const options = [...list.children];
const noteRow = panel.querySelector(".pal-note");
const noteField = noteRow.querySelector("input");
let shot = null;
let undone = [];

function open(target) {
  shot = target;
  const card = cardOf(shot);
  panel.querySelector("h2").textContent = `第 ${card.dataset.number} 只：选择错误原因`;
  noteRow.hidden = true;
  noteField.value = shot.dataset.note ?? "";
  shot.querySelector('[value="wrong"]').checked = true;
  panel.hidden = false;
  place(card);
  activate(options.find((each) => each.dataset.code === shot.dataset.reason) ?? options[0]);
  list.focus();
}

// Beside the photo: over the facts and the neighbour, or to the left of the last column.
function place(card) {
  const frame = shot.querySelector("figure").getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const right = frame.right + 6 + width <= window.innerWidth;
  const left = right ? frame.right + 6 : Math.max(frame.left - 6 - width, 4);
  const top = Math.min(card.getBoundingClientRect().top + 40, window.innerHeight - height - 8);
  Object.assign(panel.style, { left: `${left}px`, top: `${Math.max(top, 8)}px` });
}

function close(card = shot && cardOf(shot)) {
  if (panel.hidden) return;
  panel.hidden = true;
  if (!shot.dataset.reason) shot.querySelector('[value="correct"]').checked = true;
  shot = null;
  focusCard(card);
}

function activate(option) {
  for (const each of options) each.setAttribute("aria-selected", String(each === option));
  list.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

const active = () => options.find((each) => each.getAttribute("aria-selected") === "true");

function choose(option) {
  activate(option);
  if (option.dataset.code === OTHER) {
    noteRow.hidden = false;
    place(cardOf(shot));
    return noteField.focus();
  }
  decide(option.dataset.code, "");
}

function decide(reason, note) {
  const target = shot;
  close();
  mark(target, reason, note);
}

function noted() {
  const note = noteField.value.trim();
  if (!note) return noteField.focus();
  decide(OTHER, note);
}

// The key of a card: marks it, or takes its mark back.
function toggle(target) {
  if (target.dataset.reason) mark(target, "");
  else open(target);
}

function listKey(event) {
  const at = options.indexOf(active());
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 };
  const byDigit = digit && options.find((each) => each.dataset.digit === digit);
  if (byDigit) choose(byDigit);
  else if (event.code in moves) activate(options[(moves[event.code] + options.length) % options.length]);
  else if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Space") choose(active());
  else return;
  event.preventDefault();
}

function undo() {
  const last = undone.pop();
  if (!last) return;
  const { reason, note } = last.before;
  undone.push({ skip: true });
  mark(last.shot, reason, note);
  focusCard(cardOf(last.shot));
}

list.addEventListener("keydown", (event) => event.isComposing || event.ctrlKey || event.altKey || listKey(event));
noteField.addEventListener("keydown", (event) => {
  if (event.isComposing || event.key !== "Enter") return;
  event.preventDefault();
  noted();
});
panel.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key === "Escape" && !event.isComposing) close();
});
panel.addEventListener("click", (event) => {
  const option = event.target.closest("[data-code]");
  if (option) choose(option);
  else if (event.target.closest("[data-noted]")) noted();
  else if (event.target.closest("[data-cancel]")) close();
});
document.addEventListener("pointerdown", (event) => panel.contains(event.target) || close());
document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-act="undo"]')) undo();
  if (!target.matches('.vd input[type="radio"]')) return;
  const own = target.closest(".shot");
  if (target.value === "wrong") open(own);
  else mark(own, "");
});
document.addEventListener("review:mark", ({ target }) => toggle(shotOn(target)));
document.addEventListener("review:marked", ({ target, detail }) => {
  if (undone.at(-1)?.skip) undone.pop();
  else undone.push({ shot: target, before: detail });
});
document.addEventListener("review:swapped", () => {
  undone = [];
  panel.hidden = true;
});
