// A quotation.

import { Blockquote } from "../../rich-text/editor.js";
import { register } from "../block-kinds.js";
import { FLOW } from "../node-making.js";

// The whole text, as Ctrl+A selects it, as a selection from its first place to its last, from which blocks can be lifted.
function insideOfAll({ tr, commands }) {
  return tr.selection.$from.depth > 0 || commands.setTextSelection({ from: 1, to: tr.doc.content.size - 1 });
}

register({
  nodes: [Blockquote.extend({ group: FLOW, content: "flow+" })],
  tools: { blockquote: (chain) => chain.command(insideOfAll).toggleBlockquote() },
  icons: {
    blockquote: "M4 17c3-1 4-3.500 4-6.500H4.500V6.500h5V11c0 4-1.800 6.500-5.500 8M14 17c3-1 4-3.500 4-6.500h-3.500V6.500h5V11c0 4-1.800 6.500-5.500 8",
  },
  mayBeNothing: ["blockquote"],
});
