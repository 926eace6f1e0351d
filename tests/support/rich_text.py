"""Drives the rich text editor of an article in Chromium as a person does: by keys, and by words in the text."""

from functools import cached_property
from typing import Any

BODY = ".rich-body"
# Puts the cursor before or behind some words, or around them. Arguments: the words, which occurrence, "start" | "end" | "around".
_SELECT = """([words, nth, where]) => {
  const { editor } = document.querySelector("form[data-rich]").richPart;
  let found = null;
  let left = nth;
  editor.state.doc.descendants((node, at) => {
    if (found || !node.isTextblock) return found === null;
    const text = node.textBetween(0, node.content.size, null, "\\ufffc");
    for (let from = text.indexOf(words); from >= 0; from = text.indexOf(words, from + 1)) {
      if (left === 0) { found = [at + 1 + from, at + 1 + from + words.length]; break; }
      left -= 1;
    }
    return false;
  });
  if (!found) throw new Error(`not in the text: ${words}`);
  const [from, to] = where === "around" ? found : where === "start" ? [found[0], found[0]] : [found[1], found[1]];
  editor.view.focus();
  editor.commands.setTextSelection({ from, to });
}"""
# Puts the cursor into the nth node of a kind, at its start or end: also into an empty one.
_INTO = """([kind, nth, where]) => {
  const { editor } = document.querySelector("form[data-rich]").richPart;
  let found = null;
  let left = nth;
  editor.state.doc.descendants((node, at) => {
    if (node.type.name === kind && left-- === 0) found = where === "start" ? at + 1 : at + node.nodeSize - 1;
    return found === null;
  });
  if (found === null) throw new Error(`not in the text: ${kind}`);
  editor.view.focus();
  editor.commands.setTextSelection(found);
}"""


class RichText:
    """The editor in a page of a part that is open."""

    def __init__(self, page: Any) -> None:
        self.page = page

    @cached_property
    def devtools(self) -> Any:
        """A session of the DevTools protocol, for what Playwright has no method for."""
        return self.page.context.new_cdp_session(self.page)

    def fill(self, text: str) -> None:
        """Replace the whole text by one paragraph."""
        self.page.click(f"{BODY} >> nth=0", position={"x": 5, "y": 5})
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def cursor(self, text: str, where: str = "end", nth: int = 0) -> None:
        """Put the cursor at the "start" or "end" of some words in one line, or select them: "around"."""
        self.page.evaluate(_SELECT, [text, nth, where])

    def into(self, kind: str, where: str = "start", nth: int = 0) -> None:
        """Put the cursor into a node, such as the caption of a picture."""
        self.page.evaluate(_INTO, [kind, nth, where])

    @property
    def text(self) -> str:
        """The words of the text; its blocks are on lines of their own."""
        script = "() => { const { doc } = document.querySelector('form[data-rich]').richPart.editor.state; return doc.textBetween(0, doc.content.size, '\\n'); }"
        return str(self.page.evaluate(script))
