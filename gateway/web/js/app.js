// What every page has: dialogs, menus, buttons that are pressed once, the network strip, focus after a swap.
import { closeDialog, openDialog } from "./lib/dialog.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    // A dialog that sends a form opens only when the form is filled in.
    if (opener.dataset.checks && !document.getElementById(opener.dataset.checks).reportValidity()) return;
    openDialog(document.getElementById(opener.dataset.dialog), opener);
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    closeDialog(closer.closest("dialog"));
    return;
  }
  const phrase = event.target.closest("[data-phrase]");
  if (phrase) addPhrase(phrase);
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied);
  if (event.target.closest("[data-print]")) window.print();
  for (const menu of document.querySelectorAll("details.drop-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.drop-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

function addPhrase(button) {
  const field = document.getElementById(button.dataset.phrase);
  const text = button.dataset.text ?? button.textContent.trim();
  if (!field.value.includes(text)) field.value += text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

async function copy(button) {
  await navigator.clipboard?.writeText(button.dataset.copy);
  const said = button.querySelector("[data-said]") ?? button;
  said.textContent = "已复制";
}

// A form is sent once; the label stays and says what happens. A page that comes back from history is fresh again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.closest("[hx-post],[hx-put]") === form) return;
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button) {
    button.dataset.label = button.innerHTML;
    button.setAttribute("aria-disabled", "true");
    button.append("，处理中…");
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[data-label]")) {
      button.innerHTML = button.dataset.label;
      button.removeAttribute("aria-disabled");
    }
  }
});

// Whoever signs out leaves no photos behind on a device that others use.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/logout") indexedDB?.deleteDatabase("pingzheng-photos");
});

// 网络已断开
const strip = document.getElementById("network");
function network(lost) {
  if (!strip) return;
  strip.textContent = lost ? "网络已断开，您的填写仍保留在本机，恢复后自动重试。" : "已恢复连接";
  strip.hidden = false;
  if (!lost) setTimeout(() => (strip.hidden = true), 3000);
}
window.addEventListener("offline", () => network(true));
window.addEventListener("online", () => network(false));

// Focus goes to the summary of faults when there is one: on load, and after a swap; else to the new heading.
function focusFirst(root) {
  const summary = root.querySelector?.("[data-focus]") ?? (root.matches?.("[data-focus]") ? root : null);
  summary?.focus();
}
focusFirst(document);
document.addEventListener("htmx:afterSettle", (event) => focusFirst(event.detail.elt));
for (const dialog of document.querySelectorAll("dialog[data-open]")) openDialog(dialog);

// 操作过于频繁，请 {n} 秒后再试。 · {n} 秒后自动重试。
for (const rest of document.querySelectorAll("[data-countdown]")) {
  rest.closest("[data-live]")?.removeAttribute("hidden"); // true only where this module runs
  const until = Date.now() + Number(rest.textContent) * 1000;
  const timer = setInterval(() => {
    const left = Math.max(Math.ceil((until - Date.now()) / 1000), 0);
    rest.textContent = String(left);
    if (left) return;
    clearInterval(timer);
    if (rest.dataset.countdown === "reload") location.reload();
  }, 1000);
}

// The sign-in ended while the page was open: the sign-in form comes over the untouched page.
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) openDialog(document.getElementById("reauth"));
});
document.addEventListener("signed-in", () => closeDialog(document.getElementById("reauth")));
