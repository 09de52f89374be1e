// A photo is seen when its tile is loaded and at least 60 % of it were in view for 0.8 s in a visible tab.
import { cardOf, pageNow, paint, shotsOf, tile } from "./review-card.js";

const ENOUGH_MS = 800;
const TICK_MS = 100;
const inView = new Set();
const looked = new WeakMap();

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio >= 0.6) inView.add(target);
      else inView.delete(target);
      if (intersectionRatio < 0.6) looked.delete(target);
    }
  },
  { threshold: [0, 0.6, 0.8] },
);

export const loaded = (image) => image.complete && image.naturalWidth > 0;

/** Whether a photo was seen, or cannot be seen and was judged all the same. */
export const done = (shot) => "seen" in shot.dataset || ("broken" in shot.dataset && "judged" in shot.dataset);

/** Watches the photos of a page; those of the last one are forgotten. */
export function watch(page) {
  observer.disconnect();
  inView.clear();
  for (const shot of shotsOf(page)) observer.observe(shot.querySelector("figure"));
}

// What the eyes are on: the dark screen while 放大对照 is open, nothing while another dialog is.
function before() {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return [...inView].map((figure) => figure.closest(".shot"));
  if (dialog.id !== "compare") return [];
  const large = [...dialog.querySelectorAll("figure[data-shot]")].filter((each) => loaded(each.querySelector("img")));
  return large.map((figure) => shotsOf(pageNow())[Number(figure.dataset.shot)]).filter(Boolean);
}

/** Calls `told(shot)` for each photo at the moment it counts as seen. */
export function begin(told) {
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    const passed = Math.min(now - last, 2 * TICK_MS);
    last = now;
    if (document.visibilityState !== "visible") return;
    for (const shot of before()) look(shot, passed, told);
  }, TICK_MS);
}

function look(shot, passed, told) {
  if ("seen" in shot.dataset || !loaded(tile(shot))) return;
  const so = (looked.get(shot.querySelector("figure")) ?? 0) + passed;
  looked.set(shot.querySelector("figure"), so);
  if (so < ENOUGH_MS) return;
  shot.dataset.seen = "";
  paint(cardOf(shot));
  told(shot);
}
