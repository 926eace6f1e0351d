// The cards of the editor, those of its blocks and of what is not a block, and the dialog for merge fields.

import { entries } from "./block-kinds.js";
import { attributeField, cardView } from "./card-frame.js";
import { ask, el, labelled, text } from "./dom.js";

function rawSource(card) {
  const source = attributeField(card, "source", { rows: 6, spellcheck: "false" });
  const problem = el("p", { class: "field-hint" });
  return {
    before: [problem, labelled(text("raw-source"), source)],
    refresh(node) {
      source.show();
      problem.textContent = node.attrs.problem;
    },
  };
}

function mergeFieldView({ node, editor, getPos }) {
  const dom = el("button", { type: "button", class: "merge-field", contenteditable: "false", title: text("change-field") });
  let current = node;
  const show = () => {
    const { name, default: otherwise } = current.attrs;
    dom.textContent = otherwise ? text("field-or", { name: text(`field-${name}`), default: otherwise }) : text(`field-${name}`);
  };
  dom.addEventListener("click", async () => {
    if (!editor.isEditable) return;
    const found = await askField(current.attrs);
    if (found) editor.view.dispatch(editor.state.tr.setNodeMarkup(getPos(), undefined, found));
    editor.commands.focus();
  });
  show();
  return { dom, update(changed) { if (changed.type !== current.type) return false; current = changed; show(); return true; } };
}

const FIELD_NAMES = ["name", "email", "view_url", "unsubscribe_url", "preferences_url", "subscribe_url"];

// Asks which merge field, and what readers without the value see.
export async function askField(given = { name: "name", default: "" }) {
  const name = el("select", {}, ...FIELD_NAMES.map((each) => el("option", { value: each, selected: each === given.name }, text(`field-${each}`))));
  name.value = given.name;
  const otherwise = el("input", { value: given.default, autocomplete: "off" });
  const line = labelled(text("field-default"), otherwise, text("field-default-hint"));
  const show = () => { line.hidden = name.value.endsWith("_url"); };
  name.addEventListener("change", show);
  show();
  return ask({
    title: text("merge-field"), fields: [labelled(text("field-which"), name), line],
    read: () => ({ name: name.value, default: name.value.endsWith("_url") ? "" : otherwise.value.trim() }),
  });
}

// Name of a node -> its node view.
export function cardViews() {
  const cards = Object.entries({ ...entries("cards"), rawSource });
  return { ...Object.fromEntries(cards.map(([name, build]) => [name, cardView(name, build)])), mergeField: mergeFieldView };
}
