// Dates with an event and a place.

import { register } from "../block-kinds.js";
import { attributeField, hole } from "../card-frame.js";
import { el, labelled, putCursor, text } from "../dom.js";
import { icon } from "../icons.js";
import { line, made } from "../node-making.js";

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

function today() {
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

register({
  nodes: [
    made("calendar", { group: "block", content: "calendarEvent+", isolating: true, draggable: true }),
    made("calendarEvent", { content: "eventTitle eventPlace", isolating: true, selectable: false }, { start: "", end: "" }),
    line("eventTitle"), line("eventPlace"),
  ],
  cards: { calendar, calendarEvent },
  inserted: {
    name: "calendar",
    content: () => [{ type: "calendarEvent", attrs: { start: today(), end: "" }, content: [{ type: "eventTitle" }, { type: "eventPlace" }] }],
  },
  icons: {
    calendar: "M4 6h16v14H4zM4 10.500h16M8 3.500V8M16 3.500V8M8 14.500h3M8 17h6",
  },
  lines: ["eventTitle", "eventPlace"],
  placeholders: { eventTitle: "event-here", eventPlace: "place-here" },
});
