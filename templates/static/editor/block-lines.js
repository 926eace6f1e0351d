// Leads from a line of the source to the block of the text that it is about.
//
// The preview says on which lines the blocks of the text that it was composed from begin. ProseMirror keeps a node that did not
// change, so a block is found again wherever it is now.

import { Extension, Plugin, pm } from "../rich-text/editor.js";

const { PluginKey, TextSelection } = pm.state;
const { Decoration, DecorationSet } = pm.view;
const key = new PluginKey("found");

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

export class BlockLines {
  constructor(editor, lines) {
    this.editor = editor;
    this.known = { doc: editor.state.doc, lines: numbers(lines) };
    let asked = editor.state.doc;
    document.addEventListener("issue-preview:asked", () => { asked = editor.state.doc; });
    document.addEventListener("issue-preview:shown", ({ detail }) => {
      const fresh = detail.querySelector("[data-lines]")?.dataset.lines;
      if (fresh) this.known = { doc: asked, lines: numbers(fresh) };
    });
  }

  // Scrolls to the block with this line of the part, marks it and puts the cursor there. False if the line is above all blocks.
  show(line) {
    const { doc, lines } = this.known;
    const at = lines.findLastIndex((begins) => begins <= line);
    if (at < 0) return false;
    const { view, state } = this.editor;
    const range = rangeOf(state.doc, blocks(doc)[at], at);
    if (!range) return false;
    const tr = state.tr.setMeta(key, range);
    view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(range.from + 1))));
    view.dom.focus({ preventScroll: true });
    const dom = view.nodeDOM(range.from);
    (dom?.scrollIntoView ? dom : view.dom).scrollIntoView({ block: "center" });
    return true;
  }
}

function numbers(text) { return (text ?? "").split(" ").filter(Boolean).map(Number); }

// The blocks that are in the source: what is empty says nothing there.
export function blocks(doc) {
  return doc.content.content.filter((node) => {
    if (!["paragraph", "blockquote", "sources"].includes(node.type.name)) return true;
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
