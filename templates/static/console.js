// Loads the numbers of a page again while they change, counts what a page was shown without, folds what is long on a phone, narrows lists, counts
// down to the start of a campaign, and keeps a form from being sent twice. Without scripts the page reloads as a whole and its buttons count.
"use strict";

const PAUSE = 3000;
const BEHIND = 1500; // with the time of the answer, a live part is at most two seconds behind

async function renew(part) {
  const answer = await fetch(part.dataset.renew, { redirect: "error", cache: "no-store" });
  if (!answer.ok) return part;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  // Another state has other buttons: reload the whole page.
  if (!fresh || fresh.dataset.state !== part.dataset.state) {
    window.location.reload();
    return part;
  }
  // Replacing the part would take the keyboard focus away from a person who reads it.
  if (part.contains(document.activeElement)) return part;
  const before = part.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((folded, at) => { folded.open = before[at]?.open ?? folded.open; });
  part.replaceWith(fresh);
  return fresh;
}

async function watch(part) {
  while (part && part.dataset.renew) {
    await new Promise((done) => setTimeout(done, BEHIND));
    if (document.hidden) continue;
    try {
      part = await renew(part);
    } catch {
      // The server is away for a moment: the next round tries again.
    }
  }
}

watch(document.querySelector("[data-renew]"));

// One after the other: the server runs one count at a time, and answers at once while another one runs.
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
      // The server is away for a moment: the next round tries again.
    }
  }
  part.querySelector(".counting .busy").hidden = true;
}

async function countAll(parts) {
  for (const { id } of parts) await count(document.getElementById(id));
}

countAll(document.querySelectorAll("[data-count]"));

// One button counts every row of a list, and then says when that was. Without scripts it counts the one whose number is the oldest.
document.querySelector("[data-recount]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = event.target.parentElement;
  const rows = [...document.querySelectorAll("tr:has(.counting form)")];
  line.querySelector(".busy").hidden = false;
  line.querySelector("button").disabled = true;
  for (const row of rows) row.dataset.count = "";
  await countAll(rows);
  try {
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href, { cache: "no-store" })).text(), "text/html");
    line.querySelector("p").replaceWith(page.querySelector(`#${line.id} p`));
  } catch {
    // The server is away for a moment: the line keeps its older time.
  }
  line.querySelector(".busy").hidden = true;
  line.querySelector("button").disabled = false;
});

// Browsers without scroll-initial-target: rows of links (console.css) begin with the current one in sight.
if (!CSS.supports("scroll-initial-target", "nearest")) {
  document.querySelectorAll("nav > [aria-current]").forEach((link) => link.scrollIntoView({ block: "nearest", inline: "nearest" }));
}

// At a phone's width what is open elsewhere is one line that unfolds; without scripts it is open. A field that is wrong stays in sight.
const narrow = window.matchMedia("(max-width: 40rem)");

function fold() {
  document.querySelectorAll(".at-once").forEach((part) => { part.open = !narrow.matches || part.querySelector("[aria-invalid]") !== null; });
}

narrow.addEventListener("change", fold);
document.addEventListener("renewed", fold); // people-search.js
fold();

// A choice that narrows a list acts at once. With the keys it passes other choices on the way, so there the button acts.
document.querySelectorAll("select[data-at-once]").forEach((select) => {
  let isByKeys = false;
  select.addEventListener("keydown", () => { isByKeys = true; });
  select.addEventListener("pointerdown", () => { isByKeys = false; });
  select.addEventListener("change", () => { if (!isByKeys) select.form.requestSubmit(); });
});

// By the clock and not by ticks: a tab in the background gets few of those.
function countDown(place) {
  const end = Date.now() + 1000 * Number(place.textContent);
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    place.textContent = String(left);
    if (!left) clearInterval(timer);
  }, 250);
}

document.querySelectorAll("[data-countdown]").forEach(countDown);

// A second press while the first is under way does nothing. The button still belongs to the form when its data is collected.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; });
});
// A page that comes back from the browser's history can be used again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button[disabled]").forEach((button) => { button.disabled = false; });
});

// Text that could not be saved stays in this browser (part-drafts.js), but not after its account signed out, and for at most a week.
const DRAFT = "mailroom-draft:";
const KEPT = 7 * 24 * 3600 * 1000;

function removeDrafts(goes) { Object.keys(localStorage).filter((key) => key.startsWith(DRAFT) && goes(key)).forEach((key) => localStorage.removeItem(key)); }

function isOld(key) {
  try {
    return !(JSON.parse(localStorage.getItem(key)).at > Date.now() - KEPT);
  } catch {
    return true;
  }
}

try {
  removeDrafts(isOld);
} catch {
  // The storage is switched off.
}
document.addEventListener("submit", (event) => {
  // `form.action` would be a field of the form where one has that name.
  if (event.target.getAttribute("action")?.endsWith("/console/logout/")) {
    removeDrafts((key) => key.startsWith(`${DRAFT}${event.target.dataset.who}:`));
    sessionStorage.removeItem("mailroom-ticked"); // people-ticks.js
  }
});

// Browsers can print by themselves; a button shows that the page is made for it.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => { window.print(); });
});
