// Which readers get a part: the dialog that builds a condition from sentences, and the line that shows it.

import { FIELDS, LONGEST, MOST, countryName, fieldOf, inWords, read, valueName, write } from "./condition-text.js";
import { COUNTRIES } from "./countries.js";
import { ask, el, text } from "./dom.js";
import { icon } from "./icons.js";
import { USUAL, isTag, languageName } from "./languages.js";

export function conditionWords(condition) { return condition ? text("only-if", { condition: inWords(condition) }) : text("no-condition"); }

// Resolves to the condition as text of an issue file, or to null. `everybody`: the label of the way to have none.
export async function askCondition(condition, everybody = "") {
  const found = condition ? read(condition) : { joined: "and", rows: [] };
  const extra = everybody && condition ? { label: everybody, value: "" } : null;
  if (!found) return askText(condition, extra);
  const form = new ConditionForm(found);
  return ask({ title: text("condition-title"), fields: [form.element], read: () => form.read(), extra });
}

function askText(condition, extra) {
  const field = el("input", { value: condition, autocomplete: "off", spellcheck: "false", "aria-label": text("condition") });
  return ask({ title: text("condition-title"), fields: [el("p", {}, field)], read: () => field.value.trim() || { problem: text("condition-empty") }, extra });
}

class ConditionForm {
  constructor({ joined, rows }) {
    this.rows = [];
    this.list = el("div", { class: "condition-rows" });
    this.joined = el("select", { "aria-label": text("condition-join") },
      el("option", { value: "and" }, text("condition-all")), el("option", { value: "or" }, text("condition-any")));
    this.joined.value = joined;
    this.joining = el("p", { class: "condition-joined" }, this.joined);
    this.adding = el("button", { type: "button", class: "plain condition-add", onclick: () => this.add(null).focus() }, text("condition-add"));
    this.element = el("div", { class: "condition-form" }, this.joining, this.list, this.adding);
    rows.forEach((row) => this.add(row));
    if (!rows.length) this.add(null);
  }

  add(given) {
    const row = new Row(given, () => {
      const at = this.rows.indexOf(row);
      this.rows.splice(at, 1);
      row.element.remove();
      this.show();
      (this.rows[Math.min(at, this.rows.length - 1)]?.field ?? this.adding).focus();
    });
    this.rows.push(row);
    this.list.append(row.element);
    this.show();
    return row.field;
  }

  show() {
    this.joining.hidden = this.rows.length < 2;
    this.adding.hidden = this.rows.length >= MOST;
    this.rows.forEach((row, at) => row.number(at + 1));
  }

  read() {
    const rows = this.rows.map((row) => row.read());
    if (!rows.length) return { problem: text("condition-empty") };
    const bad = rows.findIndex((row) => row.problem);
    if (bad >= 0) {
      this.rows[bad].focusValue();
      return { problem: rows[bad].problem };
    }
    const written = write({ joined: this.joined.value, rows });
    return written.length > LONGEST || /\{\{|\}\}|<!--|-->/.test(written) ? { problem: text("condition-long") } : written;
  }
}

const RELATIONS = ["is", "is-not", "unknown", "known"];

// One comparison: field, relation, values.
class Row {
  constructor(given, remove) {
    this.field = el("select", { "aria-label": text("condition-field") });
    const known = [...FIELDS.keys()];
    for (const name of given && !FIELDS.has(given.field) ? [given.field, ...known] : known) {
      this.field.append(el("option", { value: name }, fieldOf(name).label));
    }
    if (given) this.field.value = given.field;
    this.relation = el("select", { "aria-label": text("condition-relation") });
    this.chosen = given ? [...given.values] : [];
    this.place = el("div", { class: "condition-values" });
    this.element = el("div", { class: "condition-row", role: "group" }, this.field, this.relation, this.place,
      el("button", { type: "button", class: "card-button condition-remove", title: text("condition-remove"), "aria-label": text("condition-remove"), onclick: remove }, icon("remove")));
    this.field.addEventListener("change", () => { this.chosen = []; this.showRelations("is"); });
    this.relation.addEventListener("change", () => this.showValues());
    const none = given && given.values.length === 1 && given.values[0] === null;
    this.showRelations(given ? (none ? (given.negated ? "known" : "unknown") : (given.negated ? "is-not" : "is")) : "is");
  }

  number(number) { this.element.setAttribute("aria-label", text("condition-row", { number })); }

  get facts() { return fieldOf(this.field.value); }

  showRelations(chosen) {
    const kind = ["words", "list"].includes(this.facts.type) ? "has" : "is";
    // Every subscriber is on some list or on none: "not known" says nothing there.
    const offered = this.facts.type === "list" ? RELATIONS.slice(0, 2) : RELATIONS;
    this.relation.replaceChildren(...offered.map((name) => el("option", { value: name }, text(`relation-${kind}-${name}`))));
    this.relation.value = chosen;
    this.showValues();
  }

