// "/" at the beginning of an empty paragraph opens the list of what can be inserted; typing on chooses from it.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { entries } from "./block-kinds.js";
import { el, text } from "./dom.js";
import { icon } from "./icons.js";

const { PluginKey } = pm.state;
const key = new PluginKey("slash");
const [GAP, LEAST, ENOUGH] = [6, 120, 320]; // pixels: around the list, its least height, and a height that is good to choose from
const QUERY = /^[/／、]([^\s/]{0,20})$/; // also what Chinese input methods write for the key

// The paragraph of the cursor, if it has only the slash and what was typed behind it: {from, to, words}.
function asked(state) {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.type.name !== "paragraph" || $from.depth < 1) return null;
  const found = QUERY.exec($from.parent.textContent);
  if (!found || $from.parentOffset !== $from.parent.content.size || $from.parent.content.size !== found[0].length) return null;
  return { from: $from.start(), to: $from.end(), words: found[1].toLowerCase() };
}

class SlashMenu {
  // `items()`: {name, insert} of what can be inserted; the name is that of the card or of the tool.
  constructor(view, items) {
    this.view = view;
    this.items = items;
    this.dismissed = null; // the place where Escape closed the list
    this.typed = false;
    this.list = el("ul", { class: "slash-menu insert-list", role: "listbox", id: "slash-menu", "aria-label": text("insert"), hidden: true });
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.at));
    });
  }

  get open() { return !this.list.hidden; }

  update(view, before) {
    const found = view.editable ? asked(view.state) : null;
    if (before && !before.doc.eq(view.state.doc)) this.typed = true;
    if (!found) this.dismissed = null;
    // A line that begins with a slash and was there before is text.
    if (!found || this.dismissed === found.from || !this.typed) return this.hide();
    const matching = this.items().filter(({ name }) => labelOf(name).toLowerCase().includes(found.words));
    if (!matching.length) return this.hide();
    if (!this.open || this.words !== found.words) this.at = 0;
    this.words = found.words;
    this.found = found;
    this.matching = matching;
    this.show();
    return undefined;
  }

  show() {
    this.list.replaceChildren(...this.matching.map(({ name }, at) => el("li", { role: "option", id: `slash-${at}`, class: "insert-item", "data-at": at, "aria-selected": String(at === this.at) },
      icon(name), el("strong", {}, labelOf(name)), el("small", {}, helpOf(name)))));
    this.view.dom.parentElement.append(this.list);
    this.list.hidden = false;
    const place = this.view.coordsAtPos(this.found.from);
    const around = this.view.dom.parentElement.getBoundingClientRect();
    // Upwards where there is more room, and never out of the window or under the bar with Save.
    const bar = document.querySelector(".part-bar")?.getBoundingClientRect().bottom ?? 0;
    const below = innerHeight - place.bottom - 2 * GAP;
    const above = place.top - Math.max(0, bar) - 2 * GAP;
    const isUp = below < Math.min(this.list.scrollHeight, ENOUGH) && above > below;
    this.place(isUp ? { bottom: around.bottom - place.top + GAP, most: above } : { top: place.bottom - around.top + GAP, most: below });
    this.view.dom.setAttribute("aria-controls", "slash-menu");
    this.view.dom.setAttribute("aria-activedescendant", `slash-${this.at}`);
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
  }

  // In a style sheet, because the policy of the pages forbids style attributes.
  place({ top, bottom, most }) {
    if (!this.sheet) {
      this.sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(this.sheet);
    }
    const side = top === undefined ? `top: auto; bottom: ${Math.round(bottom)}px` : `top: ${Math.round(top)}px; bottom: auto`;
    this.sheet.replaceSync(`.slash-menu { ${side}; max-height: min(60vh, ${Math.max(LEAST, Math.round(most))}px); }`);
  }

  hide() {
    if (!this.open) return;
    this.list.hidden = true;
    this.view.dom.removeAttribute("aria-controls");
    this.view.dom.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (!this.open || event.isComposing) return false;
    const count = this.matching.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + count) % count;
      this.show();
    } else if (event.key === "Enter" || event.key === "Tab") this.choose(this.at);
    else if (event.key === "Escape") {
      this.dismissed = this.found.from;
      this.hide();
    } else return false;
    return true;
  }

  choose(at) {
    const { from, to } = this.found;
    const { insert } = this.matching[at];
    this.hide();
    this.view.dispatch(this.view.state.tr.delete(from, to));
    insert();
  }

  destroy() { this.list.remove(); }
}

function labelOf(name) { return text(name in entries("tools") ? `tool-${name}` : `card-${name}`); }

function helpOf(name) { return name in entries("tools") ? "" : text(`help-${name}`); }

export function slashMenu(items) {
  let menu = null;
  return Extension.create({
    name: "slashMenu",
    priority: 1100,
    addProseMirrorPlugins() {
      return [new Plugin({
        key,
        view: (view) => { menu = new SlashMenu(view, items); return menu; },
        props: {
          handleKeyDown: (_, event) => menu?.key(event) ?? false,
          handleDOMEvents: { blur: () => { menu?.hide(); return false; } },
        },
      })];
    },
  });
}
