// Keeps the block that is being edited in sight in the mail next to its text, and tints it. Only the inside of the
// mail's frame is scrolled, and only when another block is edited: somebody who reads on in the mail is not disturbed.
//
// The mail has data-mailroom-block="3" on its blocks and id="mailroom-here" where the part begins. The rich text editor dispatches
// on document: new CustomEvent("issue-part:block", {detail: 3}). The line of the cursor in a text area says the same.

const ABOVE = 80; // pixels of the mail above a block that was scrolled to
const LEAST = 120; // pixels of a block that are enough to see

export class BlockFollower {
  constructor(root) {
    this.root = root;
    this.block = null;
    this.waiting = false; // the mail does not contain the block yet
    document.addEventListener("issue-part:block", ({ detail }) => this.go(detail));
    document.addEventListener("selectionchange", () => this.readLine());
  }

  get frames() { return this.root.querySelectorAll(".sheet iframe:not(.coming)"); }

  readLine() {
    const area = document.activeElement;
    const lines = (this.root.querySelector("[data-lines]")?.dataset.lines ?? "").split(" ").filter(Boolean).map(Number);
    if (!area?.matches?.("form.writing textarea[name=text]") || !lines.length) return;
    const first = Number(area.form.dataset.firstLine ?? 1);
    const line = first + area.value.slice(0, area.selectionStart).split("\n").length - 1;
    this.go(Math.max(0, lines.findLastIndex((begins) => begins <= line)));
  }

  go(block) {
    if (block === this.block) return;
    this.block = block;
    this.waiting = true;
    for (const frame of this.frames) this.show(frame, true);
  }

  // A mail was laid out in this frame; it is where the one before was scrolled to.
  loaded(frame) { if (this.block !== null) this.show(frame, false); }

  // The begin of the part, until a block of it is edited.
  showStart(frame) {
    if (this.block !== null) this.loaded(frame);
    else showHere(frame);
  }

  show(frame, anyway) {
    const mail = inside(frame);
    if (!mail?.documentElement) return;
    const at = (number) => mail.querySelector(`[data-mailroom-block="${number}"]`);
    let found = null;
    for (let number = this.block; number >= 0 && !found; number -= 1) found = at(number);
    found ??= mail.getElementById("mailroom-here");
    mail.querySelector("[data-mailroom-now]")?.removeAttribute("data-mailroom-now");
    if (!found) return;
    mail.documentElement.setAttribute("data-mailroom-follows", "");
    found.setAttribute("data-mailroom-now", "");
    const here = at(this.block) !== null;
    if ((anyway || (this.waiting && here)) && !isInSight(frame, found)) scrollTo(frame, found);
    if (here) this.waiting = false;
  }
}

// The mail can run nothing; only its scroll position is read and set, and its blocks are marked.
export function inside(frame) {
  try { return frame.contentDocument; } catch { return null; }
}

export function scrollOf(frame) { return frame ? Number(inside(frame)?.documentElement?.scrollTop) || 0 : 0; }

export function setScroll(frame, top) {
  const page = inside(frame)?.documentElement;
  if (page) page.scrollTop = top;
}

// Scrolls a mail to the mark that the server put into it. A fragment in the frame's address would scroll the page around it, too.
export function showHere(frame) {
  const here = inside(frame)?.getElementById("mailroom-here");
  if (here) scrollTo(frame, here);
}

function scrollTo(frame, element) { setScroll(frame, element.getBoundingClientRect().top + scrollOf(frame) - ABOVE); }

function isInSight(frame, element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && Math.min(bottom, top + LEAST) <= inside(frame).documentElement.clientHeight;
}
