// Bulleted and numbered lists.

import { BulletList, ListItem, OrderedList } from "../../rich-text/editor.js";
import { register } from "../block-kinds.js";
import { FLOW } from "../node-making.js";

const LIST = `${FLOW} list`; // as the commands of Tiptap recognise lists

const orderedList = OrderedList.extend({
  group: LIST,
  addNodeView: null, // that of the bundle writes a style attribute
  addAttributes() { return { start: { default: 1, parseHTML: (element) => Number(element.getAttribute("start") ?? 1) } }; },
  renderHTML({ node }) { return ["ol", node.attrs.start === 1 ? {} : { start: node.attrs.start }, 0]; },
});

register({
  nodes: [BulletList.extend({ group: LIST }), orderedList, ListItem.extend({ content: "flow+" })],
  tools: { bulletList: (chain) => chain.toggleBulletList(), orderedList: (chain) => chain.toggleOrderedList() },
  icons: {
    bulletList: "M10 6h10M10 12h10M10 18h10|f:M5 4.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM5 10.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM5 16.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3z",
    orderedList: "M11 6h9M11 12h9M11 18h9M4 4.500 5.500 4v5M3.800 15.500c0-1.800 3-1.800 3 0 0 1.200-2.800 2.300-3 4h3.200",
  },
});
