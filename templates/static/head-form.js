// The form of the head: counts characters, inserts merge fields, and moves, adds and removes rows without loading the page.
// Without this script every button saves the form.

const FIELD = /\{\{\s*\w+\s*(?:or\s+(?:"([^"]*)"|'([^']*)'|“([^”]*)”)\s*)?\}\}/g;
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

// The width of a text in columns, as the checks before sending count it.
function columns(text) {
  const usual = text.trim().replace(FIELD, (whole, ...words) => words.slice(0, 3).find((word) => word !== undefined) ?? "");
  return [...usual].reduce((sum, character) => sum + (NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1), 0);
}

function showCount(line) {
  const wide = columns(document.getElementById(line.dataset.counter).value);
  const verdict = line.querySelector("[data-verdict]");
  line.querySelector("[data-now]").textContent = String(wide);
  const word = wide < Number(line.dataset.least) ? line.dataset.short : wide > Number(line.dataset.most) ? line.dataset.long : "";
  line.classList.toggle("off", Boolean(word));
  if (verdict.textContent !== word) verdict.textContent = word;
}

// “Still in English” is true until somebody writes something else.
function showCopied(mark) {
  const field = mark.closest(".field, .cell").querySelector("input, textarea");
  mark.hidden = field.value.trim() !== field.defaultValue.trim();
}

function changed(element) { element.dispatchEvent(new Event("input", { bubbles: true })); }

function insert(button) {
  const field = document.getElementById(button.dataset.insertInto);
  field.focus();
  // As if it was typed: it can be undone.
  if (!document.execCommand("insertText", false, button.dataset.field)) {
    field.setRangeText(button.dataset.field, field.selectionStart, field.selectionEnd, "end");
    changed(field);
  }
}

class Rows {
  constructor(list) {
    this.list = list;
    this.add = list.parentElement.querySelector("[data-add]");
    this.most = Number(list.dataset.most) || Infinity;
    this.dragged = null;
    list.addEventListener("click", (event) => this.press(event));
    list.addEventListener("input", () => this.mark());
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointerdown", (event) => {
      const row = event.target.closest("[data-drag]")?.closest("[data-row]");
      if (row) row.draggable = true;
    });
    list.addEventListener("pointerup", () => this.rows.forEach((row) => row.removeAttribute("draggable")));
    list.addEventListener("dragstart", (event) => {
      this.dragged = event.target.closest("[data-row]");
      event.dataTransfer.effectAllowed = "move";
      this.dragged.classList.add("dragged");
    });
    list.addEventListener("dragover", (event) => this.over(event));
    list.addEventListener("drop", (event) => event.preventDefault());
    list.addEventListener("dragend", () => this.drop());
    if (this.add) this.add.addEventListener("click", (event) => { event.preventDefault(); this.another(true); });
    this.limit();
    list.closest("form").addEventListener("mailroom:restoring", (event) => this.restore(event.detail));
  }

  get rows() { return [...this.list.querySelectorAll("[data-row]")]; }

  press(event) {
    const button = event.target.closest("[data-move], [data-remove], [data-choose]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    if ("choose" in button.dataset) this.choose(row);
    else if ("remove" in button.dataset) this.remove(row);
    else this.move(row, button.dataset.move, button);
  }

  // An article that is not in the list of highlights comes to its end.
  choose(row) {
    const box = row.querySelector("[name=chosen][type=checkbox]");
    const last = this.rows.findLast((each) => each.querySelector("[name=chosen]:checked"));
    box.checked = true;
    if (last && last !== row) last.after(row);
    box.focus();
    changed(box);
  }

  // What is said of articles that are not in the list holds only until they are chosen.
  mark() {
    this.rows.forEach((row) => {
      const note = row.querySelector("[data-lacks]");
      if (note) note.hidden = row.querySelector("[name=chosen][type=checkbox]").checked;
    });
    const lacking = document.querySelector("[data-lacking]");
    if (lacking) lacking.hidden = !this.list.querySelector("[data-lacks]:not([hidden])");
  }

  key(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = event.target.closest("[data-row]");
    if (!row) return;
    event.preventDefault();
    this.move(row, event.key === "ArrowUp" ? "up" : "down", event.target);
  }

  move(row, way, focused) {
    const beside = way === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!beside) return;
    if (way === "up") beside.before(row);
    else beside.after(row);
    focused.focus();
    changed(row);
  }

  remove(row) {
    const beside = row.nextElementSibling ?? row.previousElementSibling;
    if (!beside) this.empty(row);
    else row.remove();
    this.limit();
    (beside ?? row).querySelector("input:not([type=hidden])").focus();
    changed(this.list);
  }

  empty(row) { row.querySelectorAll("input:not([type=hidden])").forEach((field) => { field.value = ""; }); }

  limit() { if (this.add) this.add.disabled = this.rows.length >= this.most; }

  // A further empty row; the last one, if it is still empty, or if there may be no more.
  another(focus) {
    let row = this.rows.at(-1);
    if (this.rows.length < this.most && [...row.querySelectorAll("input")].some((field) => field.value)) {
      row = row.cloneNode(true);
      this.empty(row);
      this.list.append(row);
      this.limit();
      changed(this.list);
    }
    if (focus) row.querySelector("input:not([type=hidden])").focus();
  }

  over(event) {
    if (!this.dragged) return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    if (!row || row === this.dragged) return;
    const box = row.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) row.before(this.dragged);
    else row.after(this.dragged);
  }

  drop() {
    if (!this.dragged) return;
    this.dragged.classList.remove("dragged");
    this.dragged.removeAttribute("draggable");
    this.dragged = null;
    changed(this.list);
  }

  // Values that were not saved before come back: their rows have to be there, in their order.
  restore(values) {
    const order = values.filter(([name]) => name === "order").map(([, value]) => value);
    for (const id of order) {
      const row = this.rows.find((each) => each.querySelector("[name=order]")?.value === id);
      if (row) this.list.append(row);
    }
    const wanted = values.filter(([name]) => name === "role" || name === "account").length;
    if (!wanted || !this.add) return;
    while (this.rows.length < wanted) this.list.append(this.rows.at(-1).cloneNode(true));
    while (this.rows.length > wanted) this.rows.at(-1).remove();
    this.limit();
  }
}

const fields = document.querySelector("[data-head-form]:not([disabled])");
if (fields) {
  const form = fields.closest("form");
  fields.querySelectorAll("[data-drag], [data-insert], [data-with-script]").forEach((each) => { each.hidden = false; });
  fields.querySelectorAll("[data-rows]").forEach((list) => new Rows(list));
  const counts = [...fields.querySelectorAll("[data-counter]")];
  const count = () => {
    counts.forEach(showCount);
    fields.querySelectorAll("[data-copied]").forEach(showCopied);
  };
  form.addEventListener("input", count);
  form.addEventListener("mailroom:restored", count);
  count();
  fields.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-into]");
    if (button) insert(button);
  });
}
