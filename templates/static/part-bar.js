// The line above a part that stays in sight: how large the mail is and how many findings it has, from the preview; and its height, so that nothing hides below it.
"use strict";

const bar = document.querySelector(".part-bar");

if (bar) {
  const meter = bar.querySelector("[data-part-meter]");
  const findings = bar.querySelector("[data-part-findings]");
  document.addEventListener("issue-preview:shown", ({ detail: preview }) => {
    const told = preview.querySelector("[data-live=findings] p[role=status]");
    findings.hidden = !told || !preview.querySelector("ul.findings");
    findings.textContent = told?.textContent.trim() ?? "";
    const line = preview.querySelector("[data-size-line]");
    const measured = preview.querySelector(".preview-notes meter");
    if (!line || !measured) return;
    meter.querySelector("span").textContent = line.textContent;
    Object.assign(meter.querySelector("meter"), { max: measured.max, high: measured.max * 0.85, optimum: 0, value: measured.value });
    meter.hidden = false;
  });
  // Not as a style attribute, which the policy of the pages forbids.
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  new ResizeObserver(() => sheet.replaceSync(`:root { --bar-height: ${bar.offsetHeight}px; }`)).observe(bar);
}
