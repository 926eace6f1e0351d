// Functions that every part of the page uses: texts, numbers in the page's language, and creating elements.
export const {words, samples, language: spoken} = JSON.parse(document.getElementById("data").textContent);
export const at = (id) => document.getElementById(id);
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
export const count = (number) => new Intl.NumberFormat(spoken).format(number);
export const kilobytes = (bytes) => say("kilobytes", {count: new Intl.NumberFormat(spoken, {maximumFractionDigits: 1}).format(bytes / 1024)});

export const languageName = (tag) => {
  try { return new Intl.DisplayNames([spoken], {type: "language"}).of(tag); } catch { return tag; }
};

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function gauge(share, kind) {
  const bar = make("i");
  bar.style.setProperty("--share", `${Math.min(100, 100 * share).toFixed(1)}%`);
  return make("span", {class: `gauge ${kind}`, "aria-hidden": "true"}, bar);
}
