// Native dialogs: the browser traps the focus and closes on Escape; we give the focus back to who opened it.

/** Opens a dialog; the element with data-first gets the focus. */
export function openDialog(dialog, opener = document.activeElement) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[data-first]")?.focus();
  dialog.addEventListener("close", () => opener?.focus?.(), { once: true });
}

/** Closes it as 取消 does. */
export function closeDialog(dialog) {
  if (dialog?.open) dialog.close("cancel");
}
