// 即将自动退出: asks two minutes before; then the session ends, and the sign-in form comes over the untouched page.
import { active, lastActive } from "./lib/active.js";
import { closeDialog, openDialog } from "./lib/dialog.js";

const ASKED_BEFORE_MS = 120_000;
const TICK_MS = 1000;
const dialog = document.getElementById("idle");
const again = document.getElementById("reauth");
const limit = Number(dialog.dataset.minutes) * 60_000;
let over = false;

function tick() {
  if (over || again.open) return;
  const idle = Date.now() - lastActive();
  if (idle >= limit) end();
  else if (idle >= limit - ASKED_BEFORE_MS) warn(idle);
  else closeDialog(dialog); // somebody went on in another tab
}

function warn(idle) {
  const seconds = Math.ceil((limit - idle) / 1000);
  dialog.querySelector("[data-idle-for]").textContent = String(Math.floor(idle / 60_000));
  const rest = String(seconds % 60).padStart(2, "0");
  dialog.querySelector("[data-idle-left]").textContent = `${Math.floor(seconds / 60)}:${rest}`;
  openDialog(dialog);
}

async function end() {
  over = true;
  closeDialog(dialog);
  const headers = { "X-CSRF-Token": document.body.dataset.csrf };
  // Without a network the session ends by itself at the server.
  await fetch("/logout", { method: "POST", headers, body: new URLSearchParams({ idle: "1" }) }).catch(() => {});
  openDialog(again);
}

for (const kind of ["pointerdown", "keydown", "input", "wheel"]) {
  document.addEventListener(kind, () => dialog.open || active(), { capture: true, passive: true });
}
dialog.addEventListener("close", () => over || active());
document.addEventListener("signed-in", () => {
  over = false;
  active();
});
active();
setInterval(tick, TICK_MS);
