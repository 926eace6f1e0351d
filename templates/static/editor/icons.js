// The icons of the editor: own drawings on a grid of 24 units, in the colour of the text. They decorate buttons that have a name.

import { entries } from "./block-kinds.js";

const SVG = "http://www.w3.org/2000/svg";

// Lines are stroked; a path after "f:" is filled.
const DRAWINGS = {
  strong: "M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z",
  emphasis: "M10 5h7M7 19h7M14 5l-4 14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  language: "M3 6h10M8 4v2M11 6c-1 4-4 7-7 8.500M5.500 8.500c1 2.500 3.500 4.500 6 5.500M12 20l4.500-11L21 20M13.700 16.500h5.600",
  mergeField: "M8 4c-2 0-2.500 1-2.500 2.500v3C5.500 11 5 12 3.500 12c1.500 0 2 1 2 2.500v3C5.500 19 6 20 8 20M16 4c2 0 2.500 1 2.500 2.500v3c0 1.500.5 2.500 2 2.500-1.500 0-2 1-2 2.500v3c0 1.500-.5 2.500-2.500 2.500|f:M12 10.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3z",
  split: "M4 5h16M4 9h10M4 15h16M4 19h10M3 12h3M10.500 12h3M18 12h3",
  join: "M4 5h16M4 19h16M12 8v8M9 11l3-3 3 3",
  undo: "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  redo: "M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h4",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.300 15.300 20 20",
  help: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM9.300 9.500c0-3.500 5.400-3.500 5.400 0 0 2-2.700 2.200-2.700 4.300M12 16.800v.2",
  insert: "M12 5v14M5 12h14",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  remove: "M6 6l12 12M18 6 6 18",
  rawSource: "M8 7l-5 5 5 5M16 7l5 5-5 5",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(key, value);
  for (const drawing of (DRAWINGS[name] ?? entries("icons")[name] ?? "").split("|")) {
    const filled = drawing.startsWith("f:");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", filled ? drawing.slice(2) : drawing);
    if (filled) path.setAttribute("class", "filled");
    svg.append(path);
  }
  return svg;
}
