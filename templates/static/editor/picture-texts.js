// The texts of the picture scripts, in the language of the page: from the element of console/issues/pictures/_picture_texts.html.

export function text(name, values = {}) {
  const found = document.getElementById("picture-texts")?.dataset[name] ?? "";
  return Object.entries(values).reduce((words, [key, value]) => words.replaceAll(`%(${key})s`, () => value), found);
}

export function limitOf() {
  return Number(document.getElementById("picture-texts")?.dataset.limit || 20);
}

// An error whose message can be shown to people. `code`: refused, large, offline, failed or signed-out.
export class PictureError extends Error {
  constructor(message, code) {
    super(message);
    this.name = "PictureError";
    this.code = code;
  }
}

export const cancelled = () => new DOMException("Cancelled", "AbortError");
