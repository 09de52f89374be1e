// A danger dialog: its red button lives only when the phrase is typed (or pasted) in full; Enter does not submit.
for (const form of document.querySelectorAll("form[data-phrase-wanted]")) {
  const field = form.querySelector("[name=confirm]");
  const button = form.querySelector("[data-danger]");
  const check = () => button.setAttribute("aria-disabled", String(field.value.trim() !== form.dataset.phraseWanted));
  field.addEventListener("input", check);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      field.focus();
    }
  });
  check();
}
