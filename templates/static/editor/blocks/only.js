// Paragraphs for some readers.

import { register } from "../block-kinds.js";
import { hole } from "../card-frame.js";
import { askCondition, conditionWords } from "../conditions.js";
import { el, text } from "../dom.js";
import { made } from "../node-making.js";

function only(card) {
  const words = el("span", { class: "condition-words" });
  const change = el("button", { type: "button", class: "plain", onclick: async () => {
    const found = await askCondition(card.node.attrs.condition);
    if (found !== null) card.set({ condition: found });
  } }, text("change-condition"));
  return {
    name: words,
    beside: [change],
    contentDOM: hole("only"),
    refresh(node) { words.textContent = conditionWords(node.attrs.condition); },
  };
}

register({
  nodes: [made("only", { group: "block", content: "block+", isolating: true, defining: true, draggable: true }, { condition: "" })],
  cards: { only },
  inserted: { name: "only", content: () => [{ type: "paragraph" }] },
  icons: {
    only: "M9 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM3 19.500c.3-3.500 2.700-5 6-5 1.500 0 2.800.3 3.800 1M14.500 17.500l2.200 2.200 4.300-4.700",
  },
  holders: ["only"],
});
