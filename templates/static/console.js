// Renews the part of a page that moves, and asks for counts that a page was shown without. Without scripts the page renews
// itself as a whole, and its buttons count.
"use strict";

const PAUSE = 3000;

async function renew(part) {
  const answer = await fetch(part.dataset.renew, { redirect: "error", cache: "no-store" });
  if (!answer.ok) return part;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  // Another state has other buttons: look at all of it anew.
  if (!fresh || fresh.dataset.state !== part.dataset.state) {
    window.location.reload();
    return part;
  }
  // Whoever reads it with the keyboard is not thrown out of it.
  if (part.contains(document.activeElement)) return part;
  part.replaceWith(fresh);
  return fresh;
}

async function watch(part) {
  while (part && part.dataset.renew) {
    await new Promise((done) => setTimeout(done, PAUSE));
    if (document.hidden) continue;
    try {
      part = await renew(part);
    } catch {
      // The server is away for a moment: the next round asks again.
    }
  }
}

watch(document.querySelector("[data-renew]"));

// One after the other: the server runs one count at a time, and answers at once where it is at another.
async function count(part) {
  for (let tries = 0; "count" in part.dataset && tries < 40; tries += 1) {
    if (tries) await new Promise((done) => setTimeout(done, PAUSE));
    const form = part.querySelector(".counting form");
    part.querySelector(".counting .busy").hidden = false;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), cache: "no-store" });
      if (!answer.ok) break;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh) break;
      const focused = part.contains(document.activeElement);
      part.replaceWith(fresh);
      part = fresh;
      if (focused) part.querySelector(".counting button").focus();
    } catch {
      // The server is away for a moment: the next round asks again.
    }
  }
  part.querySelector(".counting .busy").hidden = true;
}

async function countAll() {
  for (const { id } of document.querySelectorAll("[data-count]")) await count(document.getElementById(id));
}

countAll();
