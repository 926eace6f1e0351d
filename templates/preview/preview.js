// The page of `mailroom issue preview`: loads sheet.json, shows it, and loads it again when the server reports a change.
// All choices are in the address, so that the page can be reloaded, bookmarked and shared.
import {at, languageName, make, samples, say, spoken, words} from "./dom.js";
import {tellArticles, tellHeaders, tellLinks, tellSizes} from "./panels.js";

const DESKTOP = 680, PHONE = 375;

let chosen = new URLSearchParams(location.search);
let sheet = null;
let place = null; // what is marked in the mail: {finding: 3}, {article: "id"} or {changed: 1}
let opened = null; // the finding whose lines are shown, as nameOf() names it
let asking = 0;

const view = () => chosen.get("view") || "designed";
const width = () => chosen.get("width") || "both";

function choose(changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (value) chosen.set(name, value);
    else chosen.delete(name);
  }
  const query = chosen.toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  for (const link of document.querySelectorAll("[data-language]")) {
    const other = new URLSearchParams(chosen);
    other.set("lang", link.dataset.language);
    link.href = `?${other}`;
  }
}

function reader() {
  const kept = new URLSearchParams();
  for (const [name, value] of chosen) if (["name", "language", "variant"].includes(name) || name.startsWith("f.")) kept.set(name, value);
  return kept;
}

