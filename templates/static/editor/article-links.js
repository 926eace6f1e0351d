// Links to other articles of the issue. Their address is "#" and the id of the article; people see its title.

import { el, text } from "./dom.js";

let articles = null;

// [{ id, title, section }] in the order of the issue.
function known() {
  articles ??= JSON.parse(document.getElementById("issue-articles")?.textContent ?? "[]");
  return articles;
}

export function hasArticles() { return known().length > 0; }

export function isArticleLink(href) { return href.startsWith("#"); }

// The title of the article to which a link leads; null if the issue does not have it.
export function articleTitle(href) {
  return isArticleLink(href) ? known().find(({ id }) => id === href.slice(1))?.title ?? null : null;
}

// What a link says when the mouse rests on it.
export function linkTitle(href) {
  if (!isArticleLink(href)) return href;
  const title = articleTitle(href);
  return title === null ? text("link-article-gone") : text("link-to-article", { title });
}

// A select of the articles, by section. Its value is the address of a link; empty: none.
export function articleChoice(href) {
  const groups = new Map();
  for (const { id, title, section } of known()) {
    const option = el("option", { value: `#${id}` }, title);
    groups.set(section, [...(groups.get(section) ?? []), option]);
  }
  const select = el("select", {}, el("option", { value: "" }, text("link-article-none")),
    ...(isArticleLink(href) && articleTitle(href) === null ? [el("option", { value: href }, text("link-article-gone"))] : []),
    ...[...groups].flatMap(([section, options]) => (section ? [el("optgroup", { label: section }, ...options)] : options)));
  select.value = isArticleLink(href) ? href : "";
  return select;
}
