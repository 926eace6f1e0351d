// Shows the people found while somebody types. What is typed goes by POST; without scripts the button does the same.
"use strict";

const WAIT = 250;

const form = document.querySelector(".people-search");
const results = document.getElementById("results");

let timer = 0;
let asked = null;

async function search() {
  asked?.abort();
  asked = new AbortController();
  const body = new FormData(form);
  body.set("table", "1");
  try {
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: asked.signal });
    if (!answer.ok) return;
    results.innerHTML = await answer.text();
    const address = new URL(answer.url);
    address.searchParams.delete("table");
    history.replaceState(null, "", address);
    results.dispatchEvent(new Event("renewed", { bubbles: true }));
  } catch {
    // A newer search began, or the server is away for a moment: the button still works.
  }
}

if (form) {
  form.addEventListener("input", (event) => {
    if (event.isComposing) return; // an input method has not given the characters yet
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  form.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
}
