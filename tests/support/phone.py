"""What a person does before they press something that a page has folded, all pages or only on a phone."""

from collections.abc import Iterator
from typing import Any

OPENERS = (".menu-opener", ".bar-opener")
# Marks the summary of the outermost closed <details> around an element; false if there is none.
_MARK_FOLDED = """(element) => {
  document.querySelectorAll("[data-to-unfold]").forEach((summary) => summary.removeAttribute("data-to-unfold"));
  let folded = null;
  for (let around = element; around; around = around.parentElement) {
    if (around.matches("details:not([open])") && element.closest("summary")?.parentElement !== around) folded = around;
  }
  folded?.querySelector(":scope > summary").setAttribute("data-to-unfold", "");
  return folded !== null;
}"""


def unfold(page: Any, selector: str) -> None:
    """Open the menu, the actions of a part and whatever else is folded around what is wanted."""
    for opener in folding(page, selector):
        page.click(opener)


def folding(page: Any, selector: str) -> Iterator[str]:
    """The buttons and summaries to press, one after the other, until what is wanted can be seen."""
    target = page.locator(selector).first
    target.wait_for(state="attached")
    for opener in OPENERS:
        button = page.locator(opener)
        if (
            not target.is_visible()
            and button.count()
            and button.is_visible()
            and button.get_attribute("aria-expanded") == "false"
        ):
            yield opener
    while target.evaluate(_MARK_FOLDED):
        yield "[data-to-unfold]"
