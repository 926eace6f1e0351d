// Says every few seconds that somebody has this page of an issue open, and shows who else does. A hidden page is silent.
"use strict";

const BEAT = 15000;
const place = document.querySelector("[data-presence]");

async function beat() {
  if (document.hidden) return;
  const body = new URLSearchParams({ csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  const base = document.querySelector("form[data-autosave] [name=base]");
  body.set("file", place.dataset.file);
  body.set("part", place.dataset.part);
  body.set("base", base ? base.value : "");
  try {
    const answer = await fetch(place.dataset.presence, { method: "POST", body, cache: "no-store", redirect: "error" });
    if (!answer.ok) return;
    const { here, changed } = await answer.json();
    const list = place.querySelector("ul");
    if (here.join("\n") !== [...list.children].map((line) => line.textContent).join("\n")) {
      list.replaceChildren(...here.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    }
    // Not while a save is under way: its edit has a number that this page does not know yet.
    if (changed && base && base.value === body.get("base")) {
      document.dispatchEvent(new CustomEvent("mailroom:changed", { detail: changed }));
    }
  } catch {
    // The server is away for a moment: the next round tries again.
  }
}

if (place) {
  beat();
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", beat);
}
