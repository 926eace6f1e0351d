"""What a person on a phone does before they press something that a page has folded."""

from collections.abc import Iterator
from typing import Any

OPENERS = ('.menu-opener[aria-expanded="false"]', '.bar-opener[aria-expanded="false"]', ".at-once:not([open]) > summary")


def unfold(page: Any, selector: str) -> None:
    """Open the menu, the actions of a part or those on many people if what is wanted is behind them."""
    for opener in folding(page, selector):
        page.click(opener)


def folding(page: Any, selector: str) -> Iterator[str]:
    """The buttons to press, one after the other, until what is wanted can be seen."""
    target = page.locator(selector).first
    target.wait_for(state="attached")
    for opener in OPENERS:
        button = page.locator(opener)
        if not target.is_visible() and button.count() and button.is_visible():
            yield opener
