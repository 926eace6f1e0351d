// Says the chosen time in words. Without scripts, the page says only the time with which it was opened.
const sentence = document.querySelector("[data-when]");
const [at, zone] = ["#id_at", "#id_zone"].map((name) => document.querySelector(name));
const language = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]];

// The offset of a zone is the difference between what its clocks show and UTC.
function moment() {
  const asked = Date.parse(`${at.value}Z`);
  const shown = (time) => Date.parse(`${new Intl.DateTimeFormat("sv-SE", { timeZone: zone.value, dateStyle: "short", timeStyle: "medium" }).format(time).replace(" ", "T")}Z`);
  const near = asked - (shown(asked) - asked);
  return near - (shown(near) - asked);
}

function inWords() {
  const time = moment();
  const left = time - Date.now();
  const [unit, length] = UNITS.find(([, size]) => left >= size) ?? UNITS[2];
  const day = new Intl.DateTimeFormat(language, { timeZone: zone.value, dateStyle: "full" }).format(time);
  const distance = new Intl.RelativeTimeFormat(language).format(Math.round(left / length), unit);
  return left > 0 ? [day, `${at.value.slice(11, 16)} (${zone.value})`, distance].join(language === "zh-CN" ? "，" : ", ") : "";
}

function show() {
  try {
    sentence.textContent = inWords();
  } catch {
    sentence.textContent = ""; // no such zone, or no time
  }
}

if (sentence) [at, zone].forEach((field) => field.addEventListener("input", show));
