// Conditions as data, as text of an issue file, and in words. The grammar is that of composer/issue/conditions.py on the server.

import { text } from "./dom.js";
import { languageName } from "./languages.js";

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(-?[0-9]{1,15}(?:\.[0-9]{1,6})?)|"((?:[^"\\]|\\["\\])*)"|(==|!=|=|[(),]))/y;
const CONSTANTS = new Map([["True", true], ["False", false], ["None", null]]);
export const LONGEST = 300;
export const MOST = 8;

// What the server knows about the fields: {name, label, type, values: [[value, label], …]}.
const given = JSON.parse(document.getElementById("reader-fields")?.textContent ?? "[]");
export const FIELDS = new Map(given.map((field) => [field.name, field]));

// A field that this installation does not have any more, or that the dialog does not offer, is shown by its name.
export function fieldOf(name) { return FIELDS.get(name) ?? { name, label: name, type: "text", values: [] }; }

// -> {joined: "and" | "or", rows: [{field, negated, values}]}; null for a text that is not a condition.
export function read(written) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (written.slice(TOKEN.lastIndex).trim()) {
    const found = TOKEN.exec(written);
    if (!found) return null;
    const kind = ["", "word", "number", "text", "sign"].find((_, at) => at && found[at] !== undefined);
    tokens.push({ kind, value: found[1] ?? found[2] ?? found[3] ?? found[4] });
  }
  const rows = [];
  const joins = new Set();
  let at = 0;
  const next = (kind, ...values) => {
    const token = tokens[at];
    if (!token || token.kind !== kind || (values.length && !values.includes(token.value))) return null;
    at += 1;
    return token;
  };
  const value = () => {
    const token = next("text") ?? next("number") ?? next("word", ...CONSTANTS.keys());
    if (!token) return undefined;
    if (token.kind === "number") return Number(token.value);
    return token.kind === "word" ? CONSTANTS.get(token.value) : token.value.replace(/\\(.)/g, "$1");
  };
  const comparison = () => {
    const field = next("word");
    const sign = field && next("sign", "=", "==", "!=");
    if (!field) return false;
    if (sign) {
      const only = value();
      rows.push({ field: field.value, negated: sign.value === "!=", values: [only] });
      return only !== undefined;
    }
    const negated = Boolean(next("word", "not"));
    if (!next("word", "in") || !next("sign", "(")) return false;
    const values = [];
    do {
      const each = value();
      if (each === undefined) return false;
      values.push(each);
    } while (next("sign", ","));
    rows.push({ field: field.value, negated, values });
    return Boolean(next("sign", ")"));
  };
  do {
    if (!comparison()) return null;
    const join = next("word", "and", "or");
    if (!join) break;
    joins.add(join.value);
  } while (at < tokens.length);
  return at === tokens.length && joins.size < 2 ? { joined: joins.has("or") ? "or" : "and", rows } : null;
}

function literal(value) {
  if (typeof value === "string") return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return { true: "True", false: "False", null: "None" }[String(value)] ?? String(value);
}

// The text of an issue file for rows of `read`.
export function write({ joined, rows }) {
  return rows.map(({ field, negated, values }) => (values.length === 1
    ? `${field} ${negated ? "!=" : "="} ${literal(values[0])}`
    : `${field} ${negated ? "not in" : "in"} (${values.map(literal).join(", ")})`)).join(` ${joined} `);
}

// As texts from mainland China must name them.
const CHINESE = { TW: "中国台湾", HK: "中国香港", MO: "中国澳门" };

export function countryName(code) {
  if (document.documentElement.lang === "zh-Hans" && CHINESE[code]) return CHINESE[code];
  try {
    return new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function valueName(field, value) {
  if (value === null) return text("value-unknown");
  if (typeof value === "boolean") return text(value ? "value-yes" : "value-no");
  if (field.type === "country") return countryName(String(value));
  if (field.type === "language") return languageName(String(value));
  return field.values.find(([each]) => each === value)?.[1] ?? String(value);
}

// One comparison as a sentence.
export function sentence({ field: name, negated, values }) {
  const field = fieldOf(name);
  const include = field.type === "words" || field.type === "list";
  if (values.length === 1 && values[0] === null) return text(negated ? "field-known" : "field-unknown", { field: field.label });
  const key = `${include ? "has" : "is"}${negated ? "-not" : ""}${values.length > 1 ? "-one-of" : ""}`;
  return text(`condition-${key}`, { field: field.label, value: values.map((value) => valueName(field, value)).join(text("value-join")) });
}

// A condition in words; as it is written if it cannot be read.
export function inWords(condition) {
  const found = read(condition);
  if (!found) return condition;
  return found.rows.map(sentence).join(text(found.joined === "or" ? "join-or" : "join-and"));
}
