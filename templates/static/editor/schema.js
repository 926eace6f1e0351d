// What the editor's document consists of. Names and attributes are those of composer/issue on the server; those of blocks are in
// blocks/.

import { Document, HardBreak, Mark, Node, Text } from "../rich-text/editor.js";
import { linkTitle } from "./article-links.js";
import { every } from "./block-kinds.js";
import { attributes, made } from "./node-making.js";

function mark(name, tag, parsed, more = {}) {
  return Mark.create({
    name,
    parseHTML() { return parsed; },
    renderHTML({ HTMLAttributes }) { return [tag, HTMLAttributes, 0]; },
    ...more,
  });
}

const strong = mark("strong", "strong", [{ tag: "strong" }, { tag: "b" }], {
  addKeyboardShortcuts() { return { "Mod-b": () => this.editor.commands.toggleMark(this.name) }; },
});
const emphasis = mark("emphasis", "em", [{ tag: "em" }, { tag: "i" }], {
  addKeyboardShortcuts() { return { "Mod-i": () => this.editor.commands.toggleMark(this.name) }; },
});
const link = mark("link", "a", [{ tag: "a[href]", getAttrs: (element) => (element.getAttribute("href").startsWith("javascript") ? false : null) }], {
  inclusive: false,
  addAttributes() {
    return { href: { default: "", parseHTML: (element) => element.getAttribute("href"), renderHTML: ({ href }) => ({ "data-href": href, title: linkTitle(href) }) } };
  },
  parseHTML() {
    return [
      { tag: "a[data-href]", getAttrs: (element) => ({ href: element.getAttribute("data-href") }) },
      { tag: "a[href]", getAttrs: (element) => (/^(https?:|mailto:|tel:|#)/i.test(element.getAttribute("href")) ? { href: element.getAttribute("href") } : false) },
    ];
  },
});
const language = mark("language", "span", [], {
  excludes: "",
  addAttributes() { return { tag: { default: "en", parseHTML: (element) => element.getAttribute("lang"), renderHTML: ({ tag }) => ({ lang: tag }) } }; },
  parseHTML() { return [{ tag: "span[lang][data-language]" }]; },
  renderHTML({ HTMLAttributes }) { return ["span", { ...HTMLAttributes, "data-language": "" }, 0]; },
});

const mergeField = Node.create({
  name: "mergeField",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes() { return attributes({ name: "name", default: "" }); },
  parseHTML() { return [{ tag: "span[data-merge-field]" }]; },
  renderHTML({ HTMLAttributes }) { return ["span", { "data-merge-field": "", ...HTMLAttributes }]; },
});

export function nodes() {
  const rawSource = made("rawSource", { group: "block", atom: true, draggable: true }, { source: "", problem: "" });
  return [Document, Text, HardBreak, mergeField, ...every("nodes"), rawSource];
}

export const MARKS = [link, language, emphasis, strong];
