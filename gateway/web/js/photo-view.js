// 查看大图 where photos are only shown.
import { openDialog } from "./lib/dialog.js";

const view = document.getElementById("view-dialog");
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-view]");
  if (!link || !view || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const image = view.querySelector("img");
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  openDialog(view, link);
});
