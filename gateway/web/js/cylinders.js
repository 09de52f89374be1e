// The list of cylinders: ticks and their number, dialogs over the list, columns that this device remembers.
import { openDialog } from "./lib/dialog.js";

const list = document.querySelector("[data-chosen]");
const boxes = [...document.querySelectorAll("[name=cylinder]")].filter((box) => box.type === "checkbox");
const all = document.querySelector("[data-tick-all]");
const whole = document.querySelector("[data-tick-page]");
let last = null;

function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr").classList.toggle("on", box.checked || all.checked);
  document.querySelector("[data-ticked]").textContent = all.checked ? Number(all.dataset.number).toLocaleString("en") : ticked;
  whole.checked = ticked === boxes.length;
  whole.indeterminate = ticked > 0 && ticked < boxes.length;
  for (const button of document.querySelectorAll("[data-bulk]")) button.setAttribute("aria-disabled", String(!ticked && !all.checked));
}

if (whole) {
  whole.hidden = false;
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    all.checked = false;
    count();
  });
  // Shift takes the whole range.
  list.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, at), Math.max(last, at)];
      for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    }
    last = at;
    all.checked = false;
    count();
  });
  all.addEventListener("change", count);
  window.addEventListener("pageshow", count);
  count();
}

// 删除所选, 共用监检证书照片: the page that asks once more, as a dialog.
list?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.bulk && button?.dataset.bulk !== "") return;
  event.preventDefault();
  if (button.getAttribute("aria-disabled") === "true") return;
  const address = new URL(button.formAction);
  const fields = new FormData(list);
  if (all.checked) fields.delete("cylinder");
  address.search = new URLSearchParams(fields);
  show("bulk-dialog", address, button);
});
document.addEventListener("click", (event) => {
  const over = event.target.closest("a[data-over]");
  const link = over ?? event.target.closest("a[data-side]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (over) return show(over.dataset.over, over.href, over);
  document.getElementById("side-dialog").dataset.size = link.dataset.side;
  show("side-dialog", link.href, link);
});

async function show(id, address, opener) {
  const dialog = document.getElementById(id);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer || (!answer.ok && answer.status !== 422)) return (location.href = address);
  dialog.innerHTML = await answer.text();
  window.htmx?.process(dialog);
  openDialog(dialog, opener);
  dialog.scrollTop = 0;
  dialog.querySelector("[data-first]")?.focus();
}

// The number typed in full, before 删除所选 lives.
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-number-wanted]");
  if (form) check(form);
});
function check(form) {
  const typed = form.querySelector("[name=confirm]").value.replaceAll(",", "").trim();
  form.querySelector("[data-danger]").setAttribute("aria-disabled", String(typed !== form.dataset.numberWanted));
}
document.addEventListener("submit", (event) => {
  if (event.target.querySelector('[data-danger][aria-disabled="true"]')) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// 显示列
const menu = document.querySelector("[data-columns]");
if (menu) {
  const key = `columns:${menu.dataset.columns}`;
  const choices = [...menu.querySelectorAll("[data-column]")];
  const remembered = localStorage.getItem(key);
  const apply = () => {
    const shown = new Set(choices.filter((each) => each.checked).map((each) => each.dataset.column));
    for (const cell of document.querySelectorAll("[data-columns-of] [data-col]")) cell.hidden = !shown.has(cell.dataset.col);
    menu.querySelector("[data-columns-said]").textContent = `${shown.size}/${choices.length}`;
  };
  const set = (wanted) => {
    for (const each of choices) each.checked = each.disabled || wanted(each);
    apply();
  };
  if (remembered !== null) set((each) => remembered.split(" ").includes(each.dataset.column));
  menu.addEventListener("change", () => {
    apply();
    localStorage.setItem(key, choices.filter((each) => each.checked).map((each) => each.dataset.column).join(" "));
  });
  menu.querySelector("[data-columns-reset]").addEventListener("click", () => {
    localStorage.removeItem(key);
    set((each) => each.dataset.first === "1");
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
