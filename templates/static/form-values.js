// The values of a form in which somebody writes: what issue-part.js saves, and issue-preview.js shows before it is saved.

const FIXED = new Set(["csrfmiddlewaretoken", "file", "part", "base", "view", "beside", "form"]); // they say what is written, not the text

function isChoice(field) { return field.type === "checkbox" || field.type === "radio"; }

// The fields of a form that make up its text, in the order of the page.
export function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !FIXED.has(field.name) && field.type !== "submit" && field.type !== "button");
}

// [name, value] of each field, as a browser would send them.
export function valuesOf(form) {
  return fieldsOf(form).filter((field) => !isChoice(field) || field.checked).map((field) => [field.name, field.value]);
}

// The same as the server sent it: somebody may have typed before the scripts were loaded.
export function sentValuesOf(form) {
  return fieldsOf(form).filter((field) => !isChoice(field) || field.defaultChecked).map((field) => [field.name, sent(field)]);
}

function sent(field) {
  if (isChoice(field)) return field.value;
  if (!field.options) return field.initial ?? field.defaultValue; // `initial`: of the rich text editor
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
}

// The fields that are not part of the text: which part it is, and the token of the form.
export function fixedValuesOf(form) {
  return [...new FormData(form)].filter(([name]) => FIXED.has(name));
}

// Puts values into the form. False, and nothing changed, if they come from a form with other fields.
export function putValues(form, values) {
  // A form whose rows come and go makes as many as the values need.
  form.dispatchEvent(new CustomEvent("mailroom:restoring", { detail: values }));
  const names = new Set(fieldsOf(form).map((field) => field.name));
  if (!values.every((pair) => Array.isArray(pair) && names.has(pair[0]))) return false;
  const left = [...values];
  for (const field of fieldsOf(form)) {
    if (isChoice(field)) {
      field.checked = values.some(([name, value]) => name === field.name && value === field.value);
      continue;
    }
    const at = left.findIndex(([name]) => name === field.name);
    if (at >= 0) [[, field.value]] = left.splice(at, 1);
  }
  return true;
}
