// A button: a call to action.

import { completeAddress } from "../addresses.js";
import { register } from "../block-kinds.js";
import { attributeField } from "../card-frame.js";
import { el, labelled, text } from "../dom.js";
import { made } from "../node-making.js";

function action(card) {
  const href = attributeField(card, "href", { inputmode: "url", spellcheck: "false", placeholder: "https://", autocomplete: "off" });
  href.addEventListener("blur", () => {
    const address = completeAddress(href.value);
    if (address !== href.value) card.set({ href: address });
  });
  return { before: [el("p", {}, text("action-here"))], contentDOM: el("div", { class: "card-content card-content-action" }), after: [labelled(text("action-address"), href)], refresh: () => href.show() };
}

register({
  nodes: [made("action", { group: "block", content: "inline*", marks: "strong emphasis language", isolating: true, draggable: true }, { href: "" })],
  cards: { action },
  inserted: { name: "action", content: () => [] },
  icons: {
    action: "M3 7h18v10H3zM8 12h7M12.500 9.500 15 12l-2.500 2.500",
  },
  lines: ["action"],
});
