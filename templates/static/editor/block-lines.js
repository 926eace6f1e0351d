// Leads from a line of the source to the block of the text that it is about.
//
// The preview says on which lines the blocks of the text that it was composed from begin. ProseMirror keeps a node that did not
// change, so a block is found again wherever it is now.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { every } from "./block-kinds.js";

const { PluginKey, TextSelection } = pm.state;
const { Decoration, DecorationSet } = pm.view;
const key = new PluginKey("found");
const problemsKey = new PluginKey("problems");

// The block to which a finding led has a frame until its text is changed.
export const foundMark = Extension.create({
  name: "foundMark",
  addProseMirrorPlugins() {
    return [new Plugin({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply(tr, found) {
          const range = tr.getMeta(key);
          if (range) return DecorationSet.create(tr.doc, [Decoration.node(range.from, range.to, { class: "is-found" })]);
          return tr.docChanged ? DecorationSet.empty : found;
        },
      },
      props: { decorations: (state) => key.getState(state) },
    })];
  },
});

// A block with an error says so, until the preview has no such error any more.
export const problemMarks = Extension.create({
  name: "problemMarks",
  addProseMirrorPlugins() {
    return [new Plugin({
      key: problemsKey,
      state: {
        init: () => DecorationSet.empty,
        apply(tr, marks) {
          const problems = tr.getMeta(problemsKey);
          if (!problems) return marks.map(tr.mapping, tr.doc);
          return DecorationSet.create(tr.doc, problems.map(({ from, to, problem }) => Decoration.node(from, to, { class: "has-problem", "data-problem": problem })));
        },
      },
      props: { decorations: (state) => problemsKey.getState(state) },
    })];
  },
});

export class BlockLines {
  constructor(editor, form) {
    const { lines } = form.dataset;
    this.editor = editor;
    this.form = form;
    this.known = { doc: editor.state.doc, lines: numbers(lines) };
    let asked = editor.state.doc;
    document.addEventListener("issue-preview:asked", () => { asked = editor.state.doc; });
    document.addEventListener("issue-preview:shown", ({ detail }) => {
      const fresh = detail.querySelector("[data-lines]")?.dataset.lines;
      if (fresh) this.known = { doc: asked, lines: numbers(fresh) };
      this.markProblems(detail);
    });
  }

  // Where the block with this line of the part is now; null if the line is above all blocks.
  rangeAt(line) {
    const { doc, lines } = this.known;
    const at = lines.findLastIndex((begins) => begins <= line);
    return at < 0 ? null : rangeOf(this.editor.state.doc, blocks(doc)[at], at);
  }

  // Marks the blocks that the errors of a preview are about.
  markProblems(preview) {
    const { view, state } = this.editor;
    if (view.composing) return; // an input method: the text must not be touched
    const found = new Map();
    for (const finding of preview.querySelectorAll(".findings .error")) {
      const message = finding.querySelector("p:not(.head)").textContent;
      for (const link of finding.querySelectorAll(".to-part a")) {
        const given = new URL(link.href).searchParams;
        if (given.get("file") !== this.form.elements.file.value || given.get("part") !== this.form.elements.part.value) continue;
        const range = this.rangeAt(Number(given.get("line")));
        const problem = link.previousElementSibling?.textContent ?? message;
        if (range && !found.has(range.from)) found.set(range.from, { ...range, problem });
      }
    }
    const before = problemsKey.getState(state).find().sort(byPlace);
    const problems = [...found.values()].sort(byPlace);
    const alike = before.length === problems.length && problems.every(({ from, to, problem }, at) => before[at].from === from
      && before[at].to === to && before[at].type.attrs["data-problem"] === problem);
    if (!alike) view.dispatch(state.tr.setMeta(problemsKey, problems));
  }

  // Scrolls to the block with this line of the part, marks it and puts the cursor there. False if the line is above all blocks.
  show(line) {
    const { view, state } = this.editor;
    const range = this.rangeAt(line);
    if (!range) return false;
    const tr = state.tr.setMeta(key, range);
    view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(range.from + 1))));
    view.dom.focus({ preventScroll: true });
    const dom = view.nodeDOM(range.from);
    (dom?.scrollIntoView ? dom : view.dom).scrollIntoView({ block: "center" });
    return true;
  }
}

function byPlace(one, other) { return one.from - other.from; }

function numbers(text) { return (text ?? "").split(" ").filter(Boolean).map(Number); }

// The blocks that are in the source: what is empty says nothing there.
export function blocks(doc) {
  return doc.content.content.filter((node) => {
    if (!every("mayBeNothing").includes(node.type.name)) return true;
    let says = false;
    node.descendants((each) => { says ||= each.isInline; });
    return says;
  });
}

function rangeOf(doc, wanted, index) {
  let found = null;
  doc.forEach((node, from) => { if (node === wanted) found ??= { from, to: from + node.nodeSize }; });
  if (found) return found;
  const now = blocks(doc)[index];
  doc.forEach((node, from) => { if (now && node === now) found ??= { from, to: from + node.nodeSize }; });
  return found;
}
