// Crops a picture: cropPicture(path, {url, portrait}) -> {path, width, height, preview}, or null if it was cancelled.
//
// `url`: of the crop page of the issue. `portrait`: show it as large as a portrait next to a name. The server makes the cropped picture;
// the whole one stays. The same form is a page of its own, on which this script works, too.

import { openDialog, submit } from "./picture-dialog.js";

const KEY_STEP = 0.01; // of the picture's width or height, for each press of an arrow
const SIZE_STEP = 1.05;
const STILL = 4; // CSS pixels: a pointer that moves less was a click
const RATIOS = { "16:9": 16 / 9, "4:3": 4 / 3, "1:1": 1 };
const FIELDS = ["left", "top", "width", "height"];

const between = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const filled = (words, values) => Object.entries(values).reduce((all, [name, value]) => all.replace(`%(${name})s`, value), words);

// The largest rectangle of a ratio in a picture, with the focal point as near to its middle as possible. As the server computes it.
export function largest(width, height, ratio, focus) {
  const wide = Math.min(width, height * ratio);
  return centred({ width: Math.round(wide), height: Math.round(wide / ratio) }, focus, { width, height });
}

function centred(size, focus, whole) {
  return {
    left: between(Math.round(focus.x - size.width / 2), 0, whole.width - size.width),
    top: between(Math.round(focus.y - size.height / 2), 0, whole.height - size.height),
    ...size,
  };
}

class Crop {
  constructor(form, { portrait = false } = {}) {
    this.form = form;
    this.portrait = portrait;
    this.whole = { width: Number(form.dataset.width), height: Number(form.dataset.height) };
    this.least = Math.min(Number(form.dataset.least), this.whole.width, this.whole.height);
    this.find = (name) => form.querySelector(`[data-${name}]`);
    [this.stage, this.frame, this.point, this.window] = ["stage", "frame", "focus", "window"].map(this.find);
    form.querySelectorAll(".with-script, [data-frame], [data-focus]").forEach((each) => { each.hidden = false; });
    const ratio = this.whole.width / this.whole.height;
    Object.assign(this.stage.style, { aspectRatio: String(ratio), maxWidth: `min(100%, calc(min(60vh, 34rem) * ${ratio}))` });
    this.stage.classList.add("ready");
    this.read();
    this.listen();
    this.draw();
  }

  get ratio() {
    const shape = this.form.elements.shape.value;
    return shape === "original" ? this.whole.width / this.whole.height : RATIOS[shape] ?? null;
  }

  number(name) { return Math.round(Number(this.form.elements[name].value)) || 0; }

  read() {
    this.box = Object.fromEntries(FIELDS.map((name) => [name, this.number(name)]));
    this.focus = { x: between(this.number("focus_x"), 0, this.whole.width), y: between(this.number("focus_y"), 0, this.whole.height) };
    this.box = this.inside(this.box);
  }

  inside(box) {
    const width = between(box.width, this.least, this.whole.width);
    const height = between(box.height, this.least, this.whole.height);
    return {
      left: between(box.left, 0, this.whole.width - width), top: between(box.top, 0, this.whole.height - height), width, height,
    };
  }

  set(box) {
    this.box = this.inside({ ...this.box, ...box });
    this.write();
  }

  write() {
    FIELDS.forEach((name) => { this.form.elements[name].value = this.box[name]; });
    this.form.elements.focus_x.value = this.focus.x;
    this.form.elements.focus_y.value = this.focus.y;
    this.draw();
  }

  // ---------------------------------------------------------------------------------------------------------- drawing
  draw() {
    const { box, focus, whole, form } = this;
    const share = (part, all) => `${(100 * part) / all}%`;
    Object.assign(this.frame.style, {
      left: share(box.left, whole.width), top: share(box.top, whole.height),
      width: share(box.width, whole.width), height: share(box.height, whole.height),
    });
    Object.assign(this.point.style, { left: share(focus.x, whole.width), top: share(focus.y, whole.height) });
    const limit = this.portrait ? Number(form.dataset.portrait) : Number(form.dataset.widest);
    const shown = Math.max(1, Math.min(limit, box.width, Math.round((Number(form.dataset.tallest) * box.width) / box.height)));
    const high = Math.max(1, Math.round((shown * box.height) / box.width));
    Object.assign(this.window.style, { width: `${shown}px`, aspectRatio: `${box.width} / ${box.height}` });
    Object.assign(this.window.firstElementChild.style, {
      width: share(whole.width, box.width), height: share(whole.height, box.height),
      left: share(-box.left, box.width), top: share(-box.top, box.height),
    });
    this.find("said-here").textContent = filled(form.dataset.said, box);
    this.find("focus-said-here").textContent = filled(form.dataset.focusSaid, focus);
    this.find("in-mail-here").textContent = filled(form.dataset.inMail, { width: shown, height: high });
    const narrow = this.find("narrow-here");
    narrow.hidden = box.width >= limit;
    narrow.textContent = narrow.hidden ? "" : filled(form.dataset.narrow, { width: shown, widest: limit });
  }

  // ----------------------------------------------------------------------------------------------------------- moving
  listen() {
    this.form.addEventListener("change", (event) => { if (event.target.name === "shape") this.reshape(); });
    this.form.querySelector(".crop-fields").addEventListener("input", () => { this.read(); this.draw(); });
    this.form.querySelector(".crop-fields").addEventListener("change", () => this.write());
    this.find("whole").addEventListener("click", () => {
      this.form.querySelector("[name=shape][value=free]").checked = true;
      this.set({ left: 0, top: 0, ...this.whole });
    });
    this.frame.addEventListener("keydown", (event) => this.key(event, "frame"));
    this.point.addEventListener("keydown", (event) => this.key(event, "focus"));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
  }

