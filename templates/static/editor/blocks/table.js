// A table with its caption.

import { Table, TableCell, TableHeader, TableRow } from "../../rich-text/editor.js";
import { register } from "../block-kinds.js";
import { hole } from "../card-frame.js";
import { el, text } from "../dom.js";
import { attributes, line, made } from "../node-making.js";

// A cell is one line. Widths and merged cells of pasted tables have no place in a mail.
// The commands of tables need to know that a cell has one column and one row.
const single = { default: 1, rendered: false, parseHTML: () => 1 };
const cell = { content: "paragraph", addAttributes() { return { ...attributes({ align: "" }), colspan: single, rowspan: single }; } };
const table = Table.extend({
  group: "",
  addNodeView: null,
  addProseMirrorPlugins() { return this.parent?.() ?? []; },
  addAttributes() { return {}; },
  parseHTML() { return [{ tag: "table" }, { tag: "tbody", skip: true }, { tag: "thead", skip: true }]; },
  renderHTML() { return ["table", ["tbody", 0]]; },
});

function captionedTable(card) {
  const command = (name) => () => card.editor.chain().focus()[name]().run();
  const align = (value) => () => card.editor.commands.command(({ state, tr }) => alignColumn(state, tr, value));
  const buttons = [
    ["row-below", command("addRowAfter")], ["column-right", command("addColumnAfter")], ["delete-row", command("deleteRow")],
    ["delete-column", command("deleteColumn")], ["align-left", align("")], ["align-center", align("center")], ["align-right", align("right")],
  ];
  return {
    before: [el("div", { class: "table-buttons" }, ...buttons.map(([key, act]) => el("button", { type: "button", class: "plain small", onclick: act }, text(key))))],
    contentDOM: hole("captionedTable"),
  };
}

// Aligns the column of the cursor, in every row.
function alignColumn(state, tr, align) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type.name !== "tableRow") continue;
    const column = $from.index(depth);
    const table = $from.node(depth - 1);
    let at = $from.start(depth - 1);
    table.forEach((row) => {
      let cell = at + 1;
      row.forEach((each, _, index) => {
        if (index === column) tr.setNodeMarkup(cell, undefined, { ...each.attrs, align });
        cell += each.nodeSize;
      });
      at += row.nodeSize;
    });
    return true;
  }
  return false;
}

function newRow(type) {
  const cellNode = { type, content: [{ type: "paragraph" }] };
  return { type: "tableRow", content: [cellNode, cellNode] };
}

register({
  nodes: [
    made("captionedTable", { group: "block", content: "tableCaption? table", isolating: true, draggable: true }),
    line("tableCaption"),
    table.configure({ resizable: false }), TableRow, TableHeader.extend(cell), TableCell.extend(cell),
  ],
  cards: { captionedTable },
  inserted: {
    name: "captionedTable",
    content: () => [{ type: "tableCaption" }, { type: "table", content: [newRow("tableHeader"), newRow("tableCell")] }],
  },
  icons: {
    captionedTable: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9",
  },
  lines: ["tableCaption"],
  placeholders: { tableCaption: "table-caption-here" },
});
