// The dialog of a link: a web address, or an article of the issue.

import { completeAddress } from "./addresses.js";
import { articleChoice, articleTitle, hasArticles, isArticleLink } from "./article-links.js";
import { ask, el, labelled, text } from "./dom.js";

// Around the selection, or of the link in which the cursor is; without both, new words are asked for.
export async function editLink(editor) {
  const { $from } = editor.state.selection;
  const inside = editor.isActive("link") || Boolean($from.nodeBefore?.marks.some((mark) => mark.type.name === "link"));
  if (inside) editor.commands.extendMarkRange("link");
  const { empty } = editor.state.selection;
  const found = await askLink(inside ? editor.getAttributes("link").href : "", { isNew: !inside, asksWords: empty });
  editor.view.focus();
  if (!found) return;
  const chain = editor.chain();
  if (found.remove) chain.unsetMark("link").run();
  else if (empty) {
    const words = found.words || articleTitle(found.href) || found.href;
    chain.insertContent({ type: "text", text: words, marks: [{ type: "link", attrs: { href: found.href } }] }).run();
  } else chain.setMark("link", { href: found.href }).run();
}

function askLink(before, { isNew, asksWords }) {
  const toArticle = isArticleLink(before);
  const address = el("input", { type: "text", inputmode: "url", value: toArticle ? "" : before, autocomplete: "off", placeholder: "https://" });
  const article = articleChoice(before);
  const words = el("input", { autocomplete: "off" });
  // One of the two: what somebody turns to last counts.
  address.addEventListener("input", () => { article.value = ""; });
  article.addEventListener("change", () => { if (article.value) address.value = ""; });
  if (toArticle) article.autofocus = true;
  const choosesArticle = hasArticles() || toArticle;
  return ask({
    title: text("tool-link"),
    fields: [
      labelled(text("link-address"), address, text("link-hint")),
      ...(choosesArticle ? [labelled(text("link-article"), article)] : []),
      ...(asksWords ? [labelled(text("link-words"), words)] : []),
    ],
    read: () => {
      const href = article.value || completeAddress(address.value.trim());
      if (!href) return { problem: text(choosesArticle ? "link-or-article-empty" : "link-empty") };
      return { href, words: words.value.trim() };
    },
    extra: isNew ? null : { label: text("link-remove"), value: { remove: true } },
  });
}
