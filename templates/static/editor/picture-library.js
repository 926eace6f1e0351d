// Lets people choose a picture of any issue: choosePicture({url}) -> {path, width, height, preview, alt, caption, captionContent, credit,
// creditContent}, or null if they closed the dialog. `url`: of the library page of the issue.
//
// The picture is in the issue then. Its credit comes along; alternative text and caption only if people asked for them.
// `…Content`: as nodes of the rich text editor.

import { load, openDialog, submit } from "./picture-dialog.js";

const PAUSE = 350; // ms after the last key before the search begins
const ARROWS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

class Library {
  constructor(part, chosen) {
    this.part = part;
    this.chosen = chosen;
    this.round = 0;
    this.timer = 0;
    this.search = part.querySelector("[data-search]");
    part.addEventListener("submit", (event) => this.sent(event));
    part.addEventListener("click", (event) => this.clicked(event));
    part.addEventListener("keydown", (event) => this.key(event));
    this.search.addEventListener("input", (event) => { if (!event.isComposing) this.plan(PAUSE); });
    this.search.addEventListener("compositionend", () => this.plan(PAUSE));
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(`${this.search.getAttribute("action")}?${new URLSearchParams(new FormData(this.search))}`), wait);
  }

  // Only the results are replaced: the search keeps its cursor and its focus.
  async show(url, back = false) {
    this.round += 1;
    const { round } = this;
    this.part.setAttribute("aria-busy", "true");
    try {
      const fresh = await load(url, "#picture-library [data-results]");
      if (round !== this.round) return; // a newer search is on its way
      this.part.querySelector("[data-results]").replaceWith(fresh);
      this.problem("");
      if (back) fresh.querySelector("button")?.focus();
    } catch (error) {
      if (round === this.round) this.problem(error.message);
    }
    this.part.removeAttribute("aria-busy");
  }

  problem(words) {
    const line = this.part.querySelector("[data-problem]");
    line.textContent = words;
    line.hidden = !words;
    if (words) line.scrollIntoView({ block: "nearest" });
  }

  async sent(event) {
    event.preventDefault();
    event.stopPropagation(); // console.js would keep the button disabled
    if (event.target === this.search) {
      this.plan(0);
      return;
    }
    const button = event.submitter ?? event.target.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    try {
      this.chosen(await submit(event.target));
    } catch (error) {
      this.problem(error.message);
      button.disabled = false;
    }
  }

  clicked(event) {
    const link = event.target.closest("[data-page]");
    if (!link) return;
    event.preventDefault();
    this.show(link.getAttribute("href"), true);
  }

  // Arrows go from the search to the pictures, and from one to the next.
  key(event) {
    const step = ARROWS[event.key];
    const inSearch = event.target.matches("input[type=search]"), onButton = event.target.matches("[data-take] button");
    if (!step || event.isComposing || !(onButton || (inSearch && event.key === "ArrowDown"))) return;
    const buttons = [...this.part.querySelectorAll("[data-take] button")];
    const at = inSearch ? 0 : buttons.indexOf(event.target) + step;
    event.preventDefault();
    if (at < 0) this.search.querySelector("input").focus();
    else buttons[at]?.focus();
  }
}

export async function choosePicture({ url }) {
  const { dialog, content } = await openDialog(url, "#picture-library", { label: "library-title", kind: "library-dialog" });
  const closed = new Promise((resolve) => { dialog.addEventListener("close", () => resolve(null), { once: true }); });
  if (!content) return dialog.open ? closed : null;
  const chosen = new Promise((resolve) => {
    new Library(content, (found) => {
      resolve(found);
      dialog.close();
    });
  });
  content.querySelector("[data-cancel]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  content.querySelector("input[type=search]").focus();
  return Promise.race([chosen, closed]);
}
