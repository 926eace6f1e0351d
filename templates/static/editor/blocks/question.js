// A question to readers, with its answers.

import { register } from "../block-kinds.js";
import { attributeField, hole } from "../card-frame.js";
import { el, labelled, putCursor, text } from "../dom.js";
import { line, made } from "../node-making.js";

const MOST = 5; // answers

function question(card) {
  const add = el("button", { type: "button", class: "plain", onclick: () => addAnswer(card) }, text("add-answer"));
  const name = attributeField(card, "name", { autocomplete: "off", spellcheck: "false", maxlength: "30" });
  return {
    contentDOM: hole("question"),
    after: [el("p", {}, add), labelled(text("question-name"), name, text("question-name-hint"))],
    refresh(node) {
      name.show();
      add.hidden = node.childCount > MOST; // the first child is the question
    },
  };
}

function addAnswer(card) {
  const at = card.getPos() + card.node.nodeSize - 1;
  card.editor.view.dispatch(card.editor.state.tr.insert(at, card.editor.schema.nodes.answer.create()));
  putCursor(card.editor, at + 1);
}

register({
  nodes: [
    made("question", { group: "block", content: "asked answer+", isolating: true, draggable: true }, { name: "" }),
    line("asked", { marks: "" }),
    line("answer", { marks: "", isolating: false }), // Enter begins the next one
  ],
  cards: { question },
  inserted: { name: "question", content: () => [{ type: "asked" }, { type: "answer" }, { type: "answer" }] },
  icons: {
    question: "M4 5h16v11h-9l-4 3.500v-3.500H4zM10 8.500c.5-1.500 4-1.500 4 .5 0 1.200-2 1.300-2 2.500M12 13.500v.1",
  },
  lines: ["asked"],
  otherLines: ["answer"],
  placeholders: { asked: "asked-here", answer: "answer-here" },
});
