// A choice of language: the usual ones in words, and any other by its tag.

import { el, text } from "./dom.js";

export const USUAL = ["en", "zh-Hans", "zh-Hant", "fr", "de", "es", "ja", "ko", "ru", "ar", "pt", "it"];
const TAG = /^(?=.{2,35}$)[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*$/;

export function languageName(tag) {
  try {
    return new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function isTag(tag) { return TAG.test(tag); }

// A select whose last entry asks for a tag. `taken(tag)` is called for each choice.
export function languageChoice(chosen, taken) {
  const select = el("select", {});
  select.show = (tag) => {
    const known = USUAL.includes(tag) ? USUAL : [tag, ...USUAL];
    select.replaceChildren(...known.map((each) => el("option", { value: each }, languageName(each))), el("option", { value: "" }, text("other-language")));
    select.value = tag;
    chosen = tag;
  };
  select.addEventListener("change", () => {
    const tag = select.value || (window.prompt(text("language-tag")) ?? "").trim();
    if (isTag(tag)) taken(tag);
    select.show(isTag(tag) ? tag : chosen);
  });
  select.show(chosen);
  return select;
}
