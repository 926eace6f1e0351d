// The tour of the editor: some steps, each at the thing that it is about. Offered on the first visit, and started again from "?".

import { el, text } from "./dom.js";

const STEPS = [
  ["text", ".rich-text"], ["insert", ".tool-insert"], ["audience", ".audience-line"], ["outline", ".part-outline"],
  ["preview", ".preview-beside"], ["saved", ".save-state"], ["review", ".part-bar-actions a"], ["help", ".tool-help"],
];
const NARROW = window.matchMedia("(max-width: 40rem)");

export class Tour {
  // `address`: where the server remembers that the account needs no offer any more.
  constructor(address) {
    this.address = address;
    this.sheet = null;
  }

  // Folded in the help below the outline, or on small screens below the text: it moves no text and takes no focus.
  offer(form) {
    const outline = window.matchMedia("(min-width: 68.75rem)").matches && document.querySelector(".part-outline:not([hidden]) .outline-help");
    const help = outline || el("details", { class: "outline-help" }, el("summary", {}, text("tour-help")));
    const line = el("div", { class: "tour-offer", role: "region", "aria-label": text("tour") }, el("p", {}, text("tour-offer")),
      el("p", { class: "tour-buttons" },
        el("button", { type: "button", onclick: () => { end(); this.start(); } }, text("tour-start")),
        el("button", { type: "button", class: "plain", onclick: () => { end(); this.remember(); } }, text("tour-no"))));
    const end = () => (outline ? line : help).remove();
    help.append(line);
    if (!outline) form.append(help);
  }

  start() {
    this.end(false);
    // On a phone some of the things are behind a button.
    this.opened = [...document.querySelectorAll(".bar-opener")].filter((button) => button.checkVisibility() && button.getAttribute("aria-expanded") === "false");
    for (const button of this.opened) button.click();
    this.steps = STEPS.map(([name, css]) => ({ name, target: document.querySelector(css) })).filter(({ target }) => target?.checkVisibility());
    this.before = document.activeElement;
    this.title = el("h2", { id: "tour-title" });
    this.words = el("p", { id: "tour-words" });
    this.count = el("span", { class: "quiet" });
    this.back = el("button", { type: "button", class: "plain", onclick: () => this.show(this.at - 1) }, text("tour-back"));
    this.next = el("button", { type: "button", class: "main", onclick: () => (this.at + 1 < this.steps.length ? this.show(this.at + 1) : this.end()) });
    this.box = el("div", { class: "tour-box", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-words" }, this.title, this.words,
      el("p", { class: "tour-buttons" }, this.next, this.back, el("button", { type: "button", class: "plain", onclick: () => this.end() }, text("tour-end")), this.count));
    this.box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") this.end();
      else if (step && this.steps[this.at + step]) this.show(this.at + step);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    document.body.append(this.box);
    this.follow = () => this.place();
    window.addEventListener("resize", this.follow);
    this.show(0);
    this.remember();
  }

  show(at) {
    this.at = at;
    this.mark(null);
    const { name, target } = this.steps[at];
    this.title.textContent = text(`tour-${name}`);
    this.words.textContent = text(`tour-${name}-words`);
    this.count.textContent = text("find-count", { at: String(at + 1), count: String(this.steps.length) });
    this.next.textContent = text(at + 1 < this.steps.length ? "tour-next" : "tour-done");
    this.back.hidden = !at;
    this.mark(target);
    target.scrollIntoView({ block: target.offsetHeight > window.innerHeight / 2 ? "start" : "center" });
    this.place();
    this.next.focus({ preventScroll: true });
  }

  mark(target) {
    document.querySelector(".tour-target")?.classList.remove("tour-target");
    target?.classList.add("tour-target");
  }

  // Below the thing, or above it where there is more room; on a phone at the bottom of the screen. In a style sheet, because the
  // policy of the pages forbids style attributes.
  place() {
    if (!this.sheet) {
      this.sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(this.sheet);
    }
    if (NARROW.matches) return this.sheet.replaceSync("");
    const thing = this.steps[this.at].target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const room = window.innerHeight - height - 16;
    const top = thing.bottom + 12 <= room ? thing.bottom + 12 : thing.top - height - 12 >= 16 ? thing.top - height - 12 : Math.min(room, Math.max(thing.top + 60, 80));
    const left = Math.min(Math.max(16, thing.left), window.innerWidth - width - 16);
    return this.sheet.replaceSync(`.tour-box { top: ${Math.round(top)}px; left: ${Math.round(left)}px; }`);
  }

  end(back = true) {
    if (!this.box?.isConnected) return;
    this.mark(null);
    this.box.remove();
    for (const button of this.opened) if (button.getAttribute("aria-expanded") === "true") button.click();
    window.removeEventListener("resize", this.follow);
    if (back && this.before?.isConnected) this.before.focus();
  }

  remember() {
    if (!this.address) return;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    // If this fails, the tour is offered again.
    fetch(this.address, { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }), cache: "no-store" }).catch(() => {});
  }
}
