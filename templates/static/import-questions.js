// The page of questions: its keys, and the place in the mail. Enter needs no script: the main button or the first field has the focus.
import { showHere } from "./preview-follow.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const control = /^[a-z]$/i.test(event.key) && document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
  if (control) {
    event.preventDefault();
    control.click();
  }
});

const frame = document.querySelector(".question-mail");

if (frame) {
  const show = () => showHere(frame);
  if (frame.contentDocument?.readyState === "complete") show();
  frame.addEventListener("load", show);
}

// The browser may have scrolled to the field that has the focus. The question is above it.
if (document.querySelector(".question-head") && !location.hash) requestAnimationFrame(() => scrollTo(0, 0));
