// What the editor's document consists of. Names and attributes are those of composer/issue/editing on the server.

import {
  Blockquote, BulletList, Document, HardBreak, ListItem, Mark, Node, OrderedList, Paragraph, Table, TableCell, TableHeader,
  TableRow, Text,
} from "../rich-text/editor.js";
import { linkTitle } from "./article-links.js";

// Blocks that may also be in lists and quotations.
const FLOW = "block flow";
const LIST = `${FLOW} list`; // as the commands of Tiptap recognise lists

// Attributes that survive copying and pasting within the editor.
function attributes(defaults) {
  return Object.fromEntries(Object.entries(defaults).map(([name, fallback]) => [name, {
    default: fallback,
    parseHTML: (element) => {
      const found = element.getAttribute(`data-${name}`);
      return typeof fallback === "number" || fallback === null ? (found ? Number(found) : fallback) : found ?? fallback;
    },
    renderHTML: (given) => (given[name] === null || given[name] === "" ? {} : { [`data-${name}`]: given[name] }),
  }]));
}

// The upload that a card waits for: of this page only, never copied.
const UPLOAD = { upload: { default: null, rendered: false } };

function made(name, settings, defaults = {}) {
  return Node.create({
    name,
    ...settings,
    addAttributes() { return { ...attributes(defaults), ...("src" in defaults ? UPLOAD : {}) }; },
    parseHTML() { return [{ tag: `div[data-node="${name}"]` }]; },
    renderHTML({ HTMLAttributes }) { return ["div", { "data-node": name, ...HTMLAttributes }, ...(settings.atom ? [] : [0])]; },
  });
}

function line(name, more = {}) { return made(name, { content: "inline*", marks: "_", isolating: true, selectable: false, ...more }); }

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

const subHeading = Node.create({
  name: "subHeading",
  group: "block",
  content: "text*",
  marks: "",
  defining: true,
  addAttributes() { return attributes({ number: null }); },
  parseHTML() { return ["h1", "h2", "h3", "h4", "h5", "h6"].map((tag) => ({ tag })); },
  renderHTML({ HTMLAttributes }) { return ["h2", { class: "sub-heading", ...HTMLAttributes }, 0]; },
});

// A cell is one line. Widths and merged cells of pasted tables have no place in a mail.
// The commands of tables need to know that a cell has one column and one row.
const single = { default: 1, rendered: false, parseHTML: () => 1 };
const cell = { content: "paragraph", addAttributes() { return { ...attributes({ align: "" }), colspan: single, rowspan: single }; } };
const table = Table.extend({
  group: "",
  addNodeView: null,
  addProseMirrorPlugins() { return this.parent?.() ?? []; },
  addAttributes() { return {}; },
  parseHTML() { return [{ tag: "table" }, { tag: "tbody", skip: true }, { tag: "thead", skip: true }]; },
  renderHTML() { return ["table", ["tbody", 0]]; },
});

const orderedList = OrderedList.extend({
  group: LIST,
  addNodeView: null, // that of the bundle writes a style attribute
  addAttributes() { return { start: { default: 1, parseHTML: (element) => Number(element.getAttribute("start") ?? 1) } }; },
  renderHTML({ node }) { return ["ol", node.attrs.start === 1 ? {} : { start: node.attrs.start }, 0]; },
});

export const NODES = [
  Document, Text, HardBreak, mergeField,
  Paragraph.extend({ group: FLOW, addAttributes() { return {}; } }),
  subHeading,
  Blockquote.extend({ group: FLOW, content: "flow+" }),
  BulletList.extend({ group: LIST }), orderedList,
  ListItem.extend({ content: "flow+" }),
  made("figure", { group: "block", content: "caption credit", isolating: true, draggable: true }, { src: "missing", alt: "" }),
  made("portrait", { content: "credit", isolating: true, selectable: false }, { src: "missing", alt: "" }),
  line("caption"), line("credit"),
  made("captionedTable", { group: "block", content: "tableCaption? table", isolating: true, draggable: true }),
  line("tableCaption"),
  table.configure({ resizable: false }), TableRow, TableHeader.extend(cell), TableCell.extend(cell),
  made("profile", { group: "block", content: "portrait? flow+", isolating: true, defining: true, draggable: true }, { name: "", role: "" }),
  made("calendar", { group: "block", content: "calendarEvent+", isolating: true, draggable: true }),
  made("calendarEvent", { content: "eventTitle eventPlace", isolating: true, selectable: false }, { start: "", end: "" }),
  line("eventTitle"), line("eventPlace"),
  made("action", { group: "block", content: "inline*", marks: "strong emphasis language", isolating: true, draggable: true }, { href: "" }),
  made("passage", { group: "block", content: "block+", isolating: true, defining: true, draggable: true }, { language: "en" }),
  made("only", { group: "block", content: "block+", isolating: true, defining: true, draggable: true }, { condition: "" }),
  made("sources", { group: "block", content: "sourceEntry+", isolating: true, draggable: true }),
  line("sourceEntry", { isolating: false }), // Enter begins the next one
  made("editorMark", { group: FLOW, atom: true, draggable: true }, { text: "" }),
  made("rawSource", { group: "block", atom: true, draggable: true }, { source: "", problem: "" }),
];
export const MARKS = [link, language, emphasis, strong];
