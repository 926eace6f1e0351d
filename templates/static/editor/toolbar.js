// The buttons above the text: one stop of the Tab key, arrow keys between them, as screen readers expect of a toolbar.

import { entries, every } from "./block-kinds.js";
import { placeFor } from "./card-places.js";
import { askField } from "./cards.js";
import { ask, el, labelled, putCursor, shownKeys, text } from "./dom.js";
import { icon } from "./icons.js";
import { isTag, languageChoice } from "./languages.js";
import { editLink } from "./link-dialog.js";

const BUTTONS = [
  [["strong", "Mod-B"], ["emphasis", "Mod-I"], ["link", "Mod-K"], ["language", ""], ["mergeField", ""]],
  [["split", "Mod-Shift-Enter"], ["join", "Mod-Shift-Backspace"]],
  [["undo", "Mod-Z"], ["redo", "Mod-Shift-Z"], ["search", "Mod-F"], ["help", "Mod-/"]],
];
const OF_ARTICLES = new Set(["split", "join"]); // only where the page can do it

export class Toolbar {
  // `more`: what further buttons do, by their name.
  constructor(editor, more = {}) {
    this.editor = editor;
    this.more = more;
    this.buttons = new Map();
    this.tools = entries("tools");
    const [ofWords, ...others] = BUTTONS;
    const shown = [ofWords, Object.keys(this.tools).map((name) => [name, ""]), ...others].map((group) => group.filter(([name]) => !OF_ARTICLES.has(name) || more[name])).filter((group) => group.length);
    const groups = shown.map((group) => el("span", { class: "tool-group", role: "group" }, ...group.map((each) => this.button(...each))));
    this.element = el("div", { class: "editor-toolbar scroll", role: "toolbar", "aria-label": text("toolbar"), "aria-orientation": "horizontal" }, ...groups, this.insertMenu());
    this.element.hidden = !editor.isEditable;
    this.element.addEventListener("keydown", (event) => this.arrows(event));
    [...this.element.querySelectorAll(":scope button")].forEach((button, at) => { button.tabIndex = at ? -1 : 0; });
    editor.on("transaction", () => this.show());
    editor.view.dom.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); this.act("link"); }
    });
    this.show();
  }

  button(name, keys) {
    const label = text(`tool-${name}`);
    const made = el("button", { type: "button", class: `tool tool-${name}`, "aria-label": label, title: keys ? `${label} (${shownKeys(keys)})` : label,
      onmousedown: (event) => event.preventDefault(), onclick: () => this.act(name) }, icon(name));
    this.buttons.set(name, made);
    return made;
  }

  insertMenu() {
    const list = el("div", { class: "insert-list", role: "menu", "aria-label": text("insert"), hidden: true },
      ...every("inserted").map((kind) => el("button", { type: "button", role: "menuitem", class: `insert-item insert-${kind.name}`, onclick: () => { this.openMenu(false); this.insert(kind); } },
        icon(kind.name), el("strong", {}, text(`card-${kind.name}`)), el("small", {}, text(`help-${kind.name}`)))));
    const opener = el("button", { type: "button", class: "tool tool-insert", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => this.openMenu(list.hidden) }, icon("insert"), text("insert"));
    this.menu = { list, opener };
    list.addEventListener("keydown", (event) => {
      const items = [...list.children];
      const at = items.indexOf(document.activeElement);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (next !== undefined) items[(next + items.length) % items.length].focus();
      else if (event.key === "Escape") { this.openMenu(false); opener.focus(); }
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    document.addEventListener("pointerdown", (event) => { if (!list.hidden && !event.target.closest(".insert")) this.openMenu(false); });
    return el("span", { class: "insert" }, opener, list);
  }

  openMenu(open) {
    this.menu.list.hidden = !open;
    this.menu.opener.setAttribute("aria-expanded", String(open));
    if (open) this.menu.list.firstElementChild.focus();
  }

  focus() { (this.element.querySelector('.tool[tabindex="0"]') ?? this.element.querySelector(".tool")).focus(); }

  // What can be inserted by typing: cards, and the usual tools of a paragraph.
  get insertions() {
    return [
      ...every("inserted").map((kind) => ({ name: kind.name, insert: () => this.insert(kind) })),
      ...Object.keys(this.tools).map((name) => ({ name, insert: () => this.act(name) })),
    ];
  }

  arrows(event) {
    if (event.target.closest(".insert-list")) return;
    const all = [...this.element.querySelectorAll(".tool")].filter((button) => button.checkVisibility());
    const at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    const target = all[(next + all.length) % all.length];
    all.forEach((button) => { button.tabIndex = button === target ? 0 : -1; });
    target.focus();
  }

  show() {
    for (const [name, button] of this.buttons) {
      if (name === "undo" || name === "redo") button.disabled = !this.editor.can()[name]();
      else if (name !== "mergeField" && !this.more[name]) button.setAttribute("aria-pressed", String(this.editor.isActive(name)));
    }
  }

  async act(name) {
    const { editor } = this;
    const chain = () => {
      editor.view.focus();
      return editor.chain();
    };
    if (this.more[name]) this.more[name]();
    else if (name === "strong" || name === "emphasis") chain().toggleMark(name).run();
    else if (name === "link") await editLink(editor);
    else if (name === "language") await this.language();
    else if (name === "mergeField") {
      const field = await askField();
      if (field) chain().insertContent({ type: "mergeField", attrs: field }).run();
    } else if (this.tools[name]) this.tools[name](chain()).run();
    else chain()[name]().run();
  }

  async language() {
    const { editor } = this;
    if (editor.isActive("language")) {
      editor.chain().focus().extendMarkRange("language").unsetMark("language").run();
      return;
    }
    if (editor.state.selection.empty) {
      editor.commands.focus();
      return;
    }
    let tag = "zh-Hans";
    const choice = languageChoice(tag, (chosen) => { tag = chosen; });
    const found = await ask({ title: text("tool-language"), fields: [labelled(text("passage-language"), choice)], read: () => (isTag(tag) ? { tag } : { problem: text("language-tag") }) });
    if (found) editor.chain().focus().setMark("language", found).run();
  }

  insert({ name, content, focusesField }) {
    insertCard(this.editor, { type: name, content: content() }, focusesField);
  }
}

// Puts a card at the cursor, and the cursor into its first line, or into the field that people fill in first.
function insertCard(editor, json, focusesField) {
  const { state } = editor;
  const node = state.schema.nodeFromJSON(json);
  const { from, to } = placeFor(state.selection.$from, node.type);
  const tr = state.tr.replaceWith(from, to, node);
  if (from + node.nodeSize === tr.doc.content.size) tr.insert(tr.doc.content.size, state.schema.nodes.paragraph.create());
  editor.view.dispatch(tr);
  let inside = null;
  node.descendants((each, offset) => {
    if (inside === null && each.isTextblock) inside = from + 1 + offset + 1;
    return each.type.name !== "portrait";
  });
  if (node.isTextblock) inside = from + 1;
  putCursor(editor, inside ?? editor.state.selection.from);
  if (focusesField) editor.view.nodeDOM(from).querySelector(":scope > .card-controls input").focus();
}