async function ask() {
  const mine = ++asking;
  const query = reader();
  query.set("lang", spoken);
  let found;
  try {
    const answer = await fetch(`/sheet.json?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    found = await answer.json();
  } catch {
    return tellLife(false);
  }
  if (mine !== asking) return;
  const before = sheet;
  sheet = found;
  if (before && before.mail && sheet.mail && before.revision !== sheet.revision && !sheet.stale
      && before.mail.digest !== sheet.mail.digest) {
    place = sheet.mail.changed ? {changed: sheet.revision} : place && place.article ? place : null;
  }
  draw();
}

// -- the top

function draw() {
  tellTop();
  tellFindings();
  if (sheet.mail) {
    tellInbox();
    tellReader();
    tellArticles(sheet.mail, (article) => go({article: article.id}, article.title));
    tellHeaders(sheet.mail);
    tellLinks(sheet.mail);
    tellSizes(sheet.mail);
    show();
  }
  document.body.classList.toggle("empty", !sheet.mail);
  document.body.classList.toggle("stale", sheet.stale);
}

function levels(findings) {
  const number = (level) => findings.filter((each) => each.level === level).length;
  return [number("error"), number("warning")];
}

function tellTop() {
  const mail = sheet.mail;
  at("title").textContent = mail ? `${mail.title} ${mail.number}` : words.preview;
  at("folder").textContent = sheet.folder;
  document.title = mail ? `${mail.inbox.subject} · ${words.preview}` : words.preview;
  const shown = sheet.stale || !mail ? sheet.faults : mail.findings;
  const [errors, warnings] = levels(shown);
  const chips = [];
  if (errors) chips.push(make("span", {class: "chip error"}, errors === 1 ? say("one-error") : say("errors", {count: errors})));
  if (warnings) chips.push(make("span", {class: "chip warning"}, warnings === 1 ? say("one-warning") : say("warnings", {count: warnings})));
  if (!chips.length && !sheet.trouble) chips.push(make("span", {class: "chip good"}, say("in-order")));
  at("verdict").replaceChildren(...chips);
  const banner = at("banner");
  const told = sheet.stale ? say(mail ? "stale" : "none-yet", {time: sheet.made_at}) + (sheet.trouble ? ` ${sheet.trouble}` : "") : "";
  if (banner.textContent !== told) banner.textContent = told;
  banner.hidden = !told;
}

function tellLife(alive) {
  at("live").classList.toggle("ended", !alive);
  at("live-words").textContent = say(alive ? "live" : "ended");
}

function tellInbox() {
  const {from, subject, preheader} = sheet.mail.inbox;
  at("face").textContent = Array.from(from)[0] || "";
  at("from").textContent = from;
  at("subject").textContent = subject;
  at("preheader").textContent = preheader;
  at("inbox").lang = sheet.mail.language;
}

// -- the reader and the variants

// People count variants from 1; the page's data and addresses count from 0.
const nth = (number) => String(number + 1);

function variantName(variant) {
  const parts = [nth(variant.number), languageName(variant.language)];
  if (variant.holds.length) parts.push(variant.holds.join(" / "));
  return parts.join(" · ");
}

function tellReader() {
  const {variants, own, shown, languages, asked} = sheet.mail;
  at("pick").hidden = variants.length < 2;
  const options = [new Option(say("by-reader", {number: nth(own)}), "")];
  for (const variant of variants) options.push(new Option(variantName(variant), variant.number));
  at("variant").replaceChildren(...options);
  at("variant").value = chosen.get("variant") || "";
  at("languages").replaceChildren(...languages.map((tag) => new Option(languageName(tag), tag)));
  at("reader-name").textContent = chosen.get("name") || say("sample-empty");
  at("reader-button").setAttribute("aria-label", `${words.reader}: ${chosen.get("name") || say("sample-empty")}`);
  for (const [name, values] of Object.entries(asked)) {
    if (["name", "email", "language"].includes(name)) continue;
    if (!at(`f.${name}`)) at("fields").append(fieldFor(name));
    at(`list.${name}`).replaceChildren(...values.map((value) => new Option(value, value)));
  }
  for (const input of at("fields").querySelectorAll("input")) {
    if (input !== document.activeElement) input.value = chosen.get(input.name) || "";
  }
  const name = variantName(variants[shown]);
  at("stage-title").textContent = variants.length < 2
    ? `${languageName(variants[0].language)} · ${say("everybody")}`
    : `${name} (${say("of-variants", {number: nth(shown), count: variants.length})})`;
  at("stage-title").dataset.stale = say("last-good");
}

function fieldFor(name) {
  const id = `f.${name}`;
  return make("p", {}, make("label", {for: id, title: say("several")}, name),
    make("input", {id, name: id, autocomplete: "off", list: `list.${name}`, maxlength: 200, size: 12, title: say("several")}),
    make("datalist", {id: `list.${name}`}));
}

// -- the mail

function mailAddress() {
  const query = reader();
  query.delete("variant");
  query.set("made", sheet.mail.digest.slice(0, 12));
  let mark = "";
  if (place) {
    for (const [name, value] of Object.entries(place)) query.set(name, value);
    mark = "changed" in place ? "#mailroom-changed" : "#mailroom-here";
  }
  return `/mail/${sheet.mail.shown}/${view()}?${query}${mark}`;
}

function show() {
  const plain = view() === "text";
  at("plain").hidden = !plain;
  at("hint").textContent = say(`${view()}-hint`);
  at("devices").classList.toggle("dark-sheet", view() === "dark");
  const outlook = view() === "outlook"; // Outlook on Windows does not run on phones
  for (const input of document.querySelectorAll('input[name="width"]')) input.disabled = plain || outlook;
  if (plain) {
    at("plain").textContent = sheet.mail.text;
    at("plain").lang = sheet.mail.language;
    at("plain").dir = sheet.mail.direction;
  }
  for (const device of document.querySelectorAll(".device")) {
    device.hidden = plain || !["both", device.dataset.width].includes(outlook ? "desktop" : width());
    if (!device.hidden) load(device, mailAddress());
  }
}

// The new mail is laid out behind the old one, so that the page does not flicker.
function load(device, address) {
  const paper = device.querySelector(".sheet");
  const newest = paper.lastElementChild;
  const title = say("frame", {view: say(view()), width: say(device.dataset.width)});
  if (newest && newest.dataset.address === address) {
    newest.title = title;
    return;
  }
  const frame = make("iframe", {sandbox: "", title, class: newest ? "coming" : "", "data-address": address, src: address});
  frame.addEventListener("load", () => {
    frame.className = "";
    while (frame.previousElementSibling) frame.previousElementSibling.remove();
  });
  paper.append(frame);
  fit(paper);
}

function fit(paper) {
  const desktop = paper.parentElement.dataset.width === "desktop";
  const wide = desktop ? Math.max(DESKTOP, paper.clientWidth) : PHONE; // preview.css limits the width of the desktop view
  const scale = Math.min(1, paper.clientWidth / wide);
  if (!scale) return;
  paper.style.setProperty("--wide", `${scale === 1 && !desktop ? paper.clientWidth : wide}px`);
  paper.style.setProperty("--scale", scale);
  paper.style.setProperty("--high", `${paper.clientHeight / scale}px`);
  const parts = [say(paper.parentElement.dataset.width), say("pixels", {count: wide})];
  if (scale < 1) parts.push(say("scaled", {percent: Math.round(scale * 100)}));
  paper.previousElementSibling.textContent = parts.join(" · ");
}

function go(where, words_) {
  place = where;
  if (view() === "text") setView("designed");
  show();
  at("said").textContent = say("place-shown", {what: words_});
}

function setView(name) {
  choose({view: name === "designed" ? "" : name});
  document.querySelector(`input[name="view"][value="${name}"]`).checked = true;
}

// -- the panels

const nameOf = (finding) => `${finding.code} ${finding.path} ${finding.message}`;

function tellFindings() {
  const shown = sheet.stale || !sheet.mail ? sheet.faults : sheet.mail.findings;
  at("count-findings").textContent = shown.length || "";
  if (!shown.length) {
    at("panel-findings").replaceChildren(make("p", {class: "all-good"}, sheet.trouble || say("no-findings")));
    return;
  }
  at("panel-findings").replaceChildren(make("ol", {}, ...shown.map(oneFinding)));
}

function oneFinding(finding, number) {
  const open = opened === nameOf(finding);
  const button = make("button", {
    type: "button", "aria-expanded": String(open), "aria-controls": `more-${number}`, click: () => openFinding(finding, number),
  },
  make("span", {class: "head"}, make("span", {class: "level"}, say(finding.level)), make("code", {}, finding.code),
    make("span", {class: "place"}, finding.place)),
  make("span", {}, finding.message));
  const several = sheet.mail && sheet.mail.variants.length > 1 && finding.variants && finding.variants.length < sheet.mail.variants.length;
  const more = make("div", {class: "more", id: `more-${number}`, hidden: !open},
    finding.hint ? make("p", {}, finding.hint) : null,
    several ? make("p", {class: "quiet"}, say("in-variants", {numbers: finding.variants.map(nth).join(", ")})) : null,
    finding.lines.length ? make("ol", {class: "source", tabindex: 0, "aria-label": finding.place}, ...finding.lines.map((line) =>
      make("li", {class: line.named ? "named" : ""}, make("span", {class: "at"}, String(line.number)), make("span", {dir: "auto"}, line.text || " ")))) : null,
    make("div", {class: "foot"},
      finding.found || (sheet.mail && !sheet.stale && !finding.variants.includes(sheet.mail.shown))
        ? make("button", {type: "button", class: "small", click: () => showFinding(finding, number)}, say("show-place"))
        : sheet.stale ? null : make("span", {class: "quiet"}, say("place-none")),
      finding.path ? make("button", {type: "button", class: "small", click: (event) => copy(finding.path, event.currentTarget)},
        say("copy-place", {place: finding.place})) : null));
  return make("li", {class: `finding ${finding.level}`}, make("h3", {}, button), more);
}

function openFinding(finding, number) {
  opened = opened === nameOf(finding) ? null : nameOf(finding);
  tellFindings();
  document.querySelector(`[aria-controls="more-${number}"]`).focus({preventScroll: true});
  if (opened) showFinding(finding, number);
}

async function showFinding(finding, number) {
  if (!sheet.mail || sheet.stale) return;
  if (!finding.variants.includes(sheet.mail.shown)) {
    choose({variant: String(finding.variants[0])});
    await ask();
    finding = sheet.mail.findings[number];
  }
  at("inbox").classList.toggle("here", finding.found === "inbox");
  if (finding.found === "mail") go({finding: number}, finding.message);
  else at("said").textContent = say(finding.found === "inbox" ? "place-shown" : "place-none", {what: finding.message});
}

async function copy(text, button) {
  const before = button.textContent;
  try { await navigator.clipboard.writeText(text); } catch { return; }
  button.textContent = say("copied");
  setTimeout(() => { button.textContent = before; }, 1500);
}

// -- what the user of this page does

function selectTab(tab, focus) {
  for (const other of document.querySelectorAll('[role="tab"]')) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    at(other.getAttribute("aria-controls")).hidden = !on;
  }
  if (focus) tab.focus();
  choose({panel: tab.id === "tab-findings" ? "" : tab.id.slice(4)});
}

function listen() {
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => selectTab(tab));
    tab.addEventListener("keydown", (event) => {
      const to = {ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      selectTab(tabs[(to + tabs.length) % tabs.length], true);
    });
  }
  at("bar").addEventListener("submit", (event) => event.preventDefault());
  at("bar").addEventListener("change", (event) => {
    const {name, value, id} = event.target;
    if (name === "view") { choose({view: value === "designed" ? "" : value}); show(); }
    if (name === "width") { choose({width: value === "both" ? "" : value}); show(); }
    if (name === "variant") { choose({variant: value}); place = null; ask(); }
    if (id === "sample" && value !== "") {
      const {name: called, language, country} = samples[value];
      choose({name: called, language, "f.country": country, variant: ""});
      ask();
    }
  });
  let waiting = 0;
  at("fields").addEventListener("input", (event) => {
    if (!event.target.name) return;
    choose({[event.target.name]: event.target.value, variant: ""});
    at("sample").value = "";
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  at("reader-button").addEventListener("click", () => {
    const open = at("reader").hidden;
    at("reader").hidden = !open;
    at("reader-button").setAttribute("aria-expanded", String(open));
  });
  const watcher = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
  for (const paper of document.querySelectorAll(".sheet")) watcher.observe(paper);
}

function follow() {
  const changes = new EventSource("/changes");
  changes.addEventListener("open", () => tellLife(true));
  changes.addEventListener("error", () => tellLife(false));
  changes.addEventListener("message", () => {
    const live = at("live");
    live.classList.remove("fresh");
    requestAnimationFrame(() => live.classList.add("fresh"));
    ask();
  });
}

function begin() {
  choose({});
  const set = (name, value) => {
    const input = document.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]`);
    if (input) input.checked = true;
    else choose({[name]: ""});
  };
  set("view", view());
  set("width", width());
  const tab = at(`tab-${chosen.get("panel") || "findings"}`);
  if (tab) selectTab(tab);
  listen();
  ask();
  follow();
}

begin();
