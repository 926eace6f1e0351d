// Turns the text area of a part into a rich text editor. Without this script the text area is edited as before.
//
// The document is in a hidden field named "document", as JSON: issue-part.js saves it like any other field, and issue-preview.js
// shows it. Loaded before both.

import { Dropcursor, Editor, Gapcursor, UndoRedo } from "../rich-text/editor.js";
import { withCompleteAddresses } from "./addresses.js";
import { ArticleSplit, splitKeys } from "./article-split.js";
import { edgeKeys } from "./edge-keys.js";
import { cardViews } from "./cards.js";
import { audienceLine } from "./conditions.js";
import { el, text, useTexts } from "./dom.js";
import { BlockLines, foundMark, problemMarks } from "./block-lines.js";
import { tellEditedBlock } from "./edited-block.js";
import { FindBar, findMarks } from "./find-bar.js";
import { lineStarts } from "./line-starts.js";
import { placeholders } from "./placeholders.js";
import { takePictures } from "./pictures.js";
import { cleanPaste, pastedSlice } from "./paste.js";
import { cardKeys, pageKeys, showKeys } from "./keys.js";
import { MARKS, nodes } from "./schema.js";
import { selectedCard, withLastLine } from "./selected-card.js";
import { slashMenu } from "./slash-menu.js";
import { Tour } from "./tour.js";
import { Toolbar } from "./toolbar.js";

const NARROW = window.matchMedia("(max-width: 40rem)");

function data(id) { return JSON.parse(document.getElementById(id).textContent); }

class RichPart {
  constructor(form) {
    this.form = form;
    useTexts(data("editor-texts"));
    const given = data("part-document");
    this.only = given.only;
    this.plain = form.querySelector("[data-plain-text]");
    this.field = el("input", { type: "hidden", name: "document" });
    const place = el("div", { class: "rich-text" });
    const views = cardViews();
    this.editor = new Editor({
      element: place,
      injectCSS: false,
      // What is typed stays what it is, such as "*" or "#", but for what line-starts.js knows.
      enableInputRules: false,
      enablePasteRules: false,
      editable: form.hasAttribute("data-autosave"),
      extensions: [...nodes().map((node) => (views[node.name] ? node.extend({ addNodeView() { return views[node.name]; } }) : node)), ...MARKS, UndoRedo, Dropcursor.configure({ color: false, class: "drop-cursor" }), Gapcursor, placeholders, foundMark, problemMarks, findMarks, cardKeys, selectedCard, edgeKeys, splitKeys(() => this.split), lineStarts, slashMenu(() => this.toolbar.insertions)],
      content: withLastLine(given.doc),
      editorProps: {
        attributes: { class: "rich-body", role: "textbox", "aria-multiline": "true", "aria-label": text("text"), spellcheck: "true", ...(form.dataset.lang ? { lang: form.dataset.lang } : {}) },
        transformPastedHTML: (html) => cleanPaste(html, (count) => this.tell(text("paste-pictures", { count }))),
        transformPasted: pastedSlice,
        handlePaste: (view, event) => takePictures(this.editor, event.clipboardData),
        handleDrop: (view, event) => takePictures(this.editor, event.dataTransfer, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos),
      },
      onUpdate: () => this.changed(),
    });
    if (!this.holds(withLastLine(given.doc))) throw new Error("the editor cannot hold this text");
    // The opening of a file is for everybody: a condition needs a heading above it.
    this.audience = form.elements.title ? audienceLine("article", () => this.only, (only) => this.setOnly(only), this.editor.isEditable) : null;
    // The server left out what is a default here: the first form is what "nothing changed" means. A hidden field has no default
    // value of its own, so it is kept for issue-part.js, which may be loaded after somebody typed.
    this.field.value = this.field.initial = this.value;
    this.find = new FindBar(this.editor, form.dataset.search);
    const tour = new Tour(form.dataset.tour);
    const help = () => showKeys(() => tour.start());
    this.split = new ArticleSplit(this);
    this.toolbar = new Toolbar(this.editor, { search: () => this.find.open(), help, ...this.split.actions });
    pageKeys({ editor: this.editor, toolbar: this.toolbar, help });
    this.plain.replaceWith(this.field, this.toolbar.element, this.find.element, place);
    this.placeAudience();
    NARROW.addEventListener("change", () => this.placeAudience());
    if ("tourOffered" in form.dataset && this.editor.isEditable) tour.offer(form);
    if (this.split.undoForm && !NARROW.matches) this.editor.view.focus(); // who split an article goes on writing
    const lines = new BlockLines(this.editor, form);
    tellEditedBlock(this.editor);
    form.showLine = (line) => lines.show(line);
    form.addEventListener("mailroom:restored", () => this.load());
    this.offerSummary(form.querySelector("[data-proposed]"));
  }

  // The summary that a digest shows as long as nobody wrote one goes into the article's card, which may have an author already.
  // Without a card it becomes the first one.
  offerSummary(offer) {
    if (!offer) return;
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      const written = { type: "text", text: offer.dataset.proposed };
      let line = null; // where the text of the card begins
      this.editor.state.doc.forEach((node, at) => { if (node.type.name === "summary") line ??= at + 2; });
      offer.remove();
      const change = this.editor.chain();
      if (line) change.insertContentAt(line, written);
      else change.insertContentAt(0, { type: "summary", content: [{ type: "summaryLine", content: [written] }] });
      change.focus(line ?? 2).run();
    });
  }

  // Who gets the article: above the text; on a phone below it, unless only some readers get it.
  placeAudience() {
    if (!this.audience) return;
    if (NARROW.matches && !this.only) this.editor.view.dom.closest(".rich-text").after(this.audience);
    else this.field.after(this.audience);
  }

  // A sentence in the line above the text, until the next one.
  tell(sentence) {
    const note = document.querySelector("[data-note]");
    if (note) note.textContent = sentence;
  }

  // Whether the editor has the whole text. It drops silently what its schema does not allow, and would save the rest.
  holds(doc) {
    try {
      const whole = this.editor.schema.nodeFromJSON(doc);
      whole.check();
      return whole.eq(this.editor.state.doc);
    } catch {
      return false;
    }
  }

  get value() { return JSON.stringify({ only: this.only, doc: withCompleteAddresses(this.editor.getJSON()) }); }

  changed() {
    this.field.value = this.value;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  setOnly(only) {
    this.only = only;
    this.audience.show();
    this.changed();
  }

  // A text that was not saved before came back into the field.
  load() {
    const given = JSON.parse(this.field.value);
    this.only = given.only;
    this.audience?.show();
    this.editor.commands.setContent(given.doc, { emitUpdate: false });
  }
}

// Somebody who typed into the text area before this script was loaded goes on there.
const form = document.querySelector("form[data-rich]");
if (form && form.elements.text.value === form.elements.text.defaultValue) {
  try {
    form.richPart = new RichPart(form);
  } catch (fault) {
    form.querySelector("[data-no-editor]")?.removeAttribute("hidden"); // the text area stays
    throw fault;
  }
}
