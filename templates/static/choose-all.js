// A button above boxes that ticks all of them, or none. Without scripts they are ticked one by one.
//
// <form data-choose-all="name of the boxes" data-all="All" data-none="None">

for (const form of document.querySelectorAll("form[data-choose-all]")) {
  const boxes = [...form.querySelectorAll(`input[type=checkbox][name="${form.dataset.chooseAll}"]`)];
  const button = document.createElement("button");
  const allAreTicked = () => boxes.every((box) => box.checked);
  const show = () => { button.textContent = allAreTicked() ? form.dataset.none : form.dataset.all; };
  button.type = "button";
  button.className = "plain";
  button.addEventListener("click", () => {
    const tick = !allAreTicked();
    for (const box of boxes) box.checked = tick;
    show();
  });
  form.addEventListener("change", show);
  show();
  if (boxes.length > 1) boxes[0].closest("fieldset").before(button);
}
