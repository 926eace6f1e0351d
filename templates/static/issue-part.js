// Saves the text of a part while somebody types: after a pause and when they leave the field, through the address of the form.
//
// Nothing is lost: text that the server has not confirmed is also in the browser's storage (part-drafts.js), and comes back after a
// reload, a new sign-in, or in the next tab. Nobody is disturbed: the text area is never changed while somebody types, so undo and
// input methods work.

import { PartDrafts } from "./part-drafts.js";
import { fixedValuesOf, putValues, sentValuesOf, valuesOf } from "./form-values.js";

const PAUSE = 1500;
const PATIENCE = 20000; // for one answer
const LONGEST_WAIT = 60000; // between two attempts without a connection

// The state of the issue beside its title, and what a further change means: saving may have changed it.
function showStage({ code, text, note }) {
  const chip = document.querySelector("[data-stage] .chip");
  const line = document.querySelector("[data-before-editing]");
  if (chip.textContent !== text) {
    chip.className = `chip issue-${code}`;
    chip.textContent = text;
    chip.title = note;
  }
  line.textContent = note;
  line.hidden = !note;
}

class Writer {
  constructor(form) {
    this.form = form;
    // A document of the rich text editor is nothing for a text area, and the other way round: each has a draft of its own.
    const { document: isDocument, file, part } = form.elements;
    this.drafts = new PartDrafts(file.value, part.value, isDocument ? "document" : "");
    this.otherView = isDocument ? `${form.dataset.where}&view=source` : form.dataset.where;
    // What the server sent: somebody may have typed before this script was loaded.
    this.saved = JSON.stringify(sentValuesOf(form));
    this.composing = this.sending = this.stopped = this.leaving = this.gone = false;
    this.pending = null; // a request that may or may not have reached the server: it is repeated before anything else is sent
    this.failures = this.renewals = 0;
    this.note = "";
    this.done = ""; // what the page said when it saved the last time
    this.timer = 0;
    form.addEventListener("compositionstart", () => { this.composing = true; });
    form.addEventListener("compositionend", () => { this.composing = false; this.changed(); });
    for (const kind of ["input", "change"]) form.addEventListener(kind, (event) => { if (!event.isComposing) this.changed(); });
    form.addEventListener("focusout", () => this.now());
    form.addEventListener("submit", (event) => this.submit(event));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); this.now(); }
    });
    window.addEventListener("online", () => this.now());
    // Before console.js removes all drafts of this account: leaving the page must not write this one again.
    document.addEventListener("submit", (event) => {
      this.gone ||= Boolean(event.target.getAttribute("action")?.endsWith("/console/logout/"));
    });
    document.addEventListener("visibilitychange", () => this.now());
    // On the window: after other scripts, which may lead somewhere in this page instead.
    window.addEventListener("click", (event) => this.follow(event));
    window.addEventListener("beforeunload", (event) => { if (this.unsaved && !this.leaving) event.preventDefault(); });
    // A page out of the browser's history has the number of an old edit.
    window.addEventListener("pageshow", (event) => { if (event.persisted && !this.unsaved) location.reload(); });
    form.whenSaved = () => this.settle();
    if (this.unsaved) {
      this.drafts.begin();
      this.changed();
    } else this.restore();
  }

  get unsaved() { return this.values() !== this.saved; }

  values() { return JSON.stringify(valuesOf(this.form)); }

  say(text, kind = "") {
    const line = document.querySelector("[data-status]");
    if (line.textContent !== text) line.textContent = text;
    line.dataset.kind = kind;
    // Saving happens by itself: its button is the next step only when that did not work.
    document.querySelector("[data-save]").classList.toggle("main", kind === "bad");
    document.querySelector("[data-ask]")?.classList.toggle("main", kind !== "bad");
  }

  // The line with the state and the buttons is above the form, where it stays in sight.
  show(name, visible) { document.querySelector(`[data-${name}]`).hidden = !visible; }

  // ---------------------------------------------------------------------------------------------------- unsaved text
  keep() {
    if (this.gone) return;
    try {
      if (this.unsaved) this.drafts.keep({ base: this.form.elements.base.value, values: this.values(), pending: this.pending });
      else this.drafts.remove();
    } catch {
      // The storage is full or switched off. The text is still in the page.
    }
  }

  // That of the page before in this tab comes back at once; that of a tab that is gone a moment later, unless somebody types here.
  restore() {
    try {
      const found = this.drafts.ofThisTab;
      if (found && this.isElsewhere(found)) return void location.replace(this.otherView); // it is shown where it was typed
      this.drafts.begin();
      if (found) this.bring(found);
      else if (this.drafts.others.length) this.bringAbandoned();
    } catch {
      // The storage is switched off.
    }
    return undefined;
  }

  async bringAbandoned() {
    const found = await this.drafts.abandoned();
    if (!found || this.unsaved || this.composing) return;
    if (this.isElsewhere(found)) location.replace(this.otherView);
    else this.bring(found);
  }

  // Whether a draft was typed in the other view of this part, and this page can show that one.
  isElsewhere({ view }) {
    const isHere = new URL(this.otherView, location.href).searchParams.get("view") === new URLSearchParams(location.search).get("view");
    return view !== this.drafts.view && !isHere;
  }

  bring(draft) {
    const values = JSON.parse(draft.values);
    if (draft.view !== this.drafts.view) return;
    if (draft.values !== this.values()) {
      if (!putValues(this.form, values)) return; // it was typed in another view of this part, and comes back there
      this.form.dispatchEvent(new CustomEvent("mailroom:restored"));
      this.form.elements.base.value = draft.base;
      this.pending = draft.pending;
      this.keep();
      this.say(this.form.dataset.restored);
      this.plan(0);
    }
    this.drafts.remove(draft.key);
  }

  // ---------------------------------------------------------------------------------------------------------- saving
  changed() {
    this.keep();
    if (!this.sending && !this.failures && !this.stopped) {
      if (this.unsaved) this.say(this.form.dataset.unsaved);
      else this.say(this.done, this.done ? "good" : ""); // undone by hand: what was saved before is there again
    }
    if (!this.failures) this.plan(PAUSE);
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  // A link of this page is followed once the text is saved. If it cannot be saved, the browser asks.
  async follow(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.origin !== location.origin || !this.unsaved || this.failures || this.stopped) return;
    event.preventDefault();
    await this.settle();
    location.assign(link.href);
  }

  // Saves now, and resolves to whether everything is saved. If not, the line with the state says why.
  async settle() {
    for (let tries = 0; tries < 60 && this.unsaved && !this.failures && !this.stopped; tries += 1) {
      await this.save();
      if (this.unsaved) await new Promise((done) => { setTimeout(done, 50); });
    }
    return !this.unsaved;
  }

  now() { if (this.unsaved && !this.composing) this.plan(0); }

  async save() {
    clearTimeout(this.timer);
    if (this.composing || this.sending || this.stopped || !this.unsaved) return;
    if (!this.pending && this.lacks()) return;
    this.sending = true;
    this.say(this.form.dataset.saving);
    // The server takes the same text twice, but a later text with the same base would be a conflict with the writer's own edit.
    this.pending ||= { values: this.values(), base: this.form.elements.base.value };
    try {
      await this.take(await this.post());
    } catch {
      this.retry(this.form.dataset.offline);
    } finally {
      this.sending = false;
      this.keep();
      if (this.waiting && !this.pending) this.waiting();
    }
  }

  lacks() {
    const { title, text } = this.form.elements;
    const problem = title && !title.value.trim() ? "noTitle" : !title && text && !text.value.trim() ? "empty" : "";
    if (problem) this.say(this.form.dataset[problem], "bad");
    return problem;
  }

  post() {
    const body = new URLSearchParams(fixedValuesOf(this.form));
    body.set("base", this.pending.base);
    JSON.parse(this.pending.values).forEach(([name, value]) => body.append(name, value));
    return fetch(this.form.action, {
      method: "POST", body, cache: "no-store", redirect: "error", headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  async take(answer) {
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const found = isJson ? await answer.json() : {};
    if (answer.ok && isJson) {
      this.form.elements.base.value = found.base;
      this.saved = this.pending.values;
      this.pending = null;
      document.dispatchEvent(new CustomEvent("issue-part:saved", { detail: { values: this.saved } }));
      this.failures = this.renewals = 0;
      this.done = found.status;
      if (found.stage) showStage(found.stage);
      this.show("sign-in", false);
      this.showNote(found.note);
      this.say(this.unsaved ? this.form.dataset.unsaved : found.status, this.unsaved ? "" : "good");
      if (this.unsaved) this.plan(PAUSE);
    } else if (answer.status === 403 && !isJson) {
      this.pending = null;
      await this.renew();
    } else if (isJson && answer.status < 500) {
      this.pending = null;
      this.stopped = answer.status === 409;
      this.show("after", this.stopped);
      this.say(found.status, "bad");
    } else {
      this.retry(this.form.dataset.offline);
    }
  }

  // What the editor says there, about a paste, stays until there is something else to say.
  showNote(text) {
    const line = document.querySelector("[data-note]");
    if (text || line.textContent === this.note) line.textContent = text;
    this.note = text;
  }

  retry(text) {
    this.failures += 1;
    this.say(text, "bad");
    this.plan(Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(this.failures, 6)));
  }

  // The session ended, or somebody signed in again: then the forms of this page need the new session's token.
  async renew() {
    const answer = await fetch(this.form.dataset.where, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status >= 500) return this.retry(this.form.dataset.offline);
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const form = page && page.querySelector("form[data-autosave]");
    if (answer.redirected || (page && !form && page.querySelector("#id_password"))) {
      this.show("sign-in", true);
      this.retry(this.form.dataset.signedOut);
    } else if (form && form.dataset.who !== this.form.dataset.who) {
      this.show("sign-in", true);
      this.retry(this.form.dataset.somebodyElse);
    } else if (form && this.renewals < 3) {
      this.renewals += 1;
      const token = form.elements.csrfmiddlewaretoken.value;
      document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
      this.plan(0);
    } else {
      this.renewals = 0; // a later attempt may meet another session, with a token of its own
      this.retry(this.form.dataset.notAllowed);
    }
    return undefined;
  }

  // The button: the form is sent as it is without a script, but never beside a request of ours with the same base.
  submit(event) {
    if (this.sending || this.pending) {
      event.preventDefault();
      event.stopPropagation(); // console.js would take the form as sent, and disable the button
      this.waiting = () => { this.waiting = null; this.form.requestSubmit(); };
      this.plan(0);
      return;
    }
    clearTimeout(this.timer);
    this.keep();
    this.leaving = true;
  }
}

const writing = document.querySelector("form[data-autosave]");
const writer = writing ? new Writer(writing) : null;

// On the page with two texts: what was chosen takes the place of the text that could not be saved.
document.querySelectorAll("[data-forget]").forEach((choice) => {
  const forget = () => {
    const { file, part } = document.querySelector("form.writing, form[data-forget]").elements;
    new PartDrafts(file.value, part.value).forget();
  };
  choice.addEventListener(choice.tagName === "FORM" ? "submit" : "click", forget);
});

// Told by issue-presence.js that somebody else saved another text.
document.addEventListener("mailroom:changed", (event) => {
  if (writer && !writer.unsaved && !writer.sending) writer.say(event.detail, "bad");
});
