// The pictures of figures and profiles: uploaded, pasted, dropped, taken from the library, cropped; and their alternative text.

import { attributeField } from "./card-frame.js";
import { placeFor } from "./card-places.js";
import { el, labelled, text } from "./dom.js";
import { cropPicture } from "./picture-crop.js";
import { filesFrom, hasWords, mayHavePictures } from "./picture-files.js";
import { choosePicture } from "./picture-library.js";
import { uploadPicture } from "./picture-upload.js";

const MISSING = "missing";

// Path in the issue -> address of its rendition.
const known = JSON.parse(document.getElementById("issue-pictures")?.textContent ?? "{}");
// Uploads that are under way or failed: id of the card -> {file, share, problem, aborter}.
const uploads = new Map();
let numbered = 0;

function place() { return document.querySelector("form[data-rich]"); }

export function pictureField(card) {
  const image = el("img", { alt: "" });
  const none = el("p", { class: "no-picture" });
  const bar = el("progress", { max: 1, hidden: true, "aria-label": text("uploading") });
  const problem = el("p", { class: "editor-problem", role: "alert", hidden: true });
  const stop = button("stop-upload", () => uploads.get(card.node.attrs.upload)?.aborter.abort());
  const again = button("upload-again", () => upload(card.editor, card.node.attrs.upload, uploads.get(card.node.attrs.upload).file));
  const input = el("input", { type: "file", accept: "image/*", onchange: () => {
    if (input.files.length) begin(card, input.files[0]);
    input.value = "";
  } });
  const crop = button("crop-picture", async () => {
    const found = await cropPicture(card.node.attrs.src, { url: place().dataset.crop, portrait: card.node.type.name === "portrait" });
    if (found) take(card, found);
  });
  const buttons = el("p", { class: "picture-buttons" }, button("upload-picture", () => input.click()), button("library", () => fromLibrary(card)), crop, stop, again);
  const alt = attributeField(card, "alt", { rows: 2, spellcheck: "true" });
  const element = el("div", { class: "picture-field" }, image, none, bar, problem, el("label", { hidden: true }, text("upload-picture"), input), buttons, labelled(text("alt"), alt, text("alt-hint")));
  droppable(element, card);
  const show = () => {
    const { src, upload: id } = card.node.attrs;
    const under = uploads.get(id);
    const url = known[src] ?? "";
    image.hidden = !url;
    none.hidden = Boolean(url);
    none.textContent = under && !under.problem ? text("uploading") : src === MISSING ? text("no-picture") : text("lost-picture", { path: src });
    if (url && image.getAttribute("src") !== url) image.src = url;
    bar.hidden = stop.hidden = !under || Boolean(under.problem);
    bar.value = under?.share ?? 0;
    problem.textContent = under?.problem ?? "";
    problem.hidden = again.hidden = !under?.problem;
    crop.hidden = !url;
    buttons.hidden = !card.editor.isEditable;
    alt.show();
  };
  const told = (event) => { if (event.detail === card.node.attrs.upload) show(); };
  document.addEventListener("mailroom:upload", told);
  return { element, show, destroy: () => document.removeEventListener("mailroom:upload", told) };
}

function button(key, act) { return el("button", { type: "button", class: "plain", onclick: act }, text(key)); }

// A picture that the issue has now: what the card shows from here on.
function take(card, { path, preview }, more = {}) {
  known[path] = preview;
  card.set({ src: path, upload: null, ...more });
}

// The picture of the library comes with its credit; alternative text and caption only if the person asked for them.
async function fromLibrary(card) {
  const found = await choosePicture({ url: place().dataset.library });
  if (!found) return;
  take(card, found, found.alt ? { alt: found.alt } : {});
  for (const name of ["caption", "credit"]) fill(card, name, found[`${name}Content`]);
}

function fill(card, name, nodes) {
  if (!nodes?.length) return;
  let at = card.getPos() + 1;
  card.node.forEach((child) => {
    if (child.type.name === name && !child.content.size) {
      const { state, view } = card.editor;
      view.dispatch(state.tr.insert(at + 1, nodes.map((node) => state.schema.nodeFromJSON(node))));
    }
    at += child.nodeSize;
  });
}

// ------------------------------------------------------------------------------------------------------------- uploads
function begin(card, file) {
  const id = nextId();
  card.set({ upload: id });
  upload(card.editor, id, file);
}

function nextId() {
  numbered += 1;
  return `upload-${numbered}`;
}

async function upload(editor, id, file) {
  const aborter = new AbortController();
  const state = { file, share: 0, problem: "", aborter };
  uploads.set(id, state);
  tell(id);
  const form = place();
  try {
    const found = await uploadPicture(file, {
      url: form.dataset.upload, token: () => form.elements.csrfmiddlewaretoken.value, part: form.elements.part.value, signal: aborter.signal,
      onProgress: (share) => { state.share = share; tell(id); },
    });
    known[found.path] = found.preview;
    uploads.delete(id);
    change(editor, id, { src: found.path, upload: null });
  } catch (error) {
    if (error.name === "AbortError") {
      uploads.delete(id);
      change(editor, id, { upload: null });
    } else {
      state.problem = error.message;
      tell(id);
    }
  }
}

function tell(id) { document.dispatchEvent(new CustomEvent("mailroom:upload", { detail: id })); }

// Changes the card that waits for an upload, wherever it is by now. Undo does not lead back to a picture that was on its way.
function change(editor, id, values) {
  const { tr } = editor.state;
  editor.state.doc.descendants((node, at) => {
    if (node.attrs.upload === id) tr.setNodeMarkup(at, undefined, { ...node.attrs, ...values });
  });
  if (tr.docChanged) editor.view.dispatch(tr.setMeta("addToHistory", false));
}

// ---------------------------------------------------------------------------------------------------- paste and drop
function droppable(element, card) {
  const isOurs = (event) => card.editor.isEditable && mayHavePictures(event.dataTransfer);
  element.addEventListener("dragover", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    element.classList.add("may-drop");
  });
  element.addEventListener("dragleave", () => element.classList.remove("may-drop"));
  element.addEventListener("drop", (event) => {
    element.classList.remove("may-drop");
    const [file] = isOurs(event) ? filesFrom(event.dataTransfer) : [];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    begin(card, file);
  });
}

// Pictures of a paste or a drop become figures. True if there was nothing else in it.
export function takePictures(editor, transfer, at = null) {
  const files = editor.isEditable ? filesFrom(transfer) : [];
  if (!files.length) return false;
  const alone = !hasWords(transfer);
  const insert = () => files.forEach((file) => insertFigure(editor, file, at));
  if (alone) insert();
  else setTimeout(insert); // behind the text, which the editor pastes first
  return alone;
}

function insertFigure(editor, file, at) {
  const { schema, doc, tr } = editor.state;
  const id = nextId();
  const { figure, caption, credit } = schema.nodes;
  const { from, to } = placeFor(doc.resolve(Math.min(at ?? editor.state.selection.to, doc.content.size)), figure);
  tr.replaceWith(from, to, figure.create({ src: MISSING, alt: "", upload: id }, [caption.create(), credit.create()]));
  editor.view.dispatch(tr.scrollIntoView());
  upload(editor, id, file);
}
