// 显示 / 隐藏 of a password field.
for (const button of document.querySelectorAll("[data-reveal]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.textContent = shown ? "显示" : "隐藏";
    button.setAttribute("aria-pressed", String(!shown));
    field.focus();
  });
}
