// Repairs HTML that is pasted, before the editor reads it.

const LIST = /^\s*(?:[·•●▪◦‣o§\uf0b7\uf0a7-]|\(?(\d{1,3}|[a-z])[.)、])[\s\u00a0\u3000]+/;

export function cleanPaste(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (page.querySelector("[data-pm-slice]")) return html; // from an editor of this kind
  page.querySelectorAll("style, script, meta, link, title, o\\:p, noscript, iframe, object").forEach((each) => each.remove());
  // Google Docs puts everything into a <b> that is not bold.
  page.querySelectorAll("b[id^='docs-internal'], b[style*='font-weight:normal'], b[style*='font-weight: normal']").forEach(unwrap);
  page.querySelectorAll("span[style]").forEach(marksOfSpan);
  wordLists(page);
  page.querySelectorAll("[colspan], [rowspan]").forEach((cell) => { cell.removeAttribute("colspan"); cell.removeAttribute("rowspan"); });
  page.querySelectorAll("td, th").forEach((cell) => { cell.replaceChildren(...lineOf(cell)); });
  return page.body.innerHTML;
}

function unwrap(element) { element.replaceWith(...element.childNodes); }

// Bold and italic text that Word, WPS and Google Docs say in styles.
function marksOfSpan(span) {
  const { fontWeight, fontStyle } = span.style;
  for (const [tag, wanted] of [["strong", fontWeight === "bold" || Number(fontWeight) >= 600], ["em", fontStyle === "italic"]]) {
    if (!wanted) continue;
    const around = span.ownerDocument.createElement(tag);
    around.append(...span.childNodes);
    span.append(around);
  }
}

// Word writes lists as paragraphs with a sign at the beginning.
function wordLists(page) {
  for (const first of page.querySelectorAll("p[class*='MsoListParagraph'], p[style*='mso-list']")) {
    if (!first.isConnected || first.closest("li")) continue;
    const run = [];
    for (let next = first; next && next.matches("p[class*='MsoListParagraph'], p[style*='mso-list']"); next = next.nextElementSibling) run.push(next);
    const ordered = Boolean(LIST.exec(first.textContent)?.[1]);
    const list = page.createElement(ordered ? "ol" : "ul");
    first.before(list);
    for (const paragraph of run) {
      const item = page.createElement("li");
      removeSign(paragraph);
      paragraph.removeAttribute("class");
      paragraph.removeAttribute("style");
      item.append(paragraph);
      list.append(item);
    }
  }
}

function removeSign(paragraph) {
  const marked = paragraph.querySelector("[style*='mso-list:Ignore'], [style*='mso-list: Ignore']");
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

// The content of a cell as one paragraph.
function lineOf(cell) {
  const paragraph = cell.ownerDocument.createElement("p");
  const blocks = [...cell.querySelectorAll("p, div, li, h1, h2, h3, h4, h5, h6")].filter((each) => !each.querySelector("p, div, li"));
  if (!blocks.length) paragraph.append(...cell.childNodes);
  blocks.forEach((block, at) => paragraph.append(...(at ? [" "] : []), ...block.childNodes));
  return [paragraph];
}
