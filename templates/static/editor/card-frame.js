// The frame of every card: its name, an explanation, buttons to move and delete it, and around it the editor's own rules.

import { el, text } from "./dom.js";
import { icon } from "./icons.js";
import { isLastLine } from "./selected-card.js";

// Makes a node view. `build(card)` returns {before, contentDOM, after, refresh, destroy}: elements around the place for the content,
// and what to do when the node changed and when the card goes. `kind` is the name of the node, also of its texts.
export function cardView(kind, build) {
  return ({ node, editor, getPos }) => {
    const card = {
      node,
      editor,
      getPos,
      set(values) {
        const at = getPos();
        if (at === undefined) return;
        editor.view.dispatch(editor.state.tr.setNodeMarkup(at, undefined, { ...card.node.attrs, ...values }));
      },
    };
    const built = build(card);
    const controls = (children) => el("div", { class: "card-controls", contenteditable: "false", onkeydown: stayOnPage }, ...children);
    const dom = el("div", { class: `editor-card editor-card-${kind}`, "data-node": kind, role: "group", "aria-label": text(`card-${kind}`),
      // A card without text of its own can be edited: otherwise the browser gives no events for text and pastes there.
      ...(built.contentDOM ? {} : { contenteditable: "true" }) },
      built.bare ? null : head(kind, card, built),
      built.before ? controls(built.before) : null, built.contentDOM, built.after ? controls(built.after) : null,
      // A place for the selection. Chromium finds none if all that is next to both ends of a selected card are controls. Then it moves the
      // cursor to the beginning of the text as soon as the window gets the focus again.
      el("span", { class: "card-caret" }, el("br")));
    built.refresh?.(node);
    return {
      dom,
      contentDOM: built.contentDOM,
      update(changed) {
        if (changed.type !== card.node.type) return false;
        card.node = changed;
        built.refresh?.(changed);
        return true;
      },
      stopEvent: (event) => Boolean(event.target.closest?.(".card-controls, .card-head")) && !event.type.startsWith("drag"),
      ignoreMutation: (mutation) => mutation.type !== "selection" && !(built.contentDOM && built.contentDOM.contains(mutation.target)),
      selectNode() { dom.classList.add("is-selected"); },
      deselectNode() { dom.classList.remove("is-selected"); },
      destroy() { built.destroy?.(); },
    };
  };
}

// Enter in a field or a check box would send the form of the page.
function stayOnPage(event) {
  if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
}

// The place in a card for its content.
export function hole(name) { return el("div", { class: `card-content card-content-${name}` }); }

// `name`: what the card is called instead of its kind; `beside`: elements next to the name.
function head(kind, card, { name = text(`card-${kind}`), beside = [], buttons = [] }) {
  const help = el("p", { class: "card-help", hidden: true }, text(`help-${kind}`));
  const question = el("button", { type: "button", class: "card-button", "aria-expanded": "false", title: text("what-is-this"), "aria-label": text("what-is-this"),
    onclick: () => {
      help.hidden = !help.hidden;
      question.setAttribute("aria-expanded", String(!help.hidden));
    } }, icon("help"));
  const button = (key, sign, act) => el("button", { type: "button", class: "card-button", title: text(key), "aria-label": text(key), onclick: act }, icon(sign));
  return el("div", { class: "card-head", contenteditable: "false" },
    el("div", { class: "card-bar" },
      el("span", { class: "card-name", draggable: "true" }, icon(kind), name), ...beside, question,
      ...buttons.map(([key, sign, act]) => button(key, sign, act)),
      button("move-up", "up", () => move(card, -1)), button("move-down", "down", () => move(card, 1)),
      button("delete-card", "remove", () => remove(card))),
    help);
}

function remove(card) {
  const at = card.getPos();
  card.editor.chain().focus().deleteRange({ from: at, to: at + card.node.nodeSize }).run();
}

// Moves a card past its neighbour.
export function move(card, step) {
  const { state, view } = card.editor;
  const at = card.getPos();
  const place = state.doc.resolve(at);
  const index = place.index();
  const other = step < 0 ? (index ? place.parent.child(index - 1) : null) : place.parent.maybeChild(index + 1);
  if (!other || isLastLine(state.doc, other)) return;
  const tr = state.tr.delete(at, at + card.node.nodeSize);
  tr.insert(step < 0 ? at - other.nodeSize : at + other.nodeSize, card.node);
  view.dispatch(tr.scrollIntoView());
}

// A field of a card for one of its attributes. What an input method composes is taken when it is finished.
export function attributeField(card, name, properties = {}) {
  const field = el(properties.rows ? "textarea" : "input", { type: properties.rows ? null : "text", ...properties });
  const take = (event) => {
    if (!event.isComposing && field.value !== card.node.attrs[name]) card.set({ [name]: field.value });
  };
  field.addEventListener("input", take);
  field.addEventListener("compositionend", () => take({}));
  field.show = () => { if (field.value !== (card.node.attrs[name] ?? "")) field.value = card.node.attrs[name] ?? ""; };
  field.show();
  return field;
}
