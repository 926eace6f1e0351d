// Find and replace in the text of a part. Words are found across bold and links; replacing everything is one step of undo.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { el, labelled, text } from "./dom.js";
import { icon } from "./icons.js";

const { PluginKey, TextSelection } = pm.state;
const { Decoration, DecorationSet } = pm.view;
const key = new PluginKey("find");
const NOTHING = { pattern: null, matches: [], at: -1 };

export const findMarks = Extension.create({
  name: "findMarks",
  addProseMirrorPlugins() {
    return [new Plugin({
      key,
      state: {
        init: () => NOTHING,
        apply(tr, before) {
          const asked = tr.getMeta(key);
          if (asked && !asked.pattern) return NOTHING;
          if (!asked && !tr.docChanged) return before;
          const { pattern } = asked ?? before;
          if (!pattern) return before;
          const matches = matchesOf(tr.doc, pattern);
          return { pattern, matches, at: Math.min(asked?.at ?? before.at, matches.length - 1) };
        },
      },
      props: {
        decorations(state) {
          const { matches, at } = key.getState(state);
          return DecorationSet.create(state.doc, matches.map(({ from, to }, number) => Decoration.inline(from, to, { class: number === at ? "find-match is-current" : "find-match" })));
        },
      },
    })];
  },
});

// Every place in the document. In a block, a position is an offset in its text: merge fields and line breaks count as one character.
function matchesOf(doc, pattern) {
  const found = [];
  doc.descendants((node, at) => {
    if (!node.isTextblock) return true;
    for (const match of node.textBetween(0, node.content.size, "", "\ufffc").matchAll(pattern)) {
      found.push({ from: at + 1 + match.index, to: at + 1 + match.index + match[0].length });
    }
    return false;
  });
  return found;
}

export class FindBar {
  // `everywhere`: the address of the page that searches the whole issue.
  constructor(editor, everywhere) {
    this.editor = editor;
    this.everywhere = everywhere;
    this.words = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.replacement = el("input", { type: "text", autocomplete: "off", spellcheck: "true" });
    this.matchCase = el("input", { type: "checkbox" });
    this.status = el("span", { class: "find-status", role: "status" });
    this.link = el("a", { href: everywhere ?? "#" }, text("find-everywhere"));
    const symbol = (name, drawing, act) => el("button", { type: "button", class: "tool", title: text(name), "aria-label": text(name), onclick: act }, icon(drawing));
    const button = (name, act) => el("button", { type: "button", class: "plain", onclick: act }, text(name));
    const replacing = el("div", { class: "find-line" }, labelled(text("find-replacement"), this.replacement),
      button("find-replace", () => this.replace()), button("find-replace-all", () => this.replaceAll()));
    replacing.hidden = !editor.isEditable;
    this.element = el("div", { class: "find-bar", role: "search", "aria-label": text("find-bar"), hidden: true },
      el("div", { class: "find-line" }, labelled(text("find-words"), this.words), this.status,
        symbol("find-previous", "up", () => this.step(-1)), symbol("find-next", "down", () => this.step(1)), symbol("find-close", "remove", () => this.close())),
      replacing,
      el("div", { class: "find-line find-more" }, el("label", { class: "find-case" }, this.matchCase, " ", text("find-case")), this.link));
    this.listen();
  }

  listen() {
    const later = (event) => { if (!event.isComposing) this.search(); };
    this.words.addEventListener("input", later);
    this.words.addEventListener("compositionend", () => this.search());
    this.matchCase.addEventListener("change", () => this.search());
    this.element.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target === this.words) this.step(event.shiftKey ? -1 : 1);
      else if (event.key === "Enter" && event.target === this.replacement) this.replace();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    // In the text and around it; elsewhere on the page the browser searches.
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "f") return;
      if (!event.target.closest?.(".rich-text, .editor-toolbar, .find-bar")) return;
      event.preventDefault();
      this.open();
    });
    this.editor.on("transaction", () => { if (!this.element.hidden) this.show(); });
  }

  get found() { return key.getState(this.editor.state); }

  open() {
    const { from, to } = this.editor.state.selection;
    const selected = this.editor.state.doc.textBetween(from, to, " ").trim();
    if (selected && selected.length <= 200 && !selected.includes("\n")) this.words.value = selected;
    this.element.hidden = false;
    this.words.focus();
    this.words.select();
    this.search();
  }

  close() {
    this.element.hidden = true;
    const { matches, at } = this.found;
    const { view, state } = this.editor;
    const tr = state.tr.setMeta(key, NOTHING);
    if (matches[at]) tr.setSelection(TextSelection.create(tr.doc, matches[at].from, matches[at].to));
    view.dispatch(tr);
    view.focus();
  }

  // From the cursor on, as people expect of a search.
  search() {
    const words = this.words.value;
    const pattern = words ? new RegExp(words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), this.matchCase.checked ? "gu" : "giu") : null;
    if (this.everywhere) this.link.href = `${this.everywhere}?${new URLSearchParams({ words, ...(this.matchCase.checked ? { case: "1" } : {}) })}`;
    const { state } = this.editor;
    const matches = pattern ? matchesOf(state.doc, pattern) : [];
    const at = matches.findIndex(({ to }) => to >= state.selection.from);
    this.go(pattern, at < 0 ? 0 : at);
  }

  go(pattern, at) {
    this.editor.view.dispatch(this.editor.state.tr.setMeta(key, { pattern, at }));
    this.editor.view.dom.querySelector(".find-match.is-current")?.scrollIntoView({ block: "center" });
  }

  step(by) {
    const { pattern, matches, at } = this.found;
    if (!matches.length) this.search();
    else this.go(pattern, (at + by + matches.length) % matches.length);
  }

  replace() {
    const { pattern, matches, at } = this.found;
    if (!matches[at] || !this.editor.isEditable) return;
    const { from, to } = matches[at];
    const tr = this.put(this.editor.state.tr, from, to);
    const end = from + this.replacement.value.length;
    const next = matchesOf(tr.doc, pattern).findIndex((match) => match.from >= end);
    this.editor.view.dispatch(tr);
    this.go(pattern, Math.max(0, next));
  }

  replaceAll() {
    const { matches } = this.found;
    if (!matches.length || !this.editor.isEditable) return;
    const { tr } = this.editor.state;
    for (const { from, to } of [...matches].reverse()) this.put(tr, from, to);
    this.editor.view.dispatch(tr);
    this.status.textContent = text("find-replaced", { count: String(matches.length) });
  }

  put(tr, from, to) { return this.replacement.value ? tr.insertText(this.replacement.value, from, to) : tr.delete(from, to); }

  show() {
    const { matches, at, pattern } = this.found;
    if (!pattern) this.status.textContent = "";
    else this.status.textContent = matches.length ? text("find-count", { at: String(at + 1), count: String(matches.length) }) : text("find-none");
  }
}
