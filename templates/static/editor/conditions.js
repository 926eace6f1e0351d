// Conditions of parts that only some readers get.

import { ask, el, labelled, text } from "./dom.js";

export function conditionWords(condition) { return condition ? text("only-if", { condition }) : text("no-condition"); }

export function askCondition(condition) {
  const field = el("input", { value: condition, autocomplete: "off", spellcheck: "false" });
  return ask({ title: text("card-only"), fields: [labelled(text("condition"), field)], read: () => field.value.trim() });
}
