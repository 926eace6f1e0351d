// A dialog with a form or a list of another page of the console, taken out of that page as the server sends it.

import { text } from "./picture-texts.js";

const PATIENCE = 30000;

// Opens an empty dialog at once and loads `selector` of the page at `url` into it. Returns {dialog, content}; `content` is null if it
// could not be loaded, which the dialog then says. `label`: the id of the heading inside the content.
export async function openDialog(url, selector, { label, kind }) {
  const dialog = document.createElement("dialog");
  dialog.className = `picture-dialog ${kind}`;
  dialog.append(paragraph("quiet", "status", text("loading")));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  dialog.showModal();
  try {
    const content = await load(url, selector);
    dialog.replaceChildren(content);
    dialog.setAttribute("aria-labelledby", label);
    return { dialog, content };
  } catch (problem) {
    dialog.replaceChildren(paragraph("message error", "alert", problem.message || text("notLoaded")), closing(dialog));
    return { dialog, content: null };
  }
}

// `selector` of the page at `url`, as an element of this document. Throws an error with a message for people.
export async function load(url, selector) {
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Error(text("notLoaded"));
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector(selector);
  if (found) return document.importNode(found, true);
  throw new Error(page.querySelector("main [role=alert]")?.textContent || text("notLoaded"));
}

// Sends a form for an answer in JSON. Throws an error with a message for people.
export async function submit(form, extra = {}) {
  let answer;
  const body = new FormData(form);
  Object.entries(extra).forEach(([name, value]) => body.set(name, value));
  try {
    answer = await fetch(form.getAttribute("action"), {
      method: "POST", body, cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(2 * PATIENCE),
    });
  } catch {
    throw new Error(text("notLoaded"));
  }
  const found = await answer.json().catch(() => null);
  if (answer.ok && found) return found;
  throw new Error(found?.status || text("notLoaded"));
}

function paragraph(kind, role, words) {
  const made = document.createElement("p");
  made.className = kind;
  made.setAttribute("role", role);
  made.textContent = words;
  return made;
}

function closing(dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text("close");
  button.addEventListener("click", () => dialog.close());
  return button;
}
