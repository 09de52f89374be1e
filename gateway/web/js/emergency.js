// The line of an emergency notice: closed for this visit by whoever read it; another notice shows again.
const line = document.querySelector("[data-urgent]");
const KEY = "urgent-closed";

if (line) {
  const button = line.querySelector("[data-urgent-close]");
  line.hidden = sessionStorage.getItem(KEY) === line.dataset.urgent;
  button.hidden = false;
  button.addEventListener("click", () => {
    sessionStorage.setItem(KEY, line.dataset.urgent);
    line.hidden = true;
    document.querySelector("main").focus();
  });
}
