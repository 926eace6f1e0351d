// A finding next to a text leads to its line there, without loading the page again: unsaved text stays. A page that was opened by
// such a link leads to the line, too.
"use strict";

const form = document.querySelector("form.writing");

function showLine(line) {
  if (form.showLine?.(line)) return;
  const area = form.elements.text;
  const at = line - Number(form.dataset.firstLine ?? 1);
  if (!area?.isConnected || area.type !== "textarea" || at < 0) {
    (form.elements.title ?? area)?.focus();
    return;
  }
  const lines = area.value.split("\n");
  const row = Math.min(at, lines.length - 1);
  const from = lines.slice(0, row).join("\n").length + (row ? 1 : 0);
  area.focus();
  area.setSelectionRange(from, from + lines[row].length);
  area.scrollTop = area.scrollHeight * (row / lines.length) - area.clientHeight / 2;
}

if (form) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".findings .to-part a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const given = new URL(link.href).searchParams;
    if (given.get("file") !== form.elements.file.value || given.get("part") !== form.elements.part.value) return;
    event.preventDefault();
    showLine(Number(given.get("line") ?? 1));
  });
  const line = Number(new URL(location.href).searchParams.get("line"));
  if (line > 0) showLine(line);
}
