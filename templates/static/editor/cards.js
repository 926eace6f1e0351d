// The cards: everything in an article that is more than text. Node name -> node view.

import { completeAddress } from "./addresses.js";
import { attributeField, cardView } from "./card-frame.js";
import { askCondition, conditionWords } from "./conditions.js";
import { ask, el, labelled, markWords, putCursor, text } from "./dom.js";
import { icon } from "./icons.js";
import { languageChoice } from "./languages.js";
import { pictureField } from "./pictures.js";

const hole = (name) => el("div", { class: `card-content card-content-${name}` });

function figure(card) {
  const picture = pictureField(card);
  return { before: [picture.element], contentDOM: hole("figure"), refresh: picture.show, destroy: picture.destroy };
}

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

function calendar(card) {
  const add = el("button", { type: "button", class: "plain", onclick: () => addEvent(card) }, text("add-event"));
  return { contentDOM: hole("calendar"), after: [add] };
}

function addEvent(card) {
  const { schema, view, state } = card.editor;
  const start = card.node.lastChild.attrs.start || today();
  const event = schema.nodes.calendarEvent.create({ start, end: "" }, [schema.nodes.eventTitle.create(), schema.nodes.eventPlace.create()]);
  const at = card.getPos() + card.node.nodeSize - 1;
  view.dispatch(state.tr.insert(at, event));
  putCursor(card.editor, at + 2);
}

export function today() {
  const now = new Date();
  return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
}

function calendarEvent(card) {
  // A cleared day is not a day: the last one stays until another is chosen.
  const start = attributeField(card, "start", { type: "date", required: true });
  start.addEventListener("blur", () => start.show());
  const end = attributeField(card, "end", { type: "date" });
  const remove = el("button", { type: "button", class: "card-button", title: text("delete-event"), "aria-label": text("delete-event"), onclick: () => {
    const parent = card.editor.state.doc.resolve(card.getPos()).parent;
    const at = card.getPos();
    if (parent.childCount > 1) card.editor.view.dispatch(card.editor.state.tr.delete(at, at + card.node.nodeSize));
  } }, icon("remove"));
  return {
    bare: true,
    before: [labelled(text("event-start"), start), labelled(text("event-end"), end), remove],
    contentDOM: hole("calendarEvent"),
    refresh() {
      start.show();
      end.show();
    },
  };
}

function action(card) {
  const href = attributeField(card, "href", { inputmode: "url", spellcheck: "false", placeholder: "https://", autocomplete: "off" });
  href.addEventListener("blur", () => {
    const address = completeAddress(href.value);
    if (address !== href.value) card.set({ href: address });
  });
  return { before: null, contentDOM: el("div", { class: "card-content card-content-action", "data-placeholder": text("action-here") }), after: [labelled(text("action-address"), href)], refresh: () => href.show() };
}

function captionedTable(card) {
  const command = (name) => () => card.editor.chain().focus()[name]().run();
  const align = (value) => () => card.editor.commands.command(({ state, tr }) => alignColumn(state, tr, value));
  const buttons = [
    ["row-below", command("addRowAfter")], ["column-right", command("addColumnAfter")], ["delete-row", command("deleteRow")],
    ["delete-column", command("deleteColumn")], ["align-left", align("")], ["align-center", align("center")], ["align-right", align("right")],
  ];
  return {
    before: [el("div", { class: "table-buttons" }, ...buttons.map(([key, act]) => el("button", { type: "button", class: "plain small", onclick: act }, text(key))))],
    contentDOM: hole("captionedTable"),
  };
}

// Aligns the column of the cursor, in every row.
function alignColumn(state, tr, align) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type.name !== "tableRow") continue;
    const column = $from.index(depth);
    const table = $from.node(depth - 1);
    let at = $from.start(depth - 1);
    table.forEach((row) => {
      let cell = at + 1;
      row.forEach((each, _, index) => {
        if (index === column) tr.setNodeMarkup(cell, undefined, { ...each.attrs, align });
        cell += each.nodeSize;
      });
      at += row.nodeSize;
    });
    return true;
  }
  return false;
}

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

function only(card) {
  const words = el("span", { class: "condition-words" });
  const change = el("button", { type: "button", class: "plain", onclick: async () => {
    const found = await askCondition(card.node.attrs.condition);
    if (found !== null) card.set({ condition: found });
  } }, text("change-condition"));
  return {
    before: [el("p", { class: "condition" }, words, " ", change)],
    contentDOM: hole("only"),
    refresh(node) { words.textContent = conditionWords(node.attrs.condition); },
  };
}

function sources(card) {
  const add = el("button", { type: "button", class: "plain", onclick: () => {
    const at = card.getPos() + card.node.nodeSize - 1;
    card.editor.view.dispatch(card.editor.state.tr.insert(at, card.editor.schema.nodes.sourceEntry.create()));
    putCursor(card.editor, at + 1);
  } }, text("add-source"));
  return { contentDOM: hole("sources"), after: [add] };
}

function editorMark(card) {
  const words = el("span", {});
  const done = el("button", { type: "button", class: "plain", onclick: () => {
    const at = card.getPos();
    card.editor.view.dispatch(card.editor.state.tr.delete(at, at + card.node.nodeSize));
  } }, text("mark-done"));
  return { bare: true, before: [el("p", { class: "mark-words" }, el("strong", {}, text("card-editorMark")), " ", words, " ", done)],
    refresh(node) { words.textContent = markWords(node.attrs.text); } };
}

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

export const CARDS = {
  figure: cardView("figure", figure),
  portrait: cardView("portrait", portrait),
  profile: cardView("profile", profile),
  calendar: cardView("calendar", calendar),
  calendarEvent: cardView("calendarEvent", calendarEvent),
  action: cardView("action", action),
  captionedTable: cardView("captionedTable", captionedTable),
  passage: cardView("passage", passage),
  only: cardView("only", only),
  sources: cardView("sources", sources),
  editorMark: cardView("editorMark", editorMark),
  rawSource: cardView("rawSource", rawSource),
  mergeField: mergeFieldView,
};
