// Uploads one picture: uploadPicture(file, {url, token, part, onProgress, signal}) -> {path, width, height, preview}
//
// `url`: of the upload of the issue. `token`: Django's CSRF token, or a function that returns it. `part`: the id of the part where the
// picture is to be shown, after which a picture without a name is named. `onProgress`: called with a number from 0 to 1.
// Rejects with a PictureError, whose message is for people, or with an AbortError after `signal` was aborted.
// The same file gives the same path however often it arrives, so an upload that may have arrived is repeated without harm.

import { PictureError, cancelled, limitOf, text } from "./picture-texts.js";

const WAITS = [1000, 3000]; // ms before each further attempt
const MEGABYTE = 10 ** 6;

export async function uploadPicture(file, { url, token, part = "", onProgress = () => {}, signal, waits = WAITS }) {
  const name = file.name || "image.png";
  if (file.size > limitOf() * MEGABYTE) throw new PictureError(text("tooLarge", { name, limit: limitOf() }), "large");
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(file, name, { url, token, part, onProgress, signal });
    const again = answer.status === 0 || [502, 503, 504].includes(answer.status);
    if (!again || attempt >= waits.length) return read(answer, name);
    await pause(waits[attempt], signal);
  }
}

function send(file, name, { url, token, part, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled());
      return;
    }
    const request = new XMLHttpRequest(); // fetch does not report the progress of a request
    const body = new FormData();
    body.set("csrfmiddlewaretoken", typeof token === "function" ? token() : token);
    body.set("part", part);
    body.set("file", file, name);
    const stop = () => {
      request.abort();
      reject(cancelled());
    };
    const done = () => {
      signal?.removeEventListener("abort", stop);
      resolve({ status: request.status, body: request.responseText });
    };
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("loadend", done);
    signal?.addEventListener("abort", stop, { once: true });
    request.send(body);
    onProgress(0);
  });
}

function read({ status, body }, name) {
  let found = null;
  try {
    found = JSON.parse(body);
  } catch {
    // A page instead of JSON: an error of a server in between, or the sign-in page.
  }
  if (status === 200 && found?.path) return found;
  if (found?.status) throw new PictureError(found.status, "refused");
  if (status === 413) throw new PictureError(text("tooLarge", { name, limit: limitOf() }), "large");
  if (status === 0) throw new PictureError(text("offline", { name }), "offline");
  // The sign-in page, or a token of a session that has ended.
  if (status === 200 || status === 403) throw new PictureError(text("signedOut", { name }), "signed-out");
  throw new PictureError(text("failed", { name }), "failed");
}

function pause(time, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, time);
    const stop = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}
