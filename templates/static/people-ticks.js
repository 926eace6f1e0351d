// What is ticked in the table of people: a box in its head for all of this page, a count, and ticks that stay while staff turn the pages of one
// search. Only ids are kept, in this tab, until an action has begun, the search changes or the account signs out. Without scripts
// only the ticks of one page count.

const KEY = "mailroom-ticked";
const BEGINS = "mailroom-action-begins";
const results = document.getElementById("results");

let ticked = new Set();

function search() {
  const conditions = new URLSearchParams(window.location.search);
  for (const name of ["after", "table"]) conditions.delete(name);
  conditions.sort();
  return conditions.toString();
}

function load() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    ticked = new Set(kept?.search === search() ? kept.ids : []);
  } catch {
    ticked = new Set(); // the storage is switched off
  }
}

function store() {
  try {
    if (ticked.size) sessionStorage.setItem(KEY, JSON.stringify({ search: search(), ids: [...ticked] }));
    else sessionStorage.removeItem(KEY);
  } catch {
    // The storage is switched off or full: the ticks of this page still count.
  }
}

const boxes = () => [...results.querySelectorAll('input[name="person"]')];
const withNumber = (text, number) => text.replace("{people}", number.toLocaleString(document.documentElement.lang));

function show() {
  const bar = results.querySelector("[data-ticks]");
  if (!bar) return;
  const ofPage = boxes();
  const here = new Set(ofPage.map((box) => box.value));
  const elsewhere = [...ticked].filter((id) => !here.has(id));
  const count = bar.querySelector("[role=status]");
  const head = results.querySelector("[data-tick-all]");
  const all = head.querySelector("input");
  for (const box of ofPage) box.checked = ticked.has(box.value);
  all.checked = ofPage.every((box) => box.checked);
  all.indeterminate = !all.checked && ofPage.some((box) => box.checked);
  const { one, many, elsewhere: others } = count.dataset;
  const texts = ticked.size ? [ticked.size === 1 ? one : withNumber(many, ticked.size)] : [];
  if (elsewhere.length) texts.push(`(${withNumber(others, elsewhere.length)})`);
  count.textContent = texts.join(" ");
  bar.querySelector("button").hidden = !ticked.size;
  bar.hidden = head.hidden = false;
  bar.closest("form").classList.toggle("has-ticked", ticked.size > 0);
  results.querySelector('input[name="ticked"]').value = elsewhere.join(",");
}

function change(tick, changed) {
  for (const box of changed) ticked[tick ? "add" : "delete"](box.value);
  store();
  show();
}

function renew() {
  load();
  store(); // those of another search go
  show();
}

if (results) {
  results.addEventListener("change", (event) => {
    if (event.target.name === "person") change(event.target.checked, [event.target]);
    else if (event.target.closest("[data-tick-all]")) change(event.target.checked, boxes());
  });
  results.addEventListener("click", (event) => {
    if (!event.target.closest("[data-ticks] button")) return;
    ticked.clear();
    change(false, []);
    results.querySelector("[data-tick-all] input").focus();
  });
  results.addEventListener("renewed", renew);
  window.addEventListener("pageshow", renew); // the browser may have restored boxes of an earlier visit
  renew();
}

try {
  if (document.querySelector("[data-action]") && sessionStorage.getItem(BEGINS)) sessionStorage.removeItem(KEY);
  if (!results) sessionStorage.removeItem(BEGINS);
  document.querySelector("form[data-begins-action]")?.addEventListener("submit", () => sessionStorage.setItem(BEGINS, "1"));
} catch {
  // The storage is switched off, and nothing is kept there.
}
