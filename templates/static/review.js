// Comments on what somebody selects, in the mail of a review or in the texts below it: a button appears at the selection, and opens
// the form of comments in view, with the quotation in it. Without scripts people use the same form where it is, and paste the words.
//
// The frames of the mail have the origin of the console and run nothing (docs/decisions/preview-frames.md). What is read from them is
// text: the selected words, and the id of the article above them.
"use strict";

import { showWhole } from "./whole-mail.js";

const LONGEST = 1000;
const LOOK = 400; // between two looks at a frame: not every browser tells a page of events in a frame that may run nothing
const GAP = 8;
// Characters that are not seen, and that no source has.
const UNSEEN = /[\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;

const form = document.querySelector("form[data-comment]");

class CommentBox {
  constructor(form) {
    this.form = form;
    this.box = form.closest("section");
    this.button = this.box.querySelector("[data-comment-here]");
    this.found = null; // what is selected: words, place, whether it is in the mail, and the frame
    this.isDown = false; // somebody is selecting with the mouse or a finger
    document.body.append(this.button);
    this.place = new CSSStyleSheet(); // pages have no inline styles
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.place];
    // The selection must not get lost when the button is pressed.
    this.button.addEventListener("pointerdown", (event) => event.preventDefault());
    this.button.addEventListener("mousedown", (event) => event.preventDefault());
    this.button.addEventListener("click", () => this.take());
    const close = this.box.querySelector("[data-close-comment]");
    close.addEventListener("click", () => this.close());
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    this.watch(document, null);
    for (const frame of document.querySelectorAll("iframe[data-selectable]")) {
      frame.addEventListener("load", () => this.watch(frame.contentDocument, frame));
      this.watch(frame.contentDocument, frame);
    }
    setInterval(() => this.lookAtFrame(), LOOK);
    window.addEventListener("resize", () => {
      if (this.found) this.look(this.found.frame ? this.found.frame.contentDocument : document, this.found.frame);
    });
    if (this.box.querySelector(".message.error")) this.open();
  }

  watch(page, frame) {
    if (!page) return;
    const look = () => { if (!this.isDown) this.look(page, frame); };
    const up = () => { this.isDown = false; setTimeout(look); };
    page.addEventListener("pointerdown", (event) => { this.isDown = event.target !== this.button; });
    for (const kind of ["pointerup", "pointercancel", "touchend"]) page.addEventListener(kind, up);
    page.addEventListener("selectionchange", look);
    page.addEventListener("scroll", look, { passive: true });
  }

  lookAtFrame() {
    const frame = document.activeElement;
    if (!this.isDown && frame && frame.matches("iframe[data-selectable]")) this.look(frame.contentDocument, frame);
  }

  look(page, frame) {
    const selection = page && page.getSelection();
    const range = selection && selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    const words = range ? selection.toString().replace(UNSEEN, "").replace(/\s+/g, " ").trim() : "";
    if (words && words.length <= LONGEST && (frame || isInOneText(selection))) {
      this.found = { words, place: frame ? placeInMail(range, page, frame.dataset.selectable) : textOf(range.startContainer).dataset.place, frame };
      this.show(range, frame);
    } else if (this.found && this.found.frame === frame) this.hide();
  }

  // Below the end of the selection, or above it where there is no room; within the frame if it is there.
  show(range, frame) {
    const lines = range.getClientRects();
    const line = lines[lines.length - 1] ?? range.getBoundingClientRect();
    const outer = frame ? frame.getBoundingClientRect() : { left: 0, top: 0, right: document.documentElement.clientWidth, bottom: Infinity };
    const top = outer.top + line.bottom;
    this.button.hidden = frame !== null && (line.bottom < 0 || top > outer.bottom);
    if (this.button.hidden) return;
    const { offsetWidth: width, offsetHeight: height } = this.button;
    const left = Math.min(Math.max(outer.left + line.right - width / 2, outer.left + GAP), outer.right - width - GAP);
    const room = Math.min(outer.bottom, document.documentElement.clientHeight);
    const at = top + GAP + height > room ? outer.top + line.top - height - GAP : top + GAP;
    const [x, y] = [Math.max(GAP, left) + window.scrollX, at + window.scrollY];
    this.place.replaceSync(`.comment-here { left: ${x}px; top: ${y}px; }`);
  }

  hide() {
    this.button.hidden = true;
    this.found = null;
  }

  take() {
    if (!this.found) return;
    const { words, place, frame } = this.found;
    const fields = this.form.elements;
    fields.quotation.value = words;
    fields.place.value = place;
    if (fields.place.selectedIndex < 0) fields.place.value = "";
    fields.selected_in.value = "page";
    this.form.querySelector(".quoted").open = true;
    this.form.querySelector("[data-taken]").hidden = false;
    this.from = frame;
    this.hide();
    this.open();
  }

  open() {
    const details = this.box.querySelector("details");
    if (details) details.open = true;
    this.box.classList.add("at-hand");
    this.form.elements.text.focus({ preventScroll: true });
  }

  close() {
    this.box.classList.remove("at-hand");
    if (this.from) this.from.focus({ preventScroll: true });
  }
}

function textOf(node) {
  const element = node && (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
  return element ? element.closest("[data-place]") : null;
}

function isInOneText(selection) {
  const text = textOf(selection.anchorNode);
  return text !== null && text === textOf(selection.focusNode);
}

// The choice of the form for the article that the selection begins in, in the language of the mail; empty above the first article.
function placeInMail(range, page, language) {
  let article = "";
  for (const heading of page.querySelectorAll("h1[id], h2[id], h3[id]")) {
    if (range.comparePoint(heading, 0) > 0) break;
    article = heading.id;
  }
  const values = [...form.elements.place.options].map((each) => each.value);
  const own = values.find((each) => each === `issue.${language}.md|${article}`);
  return article ? own ?? values.find((each) => each.endsWith(`|${article}`)) ?? "" : "";
}

if (form) new CommentBox(form);
document.querySelectorAll("iframe[data-selectable]").forEach(showWhole);
