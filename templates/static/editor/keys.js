// The keys of the editor: ways between text, toolbar, outline and preview, keys of cards, and the dialog that lists all of them.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { el, shownKeys, text } from "./dom.js";
import { intoCard, isLastLine, startOf } from "./selected-card.js";

const { NodeSelection } = pm.state;

const LISTED = [
  ["keys-text", [
    ["tool-strong", "Mod-B"], ["tool-emphasis", "Mod-I"], ["tool-link", "Mod-K"], ["tool-undo", "Mod-Z"], ["tool-redo", "Mod-Shift-Z"],
    ["tool-search", "Mod-F"], ["keys-save", "Mod-S"], ["keys-line", "Shift-Enter"], ["keys-slash", "/"],
    ["tool-split", "Mod-Shift-Enter"], ["tool-join", "Mod-Shift-Backspace"],
  ]],
  ["keys-cards", [["keys-move-card", "Alt-Shift-↑ ↓"], ["keys-select-card", "Escape"], ["keys-delete-card", "Delete"], ["keys-into-card", "Enter"]]],
  ["keys-page", [["keys-toolbar", "Alt-F10"], ["keys-back", "Escape"], ["keys-areas", "F6"], ["keys-move-part", "Alt-↑ ↓"], ["keys-list", "Mod-/"]]],
];

// The card around the selection: {at, node}; null in plain text.
function cardAt(state) {
  const { selection } = state;
  if (selection instanceof NodeSelection && selection.node.isBlock) return { at: selection.from, node: selection.node };
  for (let depth = selection.$from.depth; depth > 0; depth -= 1) {
    const node = selection.$from.node(depth);
    if (node.type.spec.draggable) return { at: selection.$from.before(depth), node };
  }
  return null;
}

// Moves the card of the selection past its neighbour, with the selection. False without a card.
function moveCard(view, step) {
  const { state } = view;
  const card = cardAt(state);
  if (!card) return false;
  const place = state.doc.resolve(card.at);
  const other = step < 0 ? place.nodeBefore : place.parent.maybeChild(place.index() + 1);
  if (!other || isLastLine(state.doc, other)) return true;
  const to = step < 0 ? card.at - other.nodeSize : card.at + other.nodeSize;
  const tr = state.tr.delete(card.at, card.at + card.node.nodeSize).insert(to, card.node);
  view.dispatch(tr.setSelection(NodeSelection.create(tr.doc, to)).scrollIntoView());
  return true;
}

function handle(view, event) {
  if (event.isComposing) return false;
  const { state } = view;
  if (event.altKey && event.shiftKey && ["ArrowUp", "ArrowDown"].includes(event.key)) return view.editable && moveCard(view, event.key === "ArrowUp" ? -1 : 1);
  if (event.key === "Escape") {
    const card = cardAt(state);
    if (!card || state.selection instanceof NodeSelection) return false;
    view.dispatch(state.tr.setSelection(NodeSelection.create(state.doc, card.at)));
    return true;
  }
  if (event.key === "Enter" && state.selection instanceof NodeSelection && state.selection.node.isBlock && !event.ctrlKey && !event.metaKey) {
    return intoCard(view, state.selection);
  }
  return false;
}

export const cardKeys = Extension.create({
  name: "cardKeys",
  priority: 1000,
  addProseMirrorPlugins() { return [new Plugin({ props: { handleKeyDown: handle } })]; },
});

// From a field of a card back to the card.
function leaveCard(editor, event) {
  const dom = event.target.closest(".card-controls, .card-head")?.closest(".editor-card");
  if (!dom) return false;
  const { view } = editor;
  const from = startOf(view, dom);
  if (from === undefined) return false;
  view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, from)));
  view.focus();
  return true;
}

// The keys of the page around the text. `areas`: functions that give the first element of each area, in the order of F6.
export function pageKeys({ editor, toolbar, help }) {
  const areas = [
    () => editor.view.dom,
    () => document.querySelector(".preview-beside :is(summary, a, button)"),
    () => { const outline = document.querySelector(".part-outline"); return outline?.open ? outline.querySelector("[aria-current]") : outline?.querySelector("summary"); },
    () => document.getElementById("id_title"),
  ];
  const inArea = (element) => [".rich-text, .editor-toolbar, .find-bar", ".preview-beside", ".part-outline", "#id_title"].findIndex((css) => element?.closest?.(css));
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.altKey && event.key === "F10") toolbar.focus();
    else if (event.key === "F6" && !event.altKey && !event.ctrlKey) {
      const step = event.shiftKey ? -1 : 1;
      const from = inArea(document.activeElement);
      for (let way = 1; way <= areas.length; way += 1) {
        const next = areas[(from + step * way + areas.length * 2) % areas.length]();
        if (next?.checkVisibility?.()) { next.focus(); break; }
      }
    } else if ((event.ctrlKey || event.metaKey) && event.key === "/") help();
    else if (event.key === "Escape" && event.target.closest?.(".editor-toolbar") && !event.defaultPrevented) editor.view.focus();
    else if (event.key === "Escape" && leaveCard(editor, event)) return void event.preventDefault();
    else return;
    event.preventDefault();
  });
}

// The dialog with all keys. `tour`: starts the tour of the editor.
export function showKeys(tour) {
  let then = null; // after the focus is back
  const close = el("button", { type: "button", class: "main", onclick: () => dialog.close() }, text("close"));
  const again = tour ? el("button", { type: "button", class: "plain", onclick: () => { then = tour; dialog.close(); } }, text("tour-again")) : null;
  const tables = LISTED.map(([title, rows]) => el("section", {}, el("h3", {}, text(title)), el("dl", { class: "key-list" },
    ...rows.flatMap(([name, keys]) => [el("dt", {}, el("kbd", {}, shownKeys(keys))), el("dd", {}, text(name))]))));
  const dialog = el("dialog", { class: "editor-dialog keys-dialog", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, text("tool-help")), ...tables, el("p", { class: "dialog-buttons" }, close, again));
  const before = document.activeElement;
  dialog.addEventListener("close", () => { dialog.remove(); if (before?.isConnected) before.focus(); then?.(); });
  document.body.append(dialog);
  dialog.showModal();
}
