// Marks of pages that the server has not confirmed, on this device: they come back after a reload.
import { put, shotsOf } from "./review-card.js";

const form = document.querySelector("[data-review]");
const store = form && `review:${form.dataset.account}:${form.dataset.review}`;

function all() {
  try {
    return JSON.parse(localStorage.getItem(store)) ?? {};
  } catch {
    return {};
  }
}

function write(pages) {
  try {
    if (Object.keys(pages).length) localStorage.setItem(store, JSON.stringify(pages));
    else localStorage.removeItem(store);
  } catch {
    // A device without room or permission keeps them on the page only.
  }
}

/** All photos of a page with their marks, as they are sent. */
export function marksOf(page) {
  return shotsOf(page)
    .filter((shot) => shot.dataset.reason)
    .map((shot) => ({
      photo_id: shot.dataset.photo,
      cylinder_id: shot.closest(".cy").dataset.cylinder,
      reason_code: shot.dataset.reason,
      note: shot.dataset.note ?? "",
    }));
}

/** Keeps the marks of a page. */
export function keep(page) {
  write({ ...all(), [page.dataset.page]: marksOf(page) });
}

/** The server has them now. */
export function drop(number) {
  const { [number]: _, ...rest } = all();
  write(rest);
}

/** Puts the kept marks of a page onto it; true when there are some. */
export function restore(page) {
  const kept = all()[page.dataset.page];
  if (!kept) return false;
  for (const shot of shotsOf(page)) {
    const cylinder = shot.closest(".cy").dataset.cylinder;
    const own = kept.find((each) => each.photo_id === shot.dataset.photo && each.cylinder_id === cylinder);
    put(shot, own?.reason_code, own?.note);
  }
  return true;
}
