// The name of a new list is asked for only if somebody chooses a new list. Without scripts the field is always there.

const list = document.querySelector("select[name=list]");
const field = document.querySelector("[data-new-list]");

if (list && field) {
  const input = field.querySelector("input");
  const follow = (isTyped) => {
    field.hidden = list.value !== "new";
    input.required = list.value === "new";
    if (isTyped && !field.hidden) input.focus();
  };
  list.addEventListener("change", () => follow(true));
  follow(false);
}
