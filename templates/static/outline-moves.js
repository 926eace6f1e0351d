// Moves articles and sections in an outline: by dragging them, or with Alt and an arrow key. Without this script the page "Outline"
// has a form for each move.
//
// <ol data-outline="URL that moves" data-file data-base><li data-place="part" data-kind="article" data-up="part" data-down="part">
// `data-up` and `data-down`: the part after which this one would be if it moved up or down. After a move, a button behind the list
// and Ctrl+Z in the list take it back: the answer has a form for this.
"use strict";

const PATIENCE = 15000;

class Outline {
  constructor(list) {
    this.list = list;
    this.busy = false;
    this.dragged = null;
    this.status = Object.assign(document.createElement("p"), { className: "outline-status quiet" });
    this.status.setAttribute("role", "status");
    this.undo = null; // the fields that move the last part back
    this.undoButton = Object.assign(document.createElement("button"), { type: "button", className: "outline-undo", hidden: true, textContent: list.dataset.back });
    this.undoButton.setAttribute("aria-keyshortcuts", "Control+Z");
    this.undoButton.addEventListener("click", () => this.moveBack());
    list.after(this.status, this.undoButton);
    makeDraggable(list);
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("dragstart", (event) => this.start(event));
    list.addEventListener("dragover", (event) => this.over(event));
    list.addEventListener("dragleave", (event) => { if (!list.contains(event.relatedTarget)) this.mark(null); });
    list.addEventListener("drop", (event) => this.drop(event));
    list.addEventListener("dragend", () => { this.dragged = null; this.mark(null); });
  }

  // Without the gaps opposite to what only another language has, and without what the frame lacks.
  get rows() { return [...this.list.children].filter((row) => !row.matches(".outline-gap, .is-lacking")); }

  key(event) {
    if (this.undo && event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      this.moveBack();
      return;
    }
    const row = event.target.closest("[data-place]");
    const to = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!row || !to || !event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (row.dataset[to]) this.move(row.dataset.place, row.dataset[to]);
    else this.status.textContent = this.list.dataset.notThere;
  }

  start(event) {
    this.dragged = event.target.closest?.("[data-place]") ?? null;
    if (!this.dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.dragged.textContent.trim());
  }

  // The part behind which the dragged one would be; null where it cannot be. A section never splits another section.
  target(event) {
    const over = event.target.closest?.("li");
    if (!this.dragged || !over) return null;
    const { rows } = this;
    const at = rows.indexOf(over);
    if (at < 0) return null;
    const box = over.getBoundingClientRect();
    const first = rows.findIndex((row) => row.dataset.kind === "section");
    let behind = event.clientY < box.top + box.height / 2 ? at - 1 : at;
    if (this.dragged.dataset.kind === "section") {
      if (behind < first) behind = first - 1;
      else while (behind + 1 < rows.length && rows[behind + 1].dataset.kind === "article") behind += 1;
    } else if (behind < first) return null;
    const moving = rows.indexOf(this.dragged);
    let end = moving + 1;
    if (this.dragged.dataset.kind === "section") while (end < rows.length && rows[end].dataset.kind === "article") end += 1;
    return behind >= moving - 1 && behind < end ? null : rows[behind] ?? null;
  }

  over(event) {
    if (!this.dragged) return;
    const row = this.target(event);
    this.mark(row);
    if (row) event.preventDefault();
  }

  mark(row) { for (const each of this.rows) each.classList.toggle("drop-after", each === row); }

  drop(event) {
    const row = this.target(event);
    if (!row) return;
    event.preventDefault();
    const { place } = this.dragged.dataset;
    this.mark(null);
    this.dragged = null;
    this.move(place, nameOf(row));
  }

  moveBack() {
    if (this.undo) this.move(this.undo.part, this.undo.after, { undo: "1" });
  }

  async move(part, after, more = {}) {
    if (this.busy) return;
    this.busy = true;
    const { dataset } = this.list;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, file: dataset.file, part, after, base: dataset.base, ...more });
    try {
      const answer = await fetch(dataset.outline, { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const problem = page.querySelector("main .message.error")?.textContent.trim();
      if (!answer.ok && !problem) throw new Error("no answer");
      await this.renew(part);
      const back = page.querySelector("[data-move-undo]");
      this.undo = back ? Object.fromEntries(new FormData(back)) : null;
      this.undoButton.hidden = !back;
      this.status.textContent = problem || (more.undo ? dataset.wasBack : dataset.moved);
    } catch {
      this.status.textContent = dataset.offline;
    }
    this.busy = false;
  }

  // The newest outlines of this page, with the focus on the same part. The rows of another language are opposite to other rows now.
  async renew(part) {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(`[data-outline][data-file="${CSS.escape(this.list.dataset.file)}"]`);
    if (!answer.ok || !fresh) throw new Error("no outline");
    this.list.dataset.base = fresh.dataset.base;
    for (const list of document.querySelectorAll("[data-outline]")) {
      const rows = page.querySelector(`[data-outline][data-file="${CSS.escape(list.dataset.file)}"]`)?.children;
      if (rows) list.replaceChildren(...[...rows].map((row) => document.importNode(row, true)));
      makeDraggable(list);
    }
    this.list.querySelector(`[data-place="${CSS.escape(part)}"] a`)?.focus();
  }
}

function makeDraggable(list) { for (const row of list.children) row.draggable = "place" in row.dataset; }

// Also of a part that cannot be moved, such as the opening: its address names it.
function nameOf(row) {
  return row.dataset.place ?? new URL([...row.querySelectorAll("a")].at(-1).href).searchParams.get("part");
}

document.querySelectorAll("[data-outline]").forEach((list) => new Outline(list));

// Next to a text there is room for the outline; on small screens it is folded.
const folded = document.querySelector(".part-outline");
if (folded) {
  const wide = window.matchMedia("(min-width: 68.75rem)");
  const fit = () => { folded.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
}
