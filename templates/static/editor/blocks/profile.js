// A person, with or without a portrait.

import { register } from "../block-kinds.js";
import { attributeField, hole } from "../card-frame.js";
import { el, labelled, text } from "../dom.js";
import { made } from "../node-making.js";
import { pictureField } from "../pictures.js";

function portrait(card) {
  const picture = pictureField(card);
  return { bare: true, before: [picture.element], contentDOM: hole("portrait"), refresh: picture.show, destroy: picture.destroy };
}

function profile(card) {
  const name = attributeField(card, "name", { autocomplete: "off" });
  const role = attributeField(card, "role", { autocomplete: "off" });
  const add = el("button", { type: "button", class: "plain", onclick: () => addPortrait(card) }, text("add-portrait"));
  return {
    before: [labelled(text("profile-name"), name), labelled(text("profile-role"), role), el("p", {}, add)],
    contentDOM: hole("profile"),
    refresh(node) {
      name.show();
      role.show();
      add.hidden = node.firstChild?.type.name === "portrait";
    },
  };
}

function addPortrait(card) {
  const { schema } = card.editor;
  const made = schema.nodes.portrait.create(null, schema.nodes.credit.create());
  card.editor.view.dispatch(card.editor.state.tr.insert(card.getPos() + 1, made));
}

register({
  nodes: [
    made("portrait", { content: "credit", isolating: true, selectable: false }, { src: "missing", alt: "" }),
    made("profile", { group: "block", content: "portrait? flow+", isolating: true, defining: true, draggable: true }, { name: "", role: "" }),
  ],
  cards: { portrait, profile },
  inserted: {
    name: "profile",
    content: () => [{ type: "portrait", content: [{ type: "credit" }] }, { type: "paragraph" }],
    focusesField: true,
  },
  icons: {
    profile: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.500 20c.5-4 3.500-6 7.500-6s7 2 7.500 6",
  },
  holders: ["profile"],
});
