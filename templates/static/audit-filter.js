// The audit shows what the filter means as soon as a condition changes. Without scripts its button does the same.
"use strict";

const form = document.querySelector(".audit-filter");
const PARTS = ["audit-file", "audit-entries", "audit-in-short", "audit-everything"];

let asked = null;

async function show() {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
  try {
    const answer = await fetch(address, { redirect: "error", cache: "no-store", signal: asked.signal });
    if (!answer.ok && answer.status !== 422) return; // 422: the page says what is wrong with the filter
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of PARTS) document.getElementById(id).replaceWith(page.getElementById(id));
    history.replaceState(null, "", address);
  } catch {
    // A newer filter is asked for, or the server is away for a moment: the next change tries again.
  }
}

form.addEventListener("change", show);
form.querySelector("[type=submit]").classList.add("hidden"); // still for the keyboard: Enter in a field presses it
