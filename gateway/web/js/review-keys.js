// Keys of 审核附件, by their place on the keyboard; each presses what has a visible button too.
import { openDialog } from "./lib/dialog.js";
import { cardNow, cardsOf, focusCard, isOpen, shotOn, tile, turn } from "./lib/review-card.js";

const STORE = "review-keys";
const box = document.querySelector("[data-keys-on]");
const press = (act) => () => document.querySelector(`[data-act="${act}"]`).click();
const wrong = (card) => card?.dispatchEvent(new CustomEvent("review:mark", { bubbles: true }));

function move(step) {
  const cards = cardsOf();
  const to = cards[cards.indexOf(cardNow()) + step];
  if (to) focusCard(to);
}

// Cards in a row now: 3 on a desk, fewer on narrow screens.
function row() {
  const [first, ...rest] = cardsOf();
  const top = first.getBoundingClientRect().top;
  const at = rest.findIndex((card) => card.getBoundingClientRect().top > top);
  return at < 0 ? rest.length + 1 : at + 1;
}

const KEYS = {
  Enter: press("next"), NumpadEnter: press("next"), PageDown: press("next"), PageUp: press("previous"),
  KeyU: press("unseen"), KeyF: press("complete"), KeyC: press("flip"), Space: press("compare"),
  KeyE: () => wrong(cardNow()), KeyR: () => turn(tile(shotOn(cardNow()))),
  ArrowLeft: () => move(-1), ArrowRight: () => move(1), ArrowUp: () => move(-row()), ArrowDown: () => move(row()),
};

const inField = (element) => element.matches?.("input:not([type=radio]):not([type=checkbox]),textarea,select");
const presses = (element) => element.closest?.("button,a,summary") && !element.closest('[data-act="next"]');

function actionOf(event) {
  if (event.ctrlKey || event.metaKey) {
    return event.code === "KeyZ" && !event.shiftKey && !event.altKey ? press("undo") : null;
  }
  if (event.altKey) return null;
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return () => keyList();
  if (event.shiftKey) return null;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit) return () => wrong(cardsOf()[Number(digit) - 1]);
  if (["Enter", "NumpadEnter", "Space"].includes(event.code) && presses(event.target)) return null;
  return KEYS[event.code];
}

function keyList() {
  openDialog(document.getElementById("keys"));
}

document.addEventListener("keydown", (event) => {
  if (!box.checked || event.isComposing || event.defaultPrevented || isOpen() || inField(event.target)) return;
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat || event.code.startsWith("Arrow")) action();
});

try {
  box.checked = localStorage.getItem(STORE) !== "off";
} catch {
  box.checked = true;
}
box.addEventListener("change", () => {
  try {
    localStorage.setItem(STORE, box.checked ? "on" : "off");
  } catch {
    // Without storage it holds for this page.
  }
});
