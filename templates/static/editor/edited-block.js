// Tells the page which block of the text is being edited: the number that it has among the blocks of the source.

import { blocks } from "./block-lines.js";

export function tellEditedBlock(editor) {
  const { view } = editor;
  const tell = (index) => {
    const { doc } = editor.state;
    const known = blocks(doc);
    let number = -1;
    // What is empty is not in the mail: the block above it is meant.
    for (let at = Math.min(index, doc.childCount - 1); at >= 0 && number < 0; at -= 1) number = known.indexOf(doc.child(at));
    document.dispatchEvent(new CustomEvent("issue-part:block", { detail: Math.max(number, 0) }));
  };
  const ofCursor = () => { if (view.hasFocus()) tell(editor.state.selection.$from.index(0)); };
  for (const kind of ["selectionUpdate", "update", "focus"]) editor.on(kind, ofCursor);
  // The fields of a card have a cursor of their own.
  view.dom.addEventListener("focusin", (event) => {
    let card = event.target;
    while (card !== view.dom && card.parentNode !== view.dom) card = card.parentNode;
    if (card !== view.dom) tell(editor.state.doc.resolve(view.posAtDOM(card, 0)).index(0));
  });
}