  reshape() {
    if (this.ratio) this.set(largest(this.whole.width, this.whole.height, this.ratio, this.focus));
    else this.draw();
  }

  look(x, y) {
    this.focus = { x: Math.round(between(x, 0, this.whole.width)), y: Math.round(between(y, 0, this.whole.height)) };
    if (this.ratio) this.set(centred({ width: this.box.width, height: this.box.height }, this.focus, this.whole));
    else this.write();
  }

  // Another width around the middle of the frame; with a fixed shape the height follows.
  resize(width, height) {
    const { ratio, box, whole, least } = this;
    let size = { width: between(Math.round(width), least, whole.width), height: between(Math.round(height), least, whole.height) };
    if (ratio) size = this.shaped(size.width);
    this.set(centred(size, { x: box.left + box.width / 2, y: box.top + box.height / 2 }, whole));
  }

  shaped(width, widest = this.whole.width, highest = this.whole.height) {
    const narrowest = Math.max(this.least, this.least * this.ratio);
    const wide = between(width, narrowest, Math.min(widest, highest * this.ratio));
    return { width: Math.round(wide), height: Math.round(wide / this.ratio) };
  }

  key(event, what) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const step = { x: Math.max(1, Math.round(this.whole.width * KEY_STEP)), y: Math.max(1, Math.round(this.whole.height * KEY_STEP)) };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (dx || dy) {
      if (what === "focus") this.look(this.focus.x + dx * step.x, this.focus.y + dy * step.y);
      else if (event.shiftKey) this.resize(this.box.width + 2 * (dx || (this.ratio ? dy : 0)) * step.x, this.box.height + 2 * dy * step.y);
      else this.set({ left: this.box.left + dx * step.x, top: this.box.top + dy * step.y });
    } else if (["+", "="].includes(event.key)) {
      this.resize(Math.ceil(this.box.width * SIZE_STEP), Math.ceil(this.box.height * SIZE_STEP));
    } else if (["-", "−", "_"].includes(event.key)) {
      this.resize(Math.floor(this.box.width / SIZE_STEP), Math.floor(this.box.height / SIZE_STEP));
    } else {
      return;
    }
    event.preventDefault();
  }

  grab(event) {
    if (event.button) return;
    const bounds = this.stage.getBoundingClientRect();
    const scale = this.whole.width / bounds.width;
    const began = { ...this.box }, focus = { ...this.focus }, from = { x: event.clientX, y: event.clientY };
    const { corner } = event.target.dataset;
    const act = event.target === this.point ? "focus" : corner ? "corner" : event.target === this.frame ? "move" : "";
    let moved = false;
    const move = (next) => {
      const by = { x: (next.clientX - from.x) * scale, y: (next.clientY - from.y) * scale };
      moved ||= Math.hypot(next.clientX - from.x, next.clientY - from.y) >= STILL;
      if (!moved) return;
      if (act === "focus") this.look(focus.x + by.x, focus.y + by.y);
      if (act === "move") this.set({ left: Math.round(began.left + by.x), top: Math.round(began.top + by.y) });
      if (act === "corner") this.pull(began, corner, by);
    };
    const end = (last) => {
      this.stage.removeEventListener("pointermove", move);
      if (last.type === "pointerup" && !moved && act !== "focus") {
        this.look((last.clientX - bounds.left) * scale, (last.clientY - bounds.top) * scale);
      }
    };
    this.stage.setPointerCapture(event.pointerId);
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", end, { once: true });
    this.stage.addEventListener("pointercancel", end, { once: true });
  }

  // A corner of the frame follows the pointer; the corner across from it stays.
  pull(began, corner, by) {
    const west = corner.includes("w"), north = corner.includes("n");
    const right = began.left + began.width, bottom = began.top + began.height;
    const widest = west ? right : this.whole.width - began.left, highest = north ? bottom : this.whole.height - began.top;
    let width = between(Math.round(began.width + (west ? -by.x : by.x)), this.least, widest);
    let height = between(Math.round(began.height + (north ? -by.y : by.y)), this.least, highest);
    if (this.ratio) ({ width, height } = this.shaped(Math.max(width, height * this.ratio), widest, highest));
    this.set({ left: west ? right - width : began.left, top: north ? bottom - height : began.top, width, height });
  }
}

export async function cropPicture(path, { url, portrait = false }) {
  const address = `${url}?${new URLSearchParams({ path })}`;
  const { dialog, content } = await openDialog(address, "#picture-crop", { label: "crop-title", kind: "crop-dialog" });
  const closed = new Promise((resolve) => { dialog.addEventListener("close", () => resolve(null), { once: true }); });
  if (!content) return dialog.open ? closed : null;
  new Crop(content, { portrait });
  content.querySelector("[data-frame]").focus();
  content.querySelector("[data-cancel]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  const applied = new Promise((resolve) => {
    content.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation(); // console.js would keep the button disabled
      const button = event.submitter ?? content.querySelector("[type=submit]"), problem = content.querySelector("[data-problem]");
      if (button.disabled) return;
      button.disabled = true;
      problem.hidden = true;
      try {
        resolve(await submit(content));
        dialog.close();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
        button.disabled = false;
      }
    });
  });
  return Promise.race([applied, closed]);
}

document.querySelectorAll("main #picture-crop").forEach((form) => new Crop(form));
