// Renews the part of a page that moves. Without scripts the page renews itself as a whole.
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
