// A card of 审核附件: its state is in its elements. `.shot[data-reason][data-note]` is 错误, `[data-seen]` was looked at.

export const pageNow = () => document.querySelector(".rv-page");
export const cardsOf = (page = pageNow()) => [...page.querySelectorAll(".cy")];
export const shotsOf = (place) => [...place.querySelectorAll(".shot")];
export const shotOn = (card) => card.querySelector(".shot.on");
export const cardOf = (element) => element.closest(".cy");
export const tile = (shot) => shot.querySelector("figure img");
export const isOpen = () => Boolean(document.querySelector("dialog[open]"));

/** The card with the focus, else the first. */
export function cardNow() {
  return document.activeElement?.closest?.(".cy") ?? document.querySelector('.cy[tabindex="0"]');
}

/** Gives a card the focus; it alone is reached by Tab. */
export function focusCard(card) {
  for (const each of cardsOf()) each.tabIndex = each === card ? 0 : -1;
  card?.focus({ preventScroll: true });
}

/** Brings a photo of a card into view. */
export function show(card, index) {
  const shots = shotsOf(card);
  if (!shots[index]) return;
  shots.forEach((shot, at) => shot.classList.toggle("on", at === index));
  paint(card);
  card.dispatchEvent(new CustomEvent("review:shown", { bubbles: true }));
}

/** The next photo of a card, round and round. */
export function showNext(card) {
  const shots = shotsOf(card);
  show(card, (shots.indexOf(shotOn(card)) + 1) % shots.length);
}

/** 错误 with a reason, or 正确 when there is none. Whoever keeps marks hears "review:marked". */
export function mark(shot, reason, note = "") {
  const before = { reason: shot.dataset.reason ?? "", note: shot.dataset.note ?? "" };
  put(shot, reason, note);
  shot.dispatchEvent(new CustomEvent("review:marked", { bubbles: true, detail: before }));
}

/** The same without telling anybody: marks that come back from the device. */
export function put(shot, reason, note = "") {
  if (reason) Object.assign(shot.dataset, { reason, note });
  else for (const name of ["reason", "note"]) delete shot.dataset[name];
  paint(cardOf(shot));
}

/** Draws a card as its state is. */
export function paint(card) {
  const buttons = card.querySelectorAll("[data-show]");
  const shots = shotsOf(card);
  shots.forEach((shot, at) => {
    const wrong = Boolean(shot.dataset.reason);
    shot.classList.toggle("bad", wrong);
    shot.querySelector(`input[value="${wrong ? "wrong" : "correct"}"]`).checked = true;
    shot.querySelector("[data-why]").textContent = wrong ? wordsOf(shot) : "";
    const button = buttons[at];
    button.classList.toggle("bad", wrong);
    button.classList.toggle("was", "seen" in shot.dataset);
    const on = shot.classList.contains("on");
    if (on) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const state = wrong ? "，错误" : "seen" in shot.dataset ? "，已看" : "，未看";
    button.setAttribute("aria-label", shot.dataset.name + state);
  });
  card.classList.toggle("bad", shots.some((shot) => shot.dataset.reason));
}

function wordsOf(shot) {
  const { reason, note } = shot.dataset;
  const option = document.querySelector(`#reasons [data-code="${reason}"]`);
  const text = option?.dataset.text ?? reason;
  return note ? `${text}：${note}` : text;
}

/** Turns the photo by a quarter; it stays within its frame. */
export function turn(image) {
  const quarter = (Number(image.dataset.turned ?? 0) + 1) % 4;
  image.dataset.turned = String(quarter);
  const { clientWidth: width, clientHeight: height } = image;
  const fit = quarter % 2 ? Math.min(width, height) / Math.max(width, height) : 1;
  image.style.transform = quarter ? `rotate(${quarter * 90}deg) scale(${fit})` : "";
}
