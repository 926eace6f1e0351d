// Keeps the preview of an issue up to date: it asks for a new one when a choice changes, while a text is typed, after a text was
// saved, and when somebody else has edited the issue. Without scripts the page shows the preview as of when it was opened.
//
// <div data-issue-preview="URL of the live part"></div>   what the server rendered, or empty
//   data-text="#field" data-file="issue.md" data-part="dates"   beside a text that is edited: it is shown as it is typed
//   data-width="phone"                                          the width to begin with
// A page that saves the text dispatches on document, after it was stored: new CustomEvent("issue-part:saved", {detail: {values}}),
// with the values of its fields as JSON. This script dispatches "issue-preview:asked" when it asks for a mail, and
// "issue-preview:shown" with the element when the answer to that is in the page.

import { fixedValuesOf, valuesOf } from "./form-values.js";
import { BlockFollower, scrollOf, setScroll } from "./preview-follow.js";
import { showWhole } from "./whole-mail.js";

const POLL = 4000; // between two looks for edits of others, unless the page says data-poll
const TYPING = 350; // after the last key
const PATIENCE = 15000;
const NARROW = window.matchMedia("(max-width: 40rem)"); // there the choices are one line until somebody opens them

class IssuePreview {
  constructor(root) {
    this.root = root;
    this.url = root.dataset.issuePreview;
    // The form of the text, which issue-part.js saves; a single field has none.
    const field = root.dataset.text ? document.querySelector(root.dataset.text) : null;
    this.form = root.dataset.text ? field?.closest("form") ?? document.querySelector("form.writing") : null;
    this.field = this.form ?? field;
    this.saved = this.values;
    this.tab = Math.random().toString(36).slice(2);
    this.wanted = false;
    this.busy = false;
    this.timer = 0;
    this.follower = root.dataset.part ? new BlockFollower(root) : null; // without it, the page shows whole mails
    root.classList.add("live");
    this.listen();
    if (this.content) {
      if (NARROW.matches) this.root.querySelector("[data-fold=choices]").open = false;
      this.showMarks();
    } else this.refresh();
    setInterval(() => this.poll(), Number(root.dataset.poll) || POLL);
  }

  get content() { return this.root.querySelector("[data-preview-content]"); }

  get entries() { return this.form ? valuesOf(this.form) : [["text", this.field.value]]; }

  get values() { return this.field ? JSON.stringify(this.entries) : ""; }

  get typed() { return this.field !== null && this.values !== this.saved; }

