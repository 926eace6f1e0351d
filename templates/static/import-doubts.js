// The page of questions: its keys, and the place in the mail. Enter needs no script: the main button or the first field has the focus.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const control = /^[a-z]$/i.test(event.key) && document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
  if (control) {
    event.preventDefault();
    control.click();
  }
});

// Scrolls inside the frame: a fragment in its address would scroll this page as well.
const SPACE_ABOVE = 80; // pixels
const frame = document.querySelector(".doubt-mail");

function showPlace() {
  const mail = frame.contentDocument;
  const place = mail?.getElementById("mailroom-here");
  if (place) mail.documentElement.scrollTop += place.getBoundingClientRect().top - SPACE_ABOVE;
}

if (frame) {
  if (frame.contentDocument?.readyState === "complete") showPlace();
  frame.addEventListener("load", showPlace);
}

// The browser may have scrolled to the field that has the focus. The question is above it.
if (document.querySelector(".doubt-head") && !location.hash) requestAnimationFrame(() => scrollTo(0, 0));
