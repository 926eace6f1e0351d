// Words that somebody selects in the texts of an issue become the quotation of the new comment. Without scripts people paste them.
"use strict";

const LONGEST = 1000;
const form = document.querySelector("form[data-comment]");

function placeOf(node) {
  const element = node && (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
  return element ? element.closest("[data-place]") : null;
}

function takeSelection() {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed) return;
  const place = placeOf(selection.anchorNode);
  if (!place || place !== placeOf(selection.focusNode)) return;
  const words = selection.toString().replace(/\s+/g, " ").trim();
  if (!words || words.length > LONGEST) return;
  form.elements.quotation.value = words;
  form.elements.place.value = place.dataset.place;
  form.querySelector("[data-taken]").hidden = false;
}

if (form) {
  for (const event of ["mouseup", "keyup", "touchend"]) document.addEventListener(event, () => setTimeout(takeSelection));
}
