// The page of a section: its title is a field, who gets it is a condition in words, and questions of its import stay until they are answered.
// A section has no text of its own, so there is no rich text editor here.

import { audienceLine } from "./conditions.js";
import { el, markWords, text, useTexts } from "./dom.js";

class SectionPart {
  constructor(form) {
    const data = (id) => JSON.parse(document.getElementById(id).textContent);
    useTexts(data("editor-texts"));
    this.given = data("part-document");
    this.editable = form.hasAttribute("data-autosave");
    this.field = el("input", { type: "hidden", name: "document" });
    this.field.value = this.field.initial = this.value;
    this.audience = audienceLine("section", () => this.given.only, (only) => { this.given.only = only; this.changed(); }, this.editable);
    this.marks = el("ul", { class: "section-marks" });
    this.show();
    form.querySelector("[data-plain-text]").replaceWith(this.field, this.audience, this.marks);
    form.addEventListener("mailroom:restored", () => { this.given = JSON.parse(this.field.value); this.show(); });
  }

  get value() { return JSON.stringify(this.given); }

  show() {
    this.audience.show();
    const marks = this.given.doc.content.filter((node) => node.type === "editorMark");
    this.marks.replaceChildren(...marks.map((node) => el("li", { class: "editor-card editor-card-editorMark" }, el("p", {},
      el("strong", {}, text("card-editorMark")), " ", markWords(node.attrs.text), " ",
      this.editable ? el("button", { type: "button", class: "plain", onclick: () => this.done(node) }, text("mark-done")) : null))));
    this.marks.hidden = !marks.length;
  }

  done(node) {
    this.given.doc.content = this.given.doc.content.filter((each) => each !== node);
    this.changed();
  }

  changed() {
    this.show();
    this.field.value = this.value;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const form = document.querySelector("form[data-section]");
if (form) form.sectionPart = new SectionPart(form);
