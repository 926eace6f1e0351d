// The button that stores a long form works after a change, and the bar says that there is one. Without scripts, and after a problem, it always works.

import { sentValuesOf, valuesOf } from "./form-values.js";

const form = document.querySelector("form[data-unsaved-bar]");

if (form) {
  const button = form.querySelector(".store-bar button");
  const note = form.querySelector("[data-unsaved]");
  const stored = JSON.stringify(sentValuesOf(form));
  const follow = () => { button.disabled = note.hidden = JSON.stringify(valuesOf(form)) === stored; };
  for (const kind of ["input", "change"]) form.addEventListener(kind, follow);
  window.addEventListener("pageshow", follow); // console.js has enabled all buttons of a page from the history
  follow();
}
