// What Enter, Backspace and Delete do at the edges of cards, lists and cells, as users of Word and Ghost expect it.
//
// In a line of a card, Enter goes on to the next line, and from the last one to the text below. From a card that holds paragraphs, and
// from the sources, Enter in an empty last line leads out. Backspace at the beginning of an item takes its bullet away.

import { Extension, pm } from "../rich-text/editor.js";
import { every } from "./block-kinds.js";

const { Selection } = pm.state;

function isLine(type) { return every("lines").includes(type.name); }

function depthOf($from, test) {
  for (let depth = $from.depth; depth > 0; depth -= 1) if (test($from.node(depth).type)) return depth;
  return 0;
}

function cardDepth($from) { return depthOf($from, (type) => type.spec.isolating && type.isInGroup("block")); }

// Puts the cursor behind the card: into the empty paragraph there, or a new one. `empty`: a block in the card that goes away, as [from, to].
function leave(editor, depth, empty = null) {
  return editor.commands.command(({ tr, state, dispatch }) => {
    let after = tr.selection.$from.after(depth);
    if (!dispatch) return true;
    if (empty) {
      tr.delete(...empty);
      after -= empty[1] - empty[0];
    }
    const next = tr.doc.nodeAt(after);
    if (!(next?.type.name === "paragraph" && !next.content.size)) tr.insert(after, state.schema.nodes.paragraph.create());
    tr.setSelection(state.selection.constructor.create(tr.doc, after + 1)).scrollIntoView();
    return true;
  });
}

// The end of the next line of text in the card at this depth, from a position on; null if there is none.
function nextLine($from, depth) {
  let found = null;
  const start = $from.after();
  $from.doc.nodesBetween(start, $from.end(depth), (node, at) => {
    if (found === null && at >= start && node.isTextblock) found = at + 1 + node.content.size;
    return found === null;
  });
  return found;
}

function enterInLine(editor, $from) {
  const depth = cardDepth($from);
  const next = nextLine($from, depth);
  return next === null ? leave(editor, depth) : editor.chain().setTextSelection(next).scrollIntoView().run();
}

// As in a spreadsheet: to the cell below, and out of the last row.
function enterInCell(editor, $from) {
  const row = depthOf($from, (type) => type.name === "tableRow");
  const table = $from.node(row - 1);
  const at = $from.index(row - 1);
  if (at === table.childCount - 1) return leave(editor, cardDepth($from));
  let target = $from.after(row) + 1;
  const below = table.child(at + 1);
  const column = Math.min($from.index(row), below.childCount - 1);
  for (let each = 0; each < column; each += 1) target += below.child(each).nodeSize;
  return editor.chain().setTextSelection(target + below.child(column).nodeSize - 2).scrollIntoView().run();
}

// Out of an empty last line, which goes away if it is not the only one.
function enterInEmpty(editor, $from, depth) {
  const holder = $from.node(depth);
  if ($from.depth !== depth + 1 || $from.parent.content.size || $from.index(depth) !== holder.childCount - 1) return false;
  const goes = holder.childCount > 1 && holder.child(holder.childCount - 2).type.name !== "portrait";
  return leave(editor, depth, goes ? [$from.before(), $from.after()] : null);
}

function enter(editor) {
  const { $from, empty } = editor.state.selection;
  if (isLine($from.parent.type)) return enterInLine(editor, $from);
  if (!empty) return false;
  if (depthOf($from, (type) => type.name === "tableRow")) return enterInCell(editor, $from);
  const depth = cardDepth($from);
  return depth > 0 && [...every("holders"), ...every("ends")].includes($from.node(depth).type.name) && enterInEmpty(editor, $from, depth);
}

function backspace(editor) {
  const { $from, empty } = editor.state.selection;
  if (!empty || $from.parentOffset > 0) return false;
  if (isLine($from.parent.type)) return true; // a line of a card stays
  if ($from.depth > 1 && $from.node(-1).type.name === "listItem" && $from.index(-1) === 0) return editor.commands.liftListItem("listItem");
  if ($from.depth > 1 && $from.node(-1).type.name === "blockquote" && $from.index(-1) === 0) return editor.commands.lift("blockquote");
  return false;
}

function remove(editor) {
  const { $from, empty } = editor.state.selection;
  if (!empty || !$from.parent.isTextblock || $from.parentOffset < $from.parent.content.size) return false;
  if (isLine($from.parent.type)) return true;
  if (!$from.parent.content.size) return false;
  return editor.commands.joinTextblockForward(); // also with the first item of a list, as in Word
}

export const edgeKeys = Extension.create({
  name: "edgeKeys",
  priority: 1000,
  addKeyboardShortcuts() {
    // The browser's own keys do not get past the buttons of a card.
    const to = (edge) => this.editor.commands.command(({ tr }) => Boolean(tr.setSelection(Selection[edge](tr.doc)).scrollIntoView()));
    return { "Mod-Home": () => to("atStart"), "Mod-End": () => to("atEnd"), Enter: () => enter(this.editor), Backspace: () => backspace(this.editor), Delete: () => remove(this.editor) };
  },
});
