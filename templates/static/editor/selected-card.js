// Nothing that somebody types may vanish: with a card selected, text from keys, input methods, dictation and the clipboard goes into a
// paragraph below the card, and below a card at the end there is always an empty line.

import { Extension, Plugin, pm } from "../rich-text/editor.js";

const { NodeSelection, Selection, TextSelection } = pm.state;
const CONTROLS = "button, input, textarea, select, a, label";

export function isCard(node) { return node.isBlock && (node.isAtom || Boolean(node.type.spec.isolating)); }

function isSelected({ selection }) { return selection instanceof NodeSelection && selection.node.isBlock; }

// A transaction with the cursor in a new paragraph below the selected card.
function below({ selection, schema, tr }) {
  tr.insert(selection.to, schema.nodes.paragraph.create());
  return tr.setSelection(TextSelection.create(tr.doc, selection.to + 1));
}

function insertText(view, words) {
  if (!isSelected(view.state)) return false;
  view.dispatch(below(view.state).insertText(words).scrollIntoView());
  return true;
}

// An input method writes where the cursor is: it must be in a paragraph before the first letter.
function beginComposing(view) {
  if (view.editable && isSelected(view.state)) view.dispatch(below(view.state).scrollIntoView());
  return false;
}

// Text that comes without a key, as from dictation.
function beforeInput(view, event) {
  if (!view.editable || event.inputType !== "insertText" || !event.data || !insertText(view, event.data)) return false;
  event.preventDefault();
  return true;
}

function paste(view, slice) {
  if (!isSelected(view.state) || !slice.size) return false;
  const tr = below(view.state);
  const [only] = slice.openStart || slice.openEnd || slice.content.childCount !== 1 ? [] : [slice.content.firstChild];
  view.dispatch((only ? tr.replaceSelectionWith(only) : tr.replaceSelection(slice)).scrollIntoView().setMeta("paste", true).setMeta("uiEvent", "paste"));
  return true;
}

// A click between the parts of a card can leave the browser without a selection although the editor has one. Then keys would go nowhere.
function keepSelection(view) {
  if (view.hasFocus() && !view.dom.contains(document.getSelection().anchorNode)) view.focus();
  return false;
}

// A click on the bar or on an empty place of a card selects it, with the focus in the text.
function click(view, event) {
  setTimeout(() => { if (!view.isDestroyed) keepSelection(view); }); // after the browser has changed its own
  const controls = event.target.closest?.(".card-head, .card-controls");
  if (!view.editable || !controls || event.target.closest(CONTROLS)) return false;
  for (let dom = controls.closest(".editor-card"); dom && dom !== view.dom; dom = dom.parentElement.closest(".editor-card")) {
    const at = startOf(view, dom);
    if (at === undefined || !NodeSelection.isSelectable(view.state.doc.nodeAt(at))) continue;
    view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, at)));
    view.focus();
    return true;
  }
  return false;
}

// The position of the card that an element shows.
export function startOf(view, dom) {
  const at = view.posAtDOM(dom, 0);
  const place = view.state.doc.resolve(at);
  const around = [...Array(place.depth).keys()].map((depth) => place.before(depth + 1)).findLast((each) => view.nodeDOM(each) === dom);
  return around ?? (view.nodeDOM(at) === dom ? at : undefined);
}

// To the first thing in a selected card that takes text: a field, else its own text; below it if there is nothing.
export function intoCard(view, { from, node }) {
  const field = view.nodeDOM(from)?.querySelector?.(".card-controls :is(input:not([type=file]):not([type=date]), textarea)");
  const inside = node.isAtom ? null : Selection.findFrom(view.state.doc.resolve(from + 1), 1, true);
  if (field?.checkVisibility()) field.focus();
  else if (inside && inside.from < from + node.nodeSize) view.dispatch(view.state.tr.setSelection(inside).scrollIntoView());
  else view.dispatch(below(view.state).scrollIntoView());
  return true;
}

// An empty line below a card at the end. It says nothing: an empty paragraph is not in the source.
export function withLastLine(doc) {
  const last = doc.content?.at(-1);
  return last && !["paragraph", "subHeading", "bulletList", "orderedList", "blockquote"].includes(last.type) ? { ...doc, content: [...doc.content, { type: "paragraph" }] } : doc;
}

// Whether a block is that empty line: no card moves below it.
export function isLastLine(doc, node) { return node === doc.lastChild && node.type.name === "paragraph" && !node.content.size; }

function lastLine(transactions, before, { doc, schema, tr }) {
  return doc.lastChild && isCard(doc.lastChild) ? tr.insert(doc.content.size, schema.nodes.paragraph.create()).setMeta("addToHistory", false) : null;
}

export const selectedCard = Extension.create({
  name: "selectedCard",
  priority: 1000,
  addProseMirrorPlugins() {
    return [new Plugin({
      appendTransaction: lastLine,
      props: {
        handleTextInput: (view, from, to, words) => insertText(view, words),
        handlePaste: (view, event, slice) => paste(view, slice),
        handleKeyDown: (view, event) => event.keyCode === 229 && beginComposing(view),
        handleDOMEvents: { keydown: keepSelection, beforeinput: beforeInput, compositionstart: beginComposing, click },
      },
    })];
  },
});