  listen() {
    this.root.addEventListener("change", (event) => {
      if (event.target.closest(".preview-choices")) this.refresh();
    });
    this.root.addEventListener("submit", (event) => {
      if (!event.target.matches(".preview-choices")) return;
      event.preventDefault();
      event.stopPropagation();
      this.refresh();
    });
    // A wide page of its own shows all choices.
    if (!this.follower) NARROW.addEventListener("change", () => { this.root.querySelector("[data-fold=choices]").open = !NARROW.matches; });
    if (this.field) {
      const later = (event) => {
        if (event.isComposing) return; // an input method: the text is not there yet
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.refresh(), TYPING);
      };
      for (const kind of ["input", "change"]) this.field.addEventListener(kind, later);
      this.field.addEventListener("compositionend", () => later({}));
    }
    document.addEventListener("issue-part:saved", (event) => {
      if (this.field) this.saved = (event.detail && event.detail.values) || this.values;
      this.refresh();
    });
  }

  poll() {
    if (document.hidden || this.busy || this.typed) return;
    this.run(this.content ? this.content.dataset.edit : "");
  }

  // One request at a time. What changes meanwhile is asked for afterwards, all at once.
  refresh() {
    this.wanted = true;
    if (!this.busy) this.run("");
  }

  async run(seen) {
    this.busy = true;
    do {
      if (this.wanted) seen = "";
      this.wanted = false;
      await this.ask(seen);
    } while (this.wanted);
    this.busy = false;
  }

  parameters() {
    const form = this.root.querySelector(".preview-choices");
    const found = new URLSearchParams(form ? new FormData(form) : {});
    for (const [name, value] of [...found]) if (!value) found.delete(name);
    if (!form && this.root.dataset.width) found.set("width", this.root.dataset.width);
    if (this.root.dataset.part) {
      found.set("file", this.root.dataset.file);
      found.set("part", this.root.dataset.part);
    }
    found.set("tab", this.tab);
    if (this.content && this.content.dataset.key) found.set("good", this.content.dataset.key);
    return found;
  }

  async ask(seen) {
    const given = this.parameters();
    const options = { redirect: "error", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    let url = this.url;
    document.dispatchEvent(new CustomEvent("issue-preview:asked"));
    if (this.typed) {
      if (this.form) for (const [name, value] of fixedValuesOf(this.form)) if (name === "form") given.set(name, value);
      for (const [name, value] of this.entries) given.append(name, value);
      const token = document.querySelector('[name="csrfmiddlewaretoken"]');
      given.set("csrfmiddlewaretoken", token ? token.value : "");
      Object.assign(options, { method: "POST", body: given });
    } else {
      if (seen) given.set("seen", seen);
      url += `?${given}`;
    }
    try {
      const answer = await fetch(url, options);
      if (answer.status === 200) this.show(await answer.text());
      this.tellOffline(!(answer.ok || answer.status === 409));
    } catch {
      this.tellOffline(true);
    }
  }

  tellOffline(offline) {
    const told = this.root.querySelector("[data-preview-offline]");
    if (told) told.hidden = !offline;
  }

  show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-preview-content]");
    if (!fresh) return;
    if (!this.content) {
      this.root.replaceChildren(document.importNode(fresh, true));
      this.showMarks();
      document.dispatchEvent(new CustomEvent("issue-preview:shown", { detail: this.root }));
      return;
    }
    this.content.dataset.edit = fresh.dataset.edit;
    if (fresh.dataset.key) this.content.dataset.key = fresh.dataset.key;
    for (const piece of fresh.querySelectorAll("[data-live]")) {
      const old = this.content.querySelector(`[data-live="${piece.dataset.live}"]`);
      // A choice that was made since this answer was asked for stays.
      if (!old || (this.wanted && piece.dataset.live === "choices")) continue;
      if (piece.dataset.live === "mail") this.showMail(old, piece);
      else if (old.innerHTML !== piece.innerHTML && !old.contains(document.activeElement)) {
        // What somebody opened or closed stays so, also if there are more or fewer findings now.
        const about = (details) => details.dataset.fold ?? `${details.closest("li")?.querySelector(".head")?.textContent} ${details.firstElementChild.textContent}`.replace(/\d+/g, "");
        const opened = new Map([...old.querySelectorAll("details")].map((details) => [about(details), details.open]));
        const made = document.importNode(piece, true);
        made.querySelectorAll("details").forEach((details) => { details.open = opened.get(about(details)) ?? details.open; });
        old.replaceWith(made);
      }
    }
    document.dispatchEvent(new CustomEvent("issue-preview:shown", { detail: this.root }));
    if (!this.field && !this.wanted) this.keepAddress();
  }

  // So that a reload shows the same. Which text is edited, and this tab, do not belong there.
  keepAddress() {
    const chosen = this.parameters();
    for (const name of ["tab", "good", "file", "part"]) chosen.delete(name);
    history.replaceState(history.state, "", chosen.size ? `?${chosen}` : window.location.pathname);
  }

  showMail(old, fresh) {
    if (!fresh.dataset.mail) return; // the last good mail stays
    const before = [...old.querySelectorAll(".sheet")];
    const after = [...fresh.querySelectorAll(".sheet")];
    const alike = before.length && before.length === after.length
      && before.every((sheet, at) => sheet.className === after[at].className
        && sheet.parentElement.className === after[at].parentElement.className);
    if (alike) before.forEach((sheet, at) => this.load(sheet, after[at].querySelector("iframe")));
    else if (old.innerHTML !== fresh.innerHTML) {
      const at = before.length ? scrollOf(before[0].querySelector("iframe")) : 0;
      const made = document.importNode(fresh, true);
      old.replaceWith(made);
      for (const frame of made.querySelectorAll("iframe")) {
        if (!this.follower) showWhole(frame);
        frame.addEventListener("load", () => {
          if (at) setScroll(frame, at); // at the top nothing is set: somebody may have scrolled while the pictures were loading
          this.follower?.loaded(frame);
        }, { once: true });
      }
    }
    old.dataset.mail = fresh.dataset.mail;
  }

  // The new mail is laid out behind the old one and takes its place where the old one was scrolled to.
  load(sheet, fresh) {
    const newest = sheet.lastElementChild;
    if (newest.getAttribute("src") === fresh.getAttribute("src")) return;
    const shown = sheet.firstElementChild;
    if (newest !== shown) newest.remove();
    const next = document.importNode(fresh, true);
    next.className = "coming";
    if (!this.follower) showWhole(next);
    next.addEventListener("load", () => {
      if (next.parentElement !== sheet) return;
      const focused = document.activeElement === shown;
      setScroll(next, scrollOf(shown));
      this.follower?.loaded(next);
      next.className = "";
      shown.remove();
      if (focused) next.focus({ preventScroll: true });
    }, { once: true });
    sheet.append(next);
  }

  // Beside a text, the mail begins at the part that is edited.
  showMarks() {
    for (const frame of this.root.querySelectorAll("iframe")) {
      if (!this.follower) {
        showWhole(frame);
        continue;
      }
      const show = () => this.follower.showStart(frame);
      frame.addEventListener("load", show, { once: true });
      show();
    }
  }
}

for (const root of document.querySelectorAll("[data-issue-preview]")) new IssuePreview(root);
