// The preview of a design follows its colour fields. Without scripts, the button “Show” does the same.
//
// <form data-design>            its answer to step=show is the page with the typed colours: notes and frames come from there
//   [data-slot][data-default]   a colour: a palette (input type=color, hidden without scripts), a text field, and [data-notes]
//   [data-frames] iframe        the mails; a new one is loaded behind the old one, and scrolled to the same place

const TYPING = 250; // after the last change
const PATIENCE = 15000;
const COLOUR = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;

// The colour as #rrggbb, or null if it is not one.
function readColour(text) {
  const match = COLOUR.exec(text.trim());
  if (!match) return null;
  const digits = match[1].length === 6 ? match[1] : [...match[1]].map((digit) => digit + digit).join("");
  return `#${digits.toLowerCase()}`;
}

class DesignColours {
  constructor(form) {
    this.form = form;
    this.fields = [...form.querySelectorAll("[data-slot]")].map((root) => ({
      root, text: root.querySelector("input[name]"), palette: root.querySelector("[data-palette]"), slot: root.dataset.slot,
    }));
    this.timer = 0;
    this.asked = null; // aborts the request before
    for (const field of this.fields) {
      field.palette.hidden = false;
      field.palette.addEventListener("input", () => { this.put(field, field.palette.value); });
      field.text.addEventListener("input", () => this.follow(field));
    }
    const [show, reset] = ["[data-show]", "[data-reset]"].map((name) => form.querySelector(name));
    if (show) show.hidden = true;
    reset?.addEventListener("click", (event) => {
      event.preventDefault();
      for (const field of this.fields) this.put(field, field.root.dataset.default);
    });
    // The browser may have put back what was typed before the page was loaded again.
    if (this.fields.some((field) => field.text.value !== field.text.defaultValue)) this.fields.forEach((field) => this.follow(field));
  }

  put(field, colour) {
    field.text.value = colour;
    field.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  follow(field) {
    const colour = readColour(field.text.value);
    if (colour) {
      field.palette.value = colour;
      field.text.removeAttribute("aria-invalid");
      field.root.querySelector(".fault")?.remove();
    }
    clearTimeout(this.timer);
    if (this.fields.every(({ text }) => readColour(text.value))) this.timer = setTimeout(() => this.show(), TYPING);
  }

  async show() {
    this.asked?.abort();
    const asked = this.asked = new AbortController();
    const body = new FormData(this.form);
    body.set("step", "show");
    const offline = this.form.querySelector("[data-offline]");
    try {
      const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(PATIENCE)]);
      const answer = await fetch(this.form.action, { method: "POST", body, redirect: "error", cache: "no-store", signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked.signal.aborted) return;
      for (const field of this.fields) {
        const notes = page.getElementById(`notes-${field.slot}`);
        if (notes) field.root.querySelector("[data-notes]").replaceChildren(...[...notes.children].map((note) => document.adoptNode(note)));
      }
      const addresses = [...page.querySelectorAll("[data-frames] iframe")].map((frame) => frame.getAttribute("src"));
      this.form.querySelectorAll("[data-frames] .sheet").forEach((sheet, at) => { if (addresses[at]) this.load(sheet, addresses[at]); });
      offline.hidden = true;
    } catch {
      if (!asked.signal.aborted) offline.hidden = false;
    }
  }

  // Loads the mail behind the one that is shown, so that nothing flickers.
  load(sheet, address) {
    for (const late of sheet.querySelectorAll(".coming")) late.remove();
    const shown = sheet.querySelector("iframe");
    if (shown.getAttribute("src") === address) return;
    const coming = shown.cloneNode();
    coming.className = "coming";
    coming.src = address;
    coming.addEventListener("load", () => {
      const top = shown.contentDocument?.scrollingElement?.scrollTop ?? 0;
      coming.className = "";
      coming.contentDocument?.scrollingElement?.scrollTo(0, top);
      shown.remove();
    }, { once: true });
    sheet.append(coming);
  }
}

const form = document.querySelector("form[data-design]");
if (form) new DesignColours(form);
