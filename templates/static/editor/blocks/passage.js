// Paragraphs in another language.

import { register } from "../block-kinds.js";
import { hole } from "../card-frame.js";
import { labelled, text } from "../dom.js";
import { languageChoice } from "../languages.js";
import { made } from "../node-making.js";

function passage(card) {
  const choice = languageChoice(card.node.attrs.language, (language) => card.set({ language }));
  const content = hole("passage");
  return {
    before: [labelled(text("passage-language"), choice)],
    contentDOM: content,
    refresh(node) {
      content.lang = node.attrs.language;
      choice.show(node.attrs.language);
    },
  };
}

register({
  nodes: [made("passage", { group: "block", content: "block+", isolating: true, defining: true, draggable: true }, { language: "en" })],
  cards: { passage },
  inserted: { name: "passage", content: () => [{ type: "paragraph" }] },
  icons: {
    passage: "M4 5h16v11h-8l-4 4v-4H4zM8 9h8M8 12h5",
  },
  holders: ["passage"],
});
