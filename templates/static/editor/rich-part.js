// Turns the text area of a part into a rich text editor. Without this script the text area is edited as before.
//
// The document is in a hidden field named "document", as JSON: issue-part.js saves it like any other field, and issue-preview.js
// shows it. Loaded before both.

import { Dropcursor, Editor, Gapcursor, UndoRedo } from "../rich-text/editor.js";
import { CARDS } from "./cards.js";
import { el, text, useTexts } from "./dom.js";
import { placeholders } from "./placeholders.js";
import { cleanPaste } from "./paste.js";
import { MARKS, NODES } from "./schema.js";
import { Toolbar } from "./toolbar.js";

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
    this.editor = new Editor({
      element: place,
      injectCSS: false,
      editable: form.hasAttribute("data-autosave"),
      extensions: [...NODES.map((node) => (CARDS[node.name] ? node.extend({ addNodeView() { return CARDS[node.name]; } }) : node)), ...MARKS, UndoRedo, Dropcursor.configure({ color: false, class: "drop-cursor" }), Gapcursor, placeholders],
      content: given.doc,
      editorProps: {
        attributes: { class: "rich-body", role: "textbox", "aria-multiline": "true", "aria-label": text("text"), spellcheck: "true", ...(form.dataset.lang ? { lang: form.dataset.lang } : {}) },
        transformPastedHTML: cleanPaste,
      },
      onUpdate: () => this.changed(),
    });
    // The server left out what is a default here: the first form is what "nothing changed" means.
    this.field.value = this.value;
    this.plain.replaceWith(this.field, new Toolbar(this.editor).element, place);
    form.addEventListener("mailroom:restored", () => this.load());
  }

  get value() { return JSON.stringify({ only: this.only, doc: this.editor.getJSON() }); }

  changed() {
    this.field.value = this.value;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A text that was not saved before came back into the field.
  load() {
    const given = JSON.parse(this.field.value);
    this.only = given.only;
    this.editor.commands.setContent(given.doc, { emitUpdate: false });
  }
}

const form = document.querySelector("form[data-rich]");
if (form) form.richPart = new RichPart(form);
