// The pictures of a paste or a drop: filesFrom(event.clipboardData) -> [File, …]
//
// Programs put more on the clipboard than was copied. Word and other programs add a bitmap of the selected text to the text itself,
// so a picture file next to text is ignored. Pictures inside the text as data: addresses are what its author sees: they are taken.
// Pictures that the text only refers to (https:, file:, cid:) cannot be read from here and are left to whoever reads the text.

import { parsed } from "./pasted-html.js";

const TYPES = { "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif" };
// Refused by the server with a reason that says what to do; without them people would see nothing happen.
const REFUSED = ["image/svg+xml", "image/heic", "image/heif", "image/tiff", "image/bmp"];
const DATA = /^data:(image\/[a-z0-9.+-]+)(?:;[^,;]*)*;base64,([\s\S]*)$/i;

export function filesFrom(transfer) {
  if (!transfer) return [];
  const page = pageOf(transfer.getData("text/html"));
  if (page) {
    const inside = picturesInside(page);
    if (inside.length) return inside;
    if (page.textContent.trim()) return [];
  }
  return [...transfer.files].filter((file) => file.type in TYPES || REFUSED.includes(file.type));
}

// Whether a paste or a drop has words besides its pictures.
export function hasWords(transfer) {
  const page = pageOf(transfer.getData("text/html"));
  return Boolean((page ? page.textContent : transfer.getData("text/plain")).trim());
}

// Whether something that is dragged over an element may have pictures. While it is dragged, browsers show only kinds.
export function mayHavePictures(transfer) {
  return [...(transfer?.items ?? [])].some((item) => item.kind === "file" && (item.type === "" || item.type.startsWith("image/")));
}

function pageOf(html) {
  if (!html) return null;
  const page = parsed(html);
  page.querySelectorAll("style, script, title, meta, link").forEach((each) => each.remove());
  return page.body;
}

function picturesInside(page) {
  const addresses = new Set([...page.querySelectorAll("img[src^='data:' i]")].map((image) => image.getAttribute("src")));
  return [...addresses].map(fileOf).filter(Boolean);
}

function fileOf(address, at) {
  const found = DATA.exec(address);
  const type = found?.[1].toLowerCase();
  if (!type || !(type in TYPES || REFUSED.includes(type))) return null;
  let bytes;
  try {
    bytes = Uint8Array.from(atob(found[2].replaceAll(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    return null; // not base64
  }
  return new File([bytes], `image-${at + 1}.${TYPES[type] ?? type.split("/")[1].replace("+xml", "")}`, { type });
}