  showValues() {
    const needed = this.relation.value.startsWith("is");
    this.place.hidden = !needed;
    this.place.replaceChildren();
    if (!needed) return;
    const chips = el("ul", { class: "condition-chips" }, ...this.chosen.map((value) => this.chip(value)));
    this.input = this.valueInput();
    this.place.append(...(this.chosen.length ? [chips] : []), this.input);
    if (this.input.options_) this.place.append(this.input.options_);
  }

  chip(value) {
    const name = valueName(this.facts, value);
    return el("li", {}, el("span", {}, name), el("button", { type: "button", class: "chip-remove", "aria-label": text("value-remove", { value: name }), onclick: () => {
      this.chosen = this.chosen.filter((each) => each !== value);
      this.showValues();
      this.focusValue();
    } }, icon("remove")));
  }

  // What can be chosen from a list is chosen by its name; everything else is typed.
  choices() {
    const { type, values } = this.facts;
    if (type === "country") return sorted(COUNTRIES.map((code) => [code, countryName(code)]));
    if (type === "language") return USUAL.map((tag) => [tag, languageName(tag)]);
    if (type === "yesno") return [[true, text("value-yes")], [false, text("value-no")]];
    return type === "list" ? values : null;
  }

  valueInput() {
    const choices = this.choices();
    const label = text(this.chosen.length ? "value-another" : "value-choose");
    if (choices) return this.choice(choices.filter(([value]) => !this.chosen.includes(value)), label);
    const { type, values } = this.facts;
    const kind = type === "date" ? "date" : "text";
    const input = el("input", { type: kind, "aria-label": label, placeholder: kind === "date" ? null : label, autocomplete: "off", inputmode: type === "number" ? "decimal" : null });
    if (values.length) {
      input.options_ = el("datalist", { id: `values-${this.facts.name}-${Math.random().toString(36).slice(2)}` }, ...values.map(([value, name]) => el("option", { value }, name)));
      input.setAttribute("list", input.options_.id);
    }
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (this.take()) this.focusValue();
    });
    return input;
  }

  choice(choices, label) {
    const other = this.facts.type === "language" ? [el("option", { value: "other" }, text("other-language"))] : [];
    const select = el("select", { "aria-label": label }, el("option", { value: "" }, label), ...choices.map(([, name], at) => el("option", { value: String(at) }, name)), ...other);
    select.addEventListener("change", () => {
      if (select.value === "other") {
        this.typeLanguage();
        return;
      }
      if (select.value !== "") this.chosen.push(choices[Number(select.value)][0]);
      this.showValues();
      this.focusValue();
    });
    return select;
  }

  // A language that is not in the list, by its tag.
  typeLanguage() {
    const input = el("input", { "aria-label": text("language-tag"), placeholder: "sr-Latn", autocomplete: "off", spellcheck: "false" });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (this.take()) this.focusValue();
    });
    this.input.replaceWith(input);
    this.input = input;
    input.focus();
  }

  focusValue() { (this.place.hidden ? this.relation : this.input).focus(); }

  // Takes what is typed. False if it is not a value of this field.
  take() {
    const typed = this.input?.tagName === "INPUT" ? this.input.value.trim() : "";
    if (!typed) return true;
    const { type, values } = this.facts;
    const same = values.find(([value, name]) => name === typed || value === typed);
    const value = type === "number" ? Number(typed) : same ? same[0] : typed;
    if (type === "number" && !/^-?\d{1,15}(\.\d{1,6})?$/.test(typed)) return false;
    if (type === "language" && !isTag(typed)) return false;
    if (!this.chosen.includes(value)) this.chosen.push(value);
    this.showValues();
    return true;
  }

  read() {
    const relation = this.relation.value;
    const field = this.field.value;
    if (!relation.startsWith("is")) return { field, negated: relation === "known", values: [null] };
    if (!this.take()) return { problem: text(this.facts.type === "language" ? "language-tag" : "value-number") };
    return this.chosen.length ? { field, negated: relation === "is-not", values: this.chosen } : { problem: text("value-missing") };
  }
}

function sorted(choices) {
  const order = new Intl.Collator(document.documentElement.lang || "en");
  return choices.sort((one, other) => order.compare(one[1], other[1]));
}

// The line below the title of an article or a section that says who gets it. `given()` is the condition, `taken(condition)` stores one.
export function audienceLine(kind, given, taken, editable) {
  const words = el("span", { class: "audience-words" });
  const change = el("button", { type: "button", class: "plain", onclick: async () => {
    const found = await askCondition(given(), text(`everybody-${kind}`));
    if (found !== null) taken(found);
    change.focus();
  } }, text("change-condition"));
  const element = el("p", { class: "audience-line" }, words, editable ? change : null);
  element.show = () => {
    words.textContent = given() ? text("only-if", { condition: inWords(given()) }) : text(`everybody-${kind}`);
    element.classList.toggle("has-condition", Boolean(given()));
  };
  element.show();
  return element;
}
