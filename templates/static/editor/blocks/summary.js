// How an article appears in a digest: its summary, its author, and whether the mail has its whole text.

import { register } from "../block-kinds.js";
import { attributeField, hole } from "../card-frame.js";
import { el, labelled, text } from "../dom.js";
import { line, made } from "../node-making.js";

function summary(card) {
  const byline = attributeField(card, "byline", { autocomplete: "off" });
  const whole = el("input", { type: "checkbox", onchange: () => card.set({ whole: whole.checked }) });
  return {
    contentDOM: hole("summary"),
    after: [labelled(text("byline"), byline), el("label", { class: "choice" }, whole, ` ${text("whole-in-digest")}`)],
    refresh(node) {
      byline.show();
      whole.checked = node.attrs.whole;
    },
  };
}

register({
  nodes: [
    made("summary", { group: "block", content: "summaryLine", isolating: true, draggable: true }, { byline: "", whole: false }),
    line("summaryLine"),
  ],
  cards: { summary },
  inserted: { name: "summary", content: () => [{ type: "summaryLine" }] },
  icons: {
    summary: "M4 6h16M4 10h16M4 14h10M4 18h6",
  },
  lines: ["summaryLine"],
  placeholders: { summaryLine: "summary-here" },
  mayBeNothing: ["summary"],
});
