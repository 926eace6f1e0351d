// The bar that stores a long form appears after a change. Without scripts, and after a problem, it is always there.

import { sentValuesOf, valuesOf } from "./form-values.js";

const form = document.querySelector("form[data-unsaved-bar]");

if (form) {
  const bar = form.querySelector(".store-bar");
  const stored = JSON.stringify(sentValuesOf(form));
  const follow = () => { bar.hidden = JSON.stringify(valuesOf(form)) === stored; };
  bar.querySelector("[data-unsaved]").hidden = false;
  for (const kind of ["input", "change"]) form.addEventListener(kind, follow);
  follow();
}
