// When somebody last did something in any tab of this browser; an upload on its way counts as well.
const STORE = "active-at";
let here = 0;

/** Somebody, or an upload, is at work. */
export function active() {
  if (Date.now() - here < 1000) return;
  here = Date.now();
  try {
    localStorage.setItem(STORE, String(here));
  } catch {
    // Without storage each tab counts for itself.
  }
}

/** The moment, in milliseconds since 1970. */
export function lastActive() {
  try {
    return Math.max(here, Math.min(Number(localStorage.getItem(STORE)), Date.now()));
  } catch {
    return here;
  }
}
