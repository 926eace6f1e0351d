// Makes two articles of one at the cursor, and joins an article with the one above it. The page has a hidden form for each; what is
// typed is saved before. Ctrl+Z in a text in which nothing was changed yet takes the last split or joining back.

import { withCompleteAddresses } from "./addresses.js";
import { Extension } from "../rich-text/editor.js";
import { ask, el, labelled, text } from "./dom.js";

const LONGEST_LINE = 100; // characters: a longer paragraph is no title

// Where the text is divided: the cursor, or the nearest edge of a block if there is nothing between. A card is never divided: it
// begins the new article.
function placeIn(doc, { $from, from }) {
  for (let depth = 1; depth <= $from.depth; depth += 1) {
    if ($from.node(depth).type.spec.isolating) return $from.before(depth);
  }
  let at = from;
  let $at = $from;
  while ($at.depth > 0 && $at.parentOffset === 0) $at = doc.resolve(at = $at.before());
  while ($at.depth > 0 && $at.parentOffset === $at.parent.content.size) $at = doc.resolve(at = $at.after());
  return at;
}

function isEmpty(node) { return node.isTextblock && !node.content.size; }

function saysNothing(doc) {
  let nothing = true;
  doc.forEach((node) => { nothing &&= isEmpty(node) || node.type.name === "editorMark"; });
  return nothing;
}

// The first line of a text if it can be a title.
function firstLine(doc) {
  let found = null;
  doc.forEach((node) => { if (!found && !isEmpty(node) && node.type.name !== "editorMark") found = node; });
  const isLine = found?.type.name === "subHeading" || (found?.type.name === "paragraph" && found.textContent.length <= LONGEST_LINE);
  return isLine ? found.textContent.trim() : "";
}

export class ArticleSplit {
  // `richPart`: the editor of the page; `tell`: shows a sentence below the text.
  constructor(richPart) {
    this.part = richPart;
    this.editor = richPart.editor;
    this.splitForm = document.querySelector("form[data-split]");
    this.joinForm = document.querySelector("form[data-join]");
    this.undoForm = document.querySelector("form[data-undo-step]");
    this.busy = false;
  }

  // What the toolbar and the keys may do here.
  get actions() {
    return { ...(this.splitForm ? { split: () => this.split() } : {}), ...(this.joinForm ? { join: () => this.join() } : {}) };
  }

  get halves() {
    const { doc, selection } = this.editor.state;
    const at = placeIn(doc, selection);
    return [doc.cut(0, at), doc.cut(at)];
  }

  async split() {
    if (this.busy) return;
    const [first, second] = this.halves;
    if (saysNothing(first) || saysNothing(second)) {
      this.part.tell(text("split-nothing"));
      this.editor.commands.focus();
      return;
    }
    const title = el("input", { value: firstLine(second), maxlength: 300, autocomplete: "off", spellcheck: "true", ...(this.part.form.dataset.lang ? { lang: this.part.form.dataset.lang } : {}) });
    const found = await ask({
      title: text("tool-split"), fields: [labelled(text("split-title"), title, text("split-hint"))], confirm: text("split-confirm"),
      read: () => (title.value.trim() ? { title: title.value.trim() } : { problem: text("split-no-title") }),
    });
    if (!found) return void this.editor.commands.focus();
    await this.send(this.splitForm, () => {
      const documents = this.halves.map((doc) => JSON.stringify({ only: this.part.only, doc: withCompleteAddresses(doc.toJSON()) }));
      return { title: found.title, first: documents[0], second: documents[1] };
    });
  }

  async join() { if (!this.busy) await this.send(this.joinForm, () => ({})); }

  // Sends a form once everything is saved. If it cannot be saved, the line with the state says why, and nothing is split.
  async send(form, values) {
    this.busy = true;
    this.editor.setEditable(false, false); // the cursor stays where it is
    const isSaved = await this.part.form.whenSaved();
    if (isSaved) {
      for (const [name, value] of Object.entries({ base: this.part.form.elements.base.value, ...values() })) form.elements[name].value = value;
      form.requestSubmit();
      return;
    }
    this.editor.setEditable(true, false);
    this.busy = false;
  }

  // Takes back what led to this page, if nothing was changed in its text since.
  takeBack() {
    if (!this.undoForm || this.editor.can().undo()) return false;
    this.undoForm.requestSubmit();
    return true;
  }
}

// `split()`: the ArticleSplit of the page, once there is one.
export function splitKeys(split) {
  return Extension.create({
    name: "splitKeys",
    priority: 1000,
    addKeyboardShortcuts() {
      return {
        "Mod-Shift-Enter": () => { split()?.actions.split?.(); return true; },
        "Mod-Shift-Backspace": () => { split()?.actions.join?.(); return true; },
        "Mod-z": () => split()?.takeBack() ?? false,
      };
    },
  });
}
