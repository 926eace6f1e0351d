// The sources of an article.

import { register } from "../block-kinds.js";
import { hole } from "../card-frame.js";
import { el, putCursor, text } from "../dom.js";
import { line, made } from "../node-making.js";

function sources(card) {
  const add = el("button", { type: "button", class: "plain", onclick: () => {
    const at = card.getPos() + card.node.nodeSize - 1;
    card.editor.view.dispatch(card.editor.state.tr.insert(at, card.editor.schema.nodes.sourceEntry.create()));
    putCursor(card.editor, at + 1);
  } }, text("add-source"));
  return { contentDOM: hole("sources"), after: [add] };
}

register({
  nodes: [
    made("sources", { group: "block", content: "sourceEntry+", isolating: true, draggable: true }),
    line("sourceEntry", { isolating: false }), // Enter begins the next one
  ],
  cards: { sources },
  inserted: { name: "sources", content: () => [{ type: "sourceEntry" }] },
  icons: {
    sources: "M12 7c-2-1.500-5-2-8-1.500v12.500c3-.5 6 0 8 1.500 2-1.500 5-2 8-1.500V5.500c-3-.5-6 0-8 1.500zM12 7v12.500",
  },
  otherLines: ["sourceEntry"],
  placeholders: { sourceEntry: "source-here" },
  ends: ["sources"],
  mayBeNothing: ["sources"],
});
