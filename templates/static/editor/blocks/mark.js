// A mark for the editor.

import { register } from "../block-kinds.js";
import { el, markWords, text } from "../dom.js";
import { FLOW, made } from "../node-making.js";

function editorMark(card) {
  const words = el("span", {});
  const done = el("button", { type: "button", class: "plain", onclick: () => {
    const at = card.getPos();
    card.editor.view.dispatch(card.editor.state.tr.delete(at, at + card.node.nodeSize));
  } }, text("mark-done"));
  return { bare: true, before: [el("p", { class: "mark-words" }, el("strong", {}, text("card-editorMark")), " ", words, " ", done)],
    refresh(node) { words.textContent = markWords(node.attrs.text); } };
}

register({
  nodes: [made("editorMark", { group: FLOW, atom: true, draggable: true }, { text: "" })],
  cards: { editorMark },
  icons: {
    editorMark: "M5 21V4h11l-2 4 2 4H5",
  },
});
