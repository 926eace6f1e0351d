// Words in empty lines of cards that say what belongs there.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { entries } from "./block-kinds.js";
import { text } from "./dom.js";
import { isCard } from "./selected-card.js";

// Whether there is nothing but cards and one empty line, as in a translation that begins with the pictures.
function hasNoText(doc) {
  let lines = 0;
  doc.forEach((node) => { lines += isCard(node) ? 0 : 1; });
  return lines === 1;
}

export const placeholders = Extension.create({
  name: "placeholders",
  addProseMirrorPlugins() {
    const { Decoration, DecorationSet } = pm.view;
    const keys = entries("placeholders");
    return [new Plugin({
      props: {
        decorations(state) {
          const found = [];
          state.doc.descendants((node, at, parent) => {
            if (!node.isTextblock || node.content.size) return;
            const key = keys[node.type.name] ?? (parent === state.doc && hasNoText(state.doc) ? "write-here" : null);
            if (key) found.push(Decoration.node(at, at + node.nodeSize, { class: "is-empty", "data-placeholder": text(key) }));
          });
          return DecorationSet.create(state.doc, found);
        },
      },
    })];
  },
});
