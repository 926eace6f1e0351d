// Makes nodes of the document, with the names and attributes of composer/issue/blocks on the server.

import { Node } from "../rich-text/editor.js";

// Blocks that may also be in lists and quotations.
export const FLOW = "block flow";

// Attributes that survive copying and pasting within the editor.
export function attributes(defaults) {
  return Object.fromEntries(Object.entries(defaults).map(([name, fallback]) => [name, {
    default: fallback,
    parseHTML: (element) => {
      const found = element.getAttribute(`data-${name}`);
      if (typeof fallback === "boolean") return found === "true";
      return typeof fallback === "number" || fallback === null ? (found ? Number(found) : fallback) : found ?? fallback;
    },
    renderHTML: (given) => (given[name] === null || given[name] === "" || given[name] === false ? {} : { [`data-${name}`]: given[name] }),
  }]));
}

// The upload that a card waits for: of this page only, never copied.
const UPLOAD = { upload: { default: null, rendered: false } };

export function made(name, settings, defaults = {}) {
  return Node.create({
    name,
    ...settings,
    addAttributes() { return { ...attributes(defaults), ...("src" in defaults ? UPLOAD : {}) }; },
    parseHTML() { return [{ tag: `div[data-node="${name}"]` }]; },
    renderHTML({ HTMLAttributes }) { return ["div", { "data-node": name, ...HTMLAttributes }, ...(settings.atom ? [] : [0])]; },
  });
}

export function line(name, more = {}) { return made(name, { content: "inline*", marks: "_", isolating: true, selectable: false, ...more }); }
