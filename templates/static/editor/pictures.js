// The picture of a figure or a profile: which one, and its alternative text.

import { attributeField } from "./card-frame.js";
import { ask, el, labelled, text } from "./dom.js";

const MISSING = "missing";

// Path in the issue -> address of its small rendition.
const known = JSON.parse(document.getElementById("issue-pictures")?.textContent ?? "{}");

export function pictureUrl(src) { return known[src] ?? ""; }

export function pictureField(card) {
  const image = el("img", { alt: "" });
  const none = el("p", { class: "no-picture" }, text("no-picture"));
  const choose = el("button", { type: "button", class: "plain", onclick: async () => {
    const src = await choosePicture(card.node.attrs.src);
    if (src) card.set({ src });
  } }, text("choose-picture"));
  const alt = attributeField(card, "alt", { rows: 2, spellcheck: "true" });
  const element = el("div", { class: "picture-field" }, image, none, el("p", {}, choose), labelled(text("alt"), alt, text("alt-hint")));
  return {
    element,
    show() {
      const { src } = card.node.attrs;
      const url = pictureUrl(src);
      none.hidden = Boolean(url);
      none.textContent = src === MISSING ? text("no-picture") : text("lost-picture", { path: src });
      image.hidden = !url;
      if (url && image.getAttribute("src") !== url) image.src = url;
      alt.show();
    },
  };
}

async function choosePicture(chosen) {
  const paths = Object.keys(known);
  const select = el("select", {}, ...paths.map((path) => el("option", { value: path }, path)));
  if (paths.includes(chosen)) select.value = chosen;
  return ask({ title: text("choose-picture"), fields: [labelled(text("picture"), select)], read: () => select.value || { problem: text("no-pictures") } });
}
