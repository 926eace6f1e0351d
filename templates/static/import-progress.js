// Asks every second or so where an import is, and loads the page again when its state changes.
"use strict";

const place = document.querySelector("[data-progress]");
const WAITS = [700, 1000, 1500, 2000, 3000];
let asked = 0;

async function look() {
  const text = place.querySelector("[data-step]");
  try {
    const answer = await fetch(place.dataset.progress, { cache: "no-store", redirect: "error" });
    if (answer.ok) {
      const { state, step, percent } = await answer.json();
      const bar = place.querySelector("progress[value]");
      if (bar && percent !== undefined) bar.value = percent;
      const bothRead = ["waiting", "reading"].includes(state) && ["waiting", "reading"].includes(place.dataset.state);
      if (state !== place.dataset.state && !bothRead) {
        location.reload();
        return;
      }
      if (step && text.textContent !== step) text.textContent = step;
    }
  } catch {
    text.textContent = place.dataset.away;
  }
  asked += 1;
  setTimeout(look, WAITS[Math.min(asked, WAITS.length - 1)]);
}

if (place) setTimeout(look, WAITS[0]);
