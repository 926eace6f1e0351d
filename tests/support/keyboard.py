"""Somebody who uses pages by keyboard alone."""

from typing import Any

from tests.support import phone

MOST_TABS = 150  # more than any of these pages has fields, links and buttons
# The panel around the rich text editor shows where the focus is.
_OUTLINE = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement.closest('.rich-text')?.parentElement ?? document.activeElement);
  return [outlineStyle, outlineWidth];
}"""


class Keyboard:
    """Somebody without a mouse. Every move between fields is a Tab, so what cannot be reached that way is not found."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def go_to(self, selector: str) -> None:
        """Tab to the element; the focus must be visible where it ends."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                style, width = self.page.evaluate(_OUTLINE)
                assert style != "none", f"the focus on {selector} cannot be seen"
                assert width != "0px", f"the focus on {selector} cannot be seen"
                return
        raise AssertionError(f"{selector} cannot be reached by Tab on {self.page.url}")

    def press(self, selector: str, key: str = "Enter") -> None:
        """Tab to a link or a button, open first what it is behind, press it, and wait for the page that follows."""
        self.unfold(selector)
        self.go_to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def unfold(self, selector: str) -> None:
        for opener in phone.folding(self.page, selector):
            self.go_to(opener)
            self.page.keyboard.press("Enter")

    def type(self, selector: str, text: str) -> None:
        self.go_to(selector)
        self.page.keyboard.type(text)
