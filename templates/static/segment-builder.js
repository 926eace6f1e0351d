// The conditions and the text of a segment follow each other while somebody changes one of them. The server reads both: it gets
// the form and answers with the other form of the same. Without scripts the buttons of the page do the same.
"use strict";

const WAIT = 300;
const form = document.querySelector(".segment-builder");

function start() {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const text = form.elements.text;
  const mode = form.elements.mode;
  let timer = 0;
  let asked = null;
  let counted = null;
  let composing = false;

  form.querySelectorAll(".without-script").forEach((each) => { each.hidden = true; });
  text.readOnly = false;

  function isBusyIn(element) { return composing && element.contains(document.activeElement); }

  // The focus stays in the field with the same name, or goes to the first field of the part that is new.
  function putConditions(html, focus) {
    const conditions = part("conditions");
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    const active = document.activeElement;
    const open = [...conditions.querySelectorAll("details[open]")].map((details) => details.id);
    const again = focus ?? (conditions.contains(active) && active.id ? `#${CSS.escape(active.id)}` : "");
    conditions.replaceChildren(...fresh.childNodes);
    for (const details of conditions.querySelectorAll("details")) details.open ||= open.includes(details.id);
    if (again) conditions.querySelector(again)?.focus();
  }

  function putPhrases(html) {
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    fresh.querySelectorAll("[data-phrase]").forEach((phrase) => {
      const shown = part("conditions").querySelector(`[data-phrase="${CSS.escape(phrase.dataset.phrase)}"]`);
      if (shown) shown.textContent = phrase.textContent;
    });
  }

  function show(answer) {
    part("sentence").textContent = answer.sentence;
    const fault = part("fault");
    fault.textContent = answer.problem;
    fault.hidden = !answer.problem;
    if (answer.problem || answer.notes.length) fault.closest("details").open = true;
    if (answer.problem) text.setAttribute("aria-invalid", "true");
    else text.removeAttribute("aria-invalid");
    const notes = part("notes");
    notes.textContent = answer.notes.join(" ");
    notes.hidden = !answer.notes.length;
  }

  // `from`: what somebody changed; `focus`: the selector of the field that gets the focus in new conditions.
  async function follow(from, action, focus) {
    clearTimeout(timer);
    asked?.abort();
    asked = new AbortController();
    mode.value = from === "text" ? "text" : "conditions";
    const body = new FormData(form);
    body.set("action", action);
    let answer;
    try {
      const response = await fetch(form.dataset.follow, { method: "POST", body, redirect: "error", cache: "no-store", signal: asked.signal });
      if (!response.ok) return;
      answer = await response.json();
    } catch {
      return; // a newer change is under way, or the server is away for a moment: the next change tries again
    }
    show(answer);
    if (from === "text") {
      // Conditions that are older than the text cannot be changed: their text would replace what somebody typed.
      part("conditions").inert = answer.mode === "text";
      if (answer.mode === "conditions" && !isBusyIn(part("conditions"))) putConditions(answer.conditions);
    } else {
      if (!isBusyIn(text)) text.value = answer.text;
      if (from === "shape") putConditions(answer.conditions, focus);
      else putPhrases(answer.conditions);
    }
    if (answer.problem) {
      counted?.abort();
      part("people").replaceChildren(); // numbers of another text
      part("bar").textContent = "";
    } else count(answer.text);
  }

  async function people(selected, exact) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("text", selected);
    if (exact) body.set("exact", "1");
    const response = await fetch(form.dataset.preview, { method: "POST", body, redirect: "error", cache: "no-store", signal: counted.signal });
    if (response.ok) {
      part("people").innerHTML = (await response.text()).trim();
      part("bar").textContent = part("people").querySelector(".figure")?.textContent ?? "";
    }
  }

  // First what is quick, then the exact numbers.
  async function count(selected) {
    counted?.abort();
    counted = new AbortController();
    const mine = counted;
    part("counting").hidden = false;
    part("people").setAttribute("aria-busy", "true"); // the numbers of before stay until then, so that nothing jumps
    try {
      await people(selected, false);
      if (part("people").querySelector("[data-estimated]")) await people(selected, true);
    } catch {
      // Another text is counted, or the server is away for a moment.
    }
    if (mine !== counted) return;
    part("counting").hidden = true;
    part("people").removeAttribute("aria-busy");
  }

  function later(from) {
    clearTimeout(timer);
    timer = setTimeout(() => follow(from, from === "text" ? "conditions" : "update"), WAIT);
  }

  // As web/console/segments/builder_rows.py. What is ticked stays in sight.
  function narrow(search) {
    const typed = search.value.trim().toLowerCase();
    const values = search.closest(".more-values");
    for (const pick of values.querySelectorAll(".pick")) {
      pick.hidden = !pick.querySelector("input").checked && !pick.querySelector("span").textContent.toLowerCase().includes(typed);
    }
    values.querySelector("[data-nothing]").hidden = values.querySelector(".pick:not([hidden])") !== null;
  }

  function changed(target) {
    if (target.dataset.narrows !== undefined) narrow(target);
    else if (target === text) later("text");
    else if (target.dataset.shape !== undefined) follow("shape", "update");
    else if (part("conditions").contains(target)) later("conditions");
  }

  form.addEventListener("input", (event) => {
    if (!event.isComposing) changed(event.target);
  });
  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", (event) => {
    composing = false;
    changed(event.target);
  });
  // Buttons that change the shape of the conditions.
  form.addEventListener("submit", (event) => {
    const action = event.submitter?.value ?? "";
    if (action === "store") return;
    event.preventDefault();
    event.stopPropagation(); // console.js would switch the button off
    const [verb, path] = action.split(":");
    const group = path && document.getElementById(path);
    let focus = "";
    if (verb === "add" || verb === "add-group") {
      const next = `${path}.${group.querySelectorAll(":scope > .parts > li").length}`;
      focus = `#${CSS.escape(verb === "add" ? `${next}-field` : `${next}.0-field`)}`;
    } else if (verb === "remove") {
      focus = `#${CSS.escape(path.slice(0, path.lastIndexOf(".")))} > .actions button`;
    }
    follow(verb === "update" ? "conditions" : "shape", action, focus);
  });

  if (mode.value === "text") follow("text", "conditions");
  else if (text.value) count(text.value);
}

if (form) start();
