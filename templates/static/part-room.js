// Room for the text. On a phone: the menu, the tabs and the actions of the part are behind two buttons, the outline is a button in
// the line above the text, saving is in a line at the foot of the window, and what the preview says about the mail is below the text. On a wide window, where one line has the
// title, the tabs and the bar: what the preview says is above the preview, and the steps to other parts are above the outline. Without
// this script all of it is above the text.
"use strict";

const NARROW = window.matchMedia("(max-width: 40rem)");
const WIDE = window.matchMedia("(min-width: 78rem)");
const page = document.querySelector(".part-page");

function button(label, shown, name, toggled) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: `plain ${name}`, textContent: shown });
  made.setAttribute("aria-label", label);
  made.setAttribute("aria-expanded", "false");
  made.addEventListener("click", () => {
    const open = made.getAttribute("aria-expanded") !== "true";
    made.setAttribute("aria-expanded", String(open));
    toggled(open);
  });
  return made;
}

if (page) {
  const bar = page.querySelector(".part-bar");
  const outline = page.querySelector(".part-outline");
  const columns = page.querySelector(".part-columns");
  const about = [...bar.querySelectorAll("[data-part-findings], [data-part-meter]")].map((each) => each.closest("p"));
  const behind = bar.querySelector(".part-bar-actions");
  const below = Object.assign(document.createElement("div"), { className: "part-about" });
  const steps = bar.querySelector(".part-steps");
  const views = bar.querySelectorAll(".part-views");
  const text = columns.querySelector(".part-text");
  const menu = button(page.dataset.menu, `☰ ${page.dataset.menu}`, "menu-opener", (open) => document.body.classList.toggle("menu-open", open));
  document.querySelector(".top .mark").after(menu);
  const more = button(page.dataset.more, "⋯", "bar-opener", (open) => bar.classList.toggle("is-open", open));
  const state = bar.querySelector(".save-state");
  const save = bar.querySelector("[data-save]");
  const afterSaving = [state, ...bar.querySelectorAll("[data-after], [data-sign-in]")];
  const foot = Object.assign(document.createElement("div"), { className: "store-bar part-foot" });
  page.querySelector(".presence").after(more);

  const fit = () => {
    const narrow = NARROW.matches;
    document.body.classList.toggle("bars-folded", narrow);
    for (const each of [menu, more]) each.hidden = !narrow;
    const wide = WIDE.matches;
    bar.prepend(steps);
    if (narrow) steps.after(outline);
    else columns.prepend(outline);
    if (narrow && save) {
      foot.append(...afterSaving, save);
      page.append(foot);
    } else if (save) {
      foot.remove();
      bar.append(...afterSaving.slice(1));
      behind.append(state, save);
    }
    if (wide) columns.lastElementChild.before(below);
    else text.append(below);
    if (narrow || wide) below.append(...about);
    else behind.before(...about);
    if (wide) text.append(...views);
    else behind.prepend(...views);
    if (wide) outline.querySelector("nav").prepend(steps);
  };
  for (const query of [NARROW, WIDE]) query.addEventListener("change", fit);
  fit();
}
