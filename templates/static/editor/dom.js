// Elements, texts and dialogs of the rich text editor.

let texts = {};

export function useTexts(given) { texts = given; }

// The text with this key in the language of the page; `{name}` in it is replaced by a value.
export function text(key, values = {}) {
  const found = texts[key] ?? key;
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, () => value), found);
}

// An element. Properties that begin with "on" are listeners, the others attributes; null and false leave one out.
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value") made.value = value;
    else if (name === "checked") made.checked = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The name of a key as the keyboard of this machine has it.
export function shownKeys(keys) {
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  return keys.replace("Mod", mac ? "⌘" : text("key-ctrl")).replaceAll("-", mac ? "" : "+");
}

let numbered = 0;

// What a mark asks for. An import begins each of its questions with this word, which the card says itself.
export function markWords(mark) { return mark.replace(/^(check|核对)[:：]\s*/i, ""); }

// A label and its field. `hint`: a line below it.
export function labelled(words, field, hint = "") {
  numbered += 1;
  field.id ||= `editor-field-${numbered}`;
  const note = hint ? el("small", { class: "field-hint", id: `${field.id}-hint` }, hint) : null;
  if (note) field.setAttribute("aria-describedby", note.id);
  return el("p", { class: "editor-field" }, el("label", { for: field.id }, words), field, note);
}

// Shows a dialog with fields, and resolves to what `read` returns when it is confirmed, or to null.
export function ask({ title, fields, read, confirm = text("apply"), extra = null }) {
  return new Promise((resolve) => {
    let result = null;
    const problem = el("p", { class: "editor-problem", role: "alert", hidden: true });
    const form = el("form", { method: "dialog" },
      el("h2", {}, title), ...fields, problem,
      el("p", { class: "dialog-buttons" },
        el("button", { type: "submit", class: "main" }, confirm),
        el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, text("cancel")),
        extra ? el("button", { type: "button", class: "plain", onclick: () => { result = extra.value; dialog.close(); } }, extra.label) : null));
    const dialog = el("dialog", { class: "editor-dialog" }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const found = read();
      if (found && found.problem) {
        problem.textContent = found.problem;
        problem.hidden = false;
        return;
      }
      result = found;
      dialog.close();
    });
    // Keys of the dialog are no keys of the text behind it.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    dialog.addEventListener("close", () => { dialog.remove(); resolve(result); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Puts the cursor at a position at once. Tiptap's own command waits for the next frame, and keys of somebody who types fast would get lost.
export function putCursor(editor, at) {
  editor.view.focus();
  editor.chain().setTextSelection(at).scrollIntoView().run();
}
