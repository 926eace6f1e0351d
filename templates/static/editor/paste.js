// Repairs HTML that is pasted, before the editor reads it.

import { every } from "./block-kinds.js";
import { parsed } from "./pasted-html.js";

const LIST = /^\s*(?:[·•●▪◦‣o§\uf0b7\uf0a7-]|\(?(\d{1,3}|[a-z])[.)、])[\s\u00a0\u3000]+/;
const ITEM = "p[class*='MsoListParagraph'], p[data-css*='mso-list']";
const MOST_CELLS = 2000; // of a table; with more the editor answers slowly, and no mail has such a table
const BLOCKS = "p, div, section, li, h1, h2, h3, h4, h5, h6, blockquote";
// What is no text of the author: comments of Word and their marks, deleted words of tracked changes, and what runs or styles.
const NO_TEXT = "script, meta, link, title, noscript, template, iframe, object, embed, svg, math, form, button, input, select, textarea, del, o\\:p:empty, .MsoCommentReference, [data-css*='mso-element:comment'], [data-css*='mso-element: comment']";

// The value of a property in the style of an element.
function css(element, name) {
  return new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(element.dataset.css ?? "")?.[1].trim().toLowerCase() ?? "";
}

// `lost(count)` is called with the number of pictures that were in the HTML: their files are elsewhere.
export function cleanPaste(html, lost = () => {}) {
  const page = parsed(html);
  if (!page.querySelector("[data-pm-slice]")) clean(page, lost); // otherwise from an editor of this kind
  return page.body.innerHTML;
}

function clean(page, lost) {
  page.querySelectorAll(NO_TEXT).forEach((each) => each.remove());
  const pictures = page.querySelectorAll("img, picture, video");
  const elsewhere = [...pictures].filter((each) => !/^data:image/i.test(each.getAttribute("src") ?? "")); // others become figures
  if (elsewhere.length) lost(elsewhere.length);
  pictures.forEach((each) => each.remove());
  // Google Docs puts everything into a <b> that is not bold.
  page.querySelectorAll("b, strong").forEach((each) => { if (/^(normal|[1-4]00)$/.test(css(each, "font-weight"))) unwrap(each); });
  page.querySelectorAll("span[data-css]").forEach(marksOfSpan);
  // Footnotes and contents of Word are links within its own document.
  page.querySelectorAll("a[href^='#'], a:not([href])").forEach(unwrap);
  wordLists(page);
  page.querySelectorAll("h1, h2, h3, h4, h5, h6").forEach((each) => each.querySelectorAll("br").forEach((line) => line.replaceWith(" ")));
  page.querySelectorAll("p").forEach(paragraphsAtBreaks);
  [...page.querySelectorAll("td table, th table")].reverse().forEach(flattened);
  page.querySelectorAll("table").forEach((each) => tableOf(page, each));
}

// Where one line is all that there can be, pasted blocks become one line.
export function pastedSlice(slice, view) {
  const { $from, $to } = view.state.selection;
  const isLine = [...every("lines"), ...every("otherLines")].includes($from.parent.type.name) || $from.node(-1)?.type.spec.tableRole;
  if (!isLine || !$from.sameParent($to) || slice.content.childCount + slice.openStart === 0) return slice;
  const { schema } = view.state;
  const found = [];
  let blocks = 0;
  slice.content.descendants((node) => {
    if (node.isTextblock) {
      if (blocks && node.content.size) found.push(schema.text(" "));
      node.forEach((each) => found.push(each));
      blocks += 1;
    }
    return !node.isTextblock;
  });
  if (!blocks) return slice;
  return new slice.constructor(slice.content.constructor.fromArray(found), 0, 0);
}

function unwrap(element) { element.replaceWith(...element.childNodes); }

// Bold and italic text that Word, WPS and Google Docs say in styles.
function marksOfSpan(span) {
  const weight = css(span, "font-weight");
  for (const [tag, wanted] of [["strong", weight === "bold" || Number(weight) >= 600], ["em", css(span, "font-style") === "italic"]]) {
    if (!wanted || !span.textContent.trim()) continue;
    const around = span.ownerDocument.createElement(tag);
    around.append(...span.childNodes);
    span.append(around);
  }
}

// Two line breaks in a row end a paragraph.
function paragraphsAtBreaks(paragraph) {
  if (paragraph.querySelectorAll("br").length < 2) return;
  const parts = [[]];
  let breaks = 0;
  for (const node of [...paragraph.childNodes]) {
    const isBreak = node.nodeName === "BR";
    if (!isBreak && node.nodeType === Node.TEXT_NODE && !node.data.trim() && breaks) continue;
    if (!isBreak && breaks > 1) parts.push([]);
    else if (!isBreak && breaks === 1) parts.at(-1).push(paragraph.ownerDocument.createElement("br"));
    breaks = isBreak ? breaks + 1 : 0;
    if (!isBreak) parts.at(-1).push(node);
  }
  paragraph.replaceWith(...parts.filter((part) => part.length).map((part) => {
    const made = paragraph.cloneNode(false);
    made.append(...part);
    return made;
  }));
}

