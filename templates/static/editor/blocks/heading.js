// A heading in an article.

import { Node } from "../../rich-text/editor.js";
import { register } from "../block-kinds.js";
import { attributes } from "../node-making.js";

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

register({
  nodes: [subHeading],
  tools: { subHeading: (chain) => chain.toggleNode("subHeading", "paragraph") },
  icons: {
    subHeading: "M6 5v14M18 5v14M6 12h12",
  },
  otherLines: ["subHeading"],
  placeholders: { subHeading: "heading-here" },
});
