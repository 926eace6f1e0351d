// A picture with caption and credit.

import { register } from "../block-kinds.js";
import { hole } from "../card-frame.js";
import { line, made } from "../node-making.js";
import { pictureField } from "../pictures.js";

function figure(card) {
  const picture = pictureField(card);
  return { before: [picture.element], contentDOM: hole("figure"), refresh: picture.show, destroy: picture.destroy };
}

register({
  nodes: [
    made("figure", { group: "block", content: "caption credit", isolating: true, draggable: true }, { src: "missing", alt: "" }),
    line("caption"), line("credit"),
  ],
  cards: { figure },
  inserted: { name: "figure", content: () => [{ type: "caption" }, { type: "credit" }] },
  icons: {
    figure: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4|f:M15.500 7.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3z",
  },
  lines: ["caption", "credit"],
  placeholders: { caption: "caption-here", credit: "credit-here" },
});