// Word writes lists as paragraphs with a sign at the beginning, and the level in the style.
function wordLists(page) {
  for (const first of page.querySelectorAll(ITEM)) {
    if (!first.isConnected || first.closest("li")) continue;
    const run = [];
    for (let next = first; next && next.matches(ITEM); next = next.nextElementSibling) run.push(next);
    const open = []; // the lists in which the next item may be, with their levels
    for (const paragraph of run) {
      const level = Number(/level(\d)/.exec(css(paragraph, "mso-list"))?.[1] ?? 1);
      while (open.length > 1 && open.at(-1).level > level) open.pop();
      if (!open.length || open.at(-1).level < level) open.push(listAt(page, paragraph, level, open.at(-1)));
      const item = page.createElement("li");
      open.at(-1).list.append(item);
      removeSign(paragraph);
      paragraph.removeAttribute("class");
      paragraph.removeAttribute("data-css");
      item.append(paragraph);
    }
  }
}

function listAt(page, paragraph, level, parent) {
  const sign = LIST.exec(paragraph.textContent)?.[1];
  const list = page.createElement(sign ? "ol" : "ul");
  if (Number(sign) > 1) list.setAttribute("start", sign);
  if (parent?.list.lastElementChild) parent.list.lastElementChild.append(list);
  else paragraph.before(list);
  return { list, level };
}

function removeSign(paragraph) {
  const marked = [...paragraph.querySelectorAll("[data-css]")].find((each) => css(each, "mso-list") === "ignore");
  if (marked) {
    marked.remove();
    return;
  }
  let left = LIST.exec(paragraph.textContent)?.[0].length ?? 0;
  const walker = paragraph.ownerDocument.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  while (left > 0 && walker.nextNode()) {
    const taken = Math.min(left, walker.currentNode.data.length);
    walker.currentNode.data = walker.currentNode.data.slice(taken);
    left -= taken;
  }
}

// A table in a cell, or one that is too large, becomes its words: one paragraph for its title, and one for each row.
function flattened(table) {
  const title = table.caption ? [lineOf(table.caption)] : [];
  table.replaceWith(...title, ...[...table.rows].map((row) => {
    const paragraph = table.ownerDocument.createElement("p");
    [...row.cells].forEach((cell, at) => paragraph.append(...(at ? [" "] : []), ...lineOf(cell).childNodes));
    return paragraph;
  }));
}

// A table with its title, and as many cells in each row: cells over several columns or rows are followed by empty ones.
function tableOf(page, table) {
  const rows = [...table.rows];
  if (!rows.length) return table.remove();
  const lines = linesOf(rows, true) ?? linesOf(rows, false);
  if (!lines) return flattened(table);
  rows.forEach((row, at) => {
    row.replaceChildren(...lines[at].map((cell) => cell ?? page.createElement("td")));
    for (const cell of row.cells) {
      cell.removeAttribute("colspan");
      cell.removeAttribute("rowspan");
      cell.replaceChildren(lineOf(cell));
    }
  });
  const card = page.createElement("div");
  card.dataset.node = "captionedTable";
  table.before(card);
  if (table.caption) {
    const title = page.createElement("div");
    title.dataset.node = "tableCaption";
    title.append(...lineOf(table.caption).childNodes);
    card.append(title);
    table.caption.remove();
  }
  return card.append(table);
}

// The cells of each row, all rows as wide as the widest; null stands for an empty cell. Undefined if there would be too many:
// forty rows of cells over fifty columns and forty rows would be a hundred thousand.
function linesOf(rows, spanning) {
  const lines = rows.map((row) => [...row.cells]);
  let count = lines.reduce((sum, line) => sum + line.length, 0);
  for (const [at, line] of lines.entries()) {
    for (let column = 0; spanning && column < line.length; column += 1) {
      const cell = line[column];
      if (!cell) continue;
      const [across, down] = [Math.min(cell.colSpan, 50), Math.min(Math.max(cell.rowSpan, 1), rows.length - at)];
      count += across * down - 1;
      if (count > MOST_CELLS) return undefined;
      for (let below = at; below < at + down; below += 1) {
        const empty = Array(below === at ? across - 1 : across).fill(null);
        lines[below].splice(below === at ? column + 1 : column, 0, ...empty);
      }
    }
  }
  const width = lines.reduce((most, line) => Math.max(most, line.length), 0);
  if (width * lines.length > MOST_CELLS) return undefined;
  return lines.map((line) => [...line, ...Array(width - line.length).fill(null)]);
}

// The content of an element as one paragraph.
function lineOf(element) {
  const paragraph = element.ownerDocument.createElement("p");
  const blocks = [...element.querySelectorAll(BLOCKS)].filter((each) => !each.querySelector(BLOCKS));
  if (!blocks.length) paragraph.append(...element.childNodes);
  blocks.filter((each) => each.textContent.trim()).forEach((block, at) => paragraph.append(...(at ? [" "] : []), ...block.childNodes));
  paragraph.querySelectorAll("br").forEach((line) => line.replaceWith(" "));
  return paragraph;
}
