"""Reads and posts the forms of public pages as a browser without scripts does."""

import html
import re
from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str]]]] = []
        self._select, self._chosen = "", False

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if tag == "form":
            self.found.append((attributes.get("action", ""), []))
        if not self.found:
            return
        fields = self.found[-1][1]
        if tag == "input" and "name" in attributes:
            if attributes.get("type") in {"checkbox", "radio"} and "checked" not in attributes:
                return
            fields.append((attributes["name"], attributes.get("value", "on")))
        elif tag == "select":
            self._select = attributes["name"]
            self._chosen = False
        elif tag == "option" and ("selected" in attributes or not self._chosen):
            if self._chosen:
                fields.pop()
            fields.append((self._select, attributes["value"]))  # without a chosen one a browser posts the first
            self._chosen = True
        elif tag == "textarea":
            fields.append((attributes["name"], ""))


def form_of(page: Any, step: str) -> dict[str, list[str]]:
    """The fields of the page's form with this step, as a browser would post them unchanged."""
    parser = _Forms()
    parser.feed(page.content.decode())
    for _, fields in parser.found:
        if ("step", step) in fields:
            posted: dict[str, list[str]] = {}
            for name, value in fields:
                posted.setdefault(name, []).append(value)
            return posted
    raise AssertionError(f"no form with the step {step}")


def token_of(page: Any) -> str:
    return re.search(r'name="form" value="([^"]+)"', page.content.decode())[1]


def text_of(page: Any) -> str:
    """The visible text of a page in one line."""
    text = re.sub(r"<(head|style)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
