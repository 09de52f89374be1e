// A danger dialog: its red button lives only when the phrase is typed (or pasted) in full; Enter does not submit.
// What is still missing is counted under the phrase, and under a text that has to be of some length.
for (const form of document.querySelectorAll("form[data-phrase-wanted]")) {
  const field = form.querySelector("[name=confirm]");
  const button = form.querySelector("[data-danger]");
  const wanted = form.dataset.phraseWanted;
  const sayPhrase = sayBelow(field);
  const check = () => {
    const typed = field.value.trim();
    button.setAttribute("aria-disabled", String(typed !== wanted));
    sayPhrase(lacking(typed, wanted), typed !== "");
  };
  field.addEventListener("input", check);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  // Before the browser asks for other fields: what is missing is the phrase.
  button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    field.focus();
  });
  check();
  for (const text of form.querySelectorAll("textarea[minlength]")) countUp(text);
}

function lacking(typed, wanted) {
  if (typed === wanted) return "";
  const rest = wanted.length - typed.length;
  return wanted.startsWith(typed) ? `还差 ${rest} 个字，输入完整后才能驳回` : `与“${wanted}”不一致`;
}

function countUp(text) {
  const say = sayBelow(text);
  const check = () => {
    const rest = text.minLength - text.value.trim().length;
    say(rest > 0 && text.value ? `还差 ${rest} 个字` : "", true);
  };
  text.addEventListener("input", check);
  check();
}

/** A line of its own below a field, read out with it; red when it is about something typed. */
function sayBelow(field) {
  const line = document.createElement("p");
  line.id = `${field.id}-lacking`;
  field.closest(".fld").append(line);
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${line.id}`.trim());
  return (said, red) => {
    line.textContent = said;
    line.className = red ? "fault" : "hint";
    line.hidden = !said;
  };
}
