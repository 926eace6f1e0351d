"""Checks HTML as written by our templates: every element is closed, nothing is nested wrongly, and ids are unique."""

import json
import re
from html.parser import HTMLParser

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form", "header", "hr",
    "main", "nav", "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
_NO_BLOCKS = _HEADINGS | {
    "abbr", "b", "button", "code", "em", "i", "label", "p", "q", "small", "span", "strong", "sub", "summary", "sup", "time",
    "title",
}  # fmt: skip
_PARENTS = {
    "li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"thead", "tbody", "tfoot", "table"}, "td": {"tr"},
    "th": {"tr"}, "caption": {"table"}, "figcaption": {"figure"}, "summary": {"details"}, "option": {"select", "datalist"},
}  # fmt: skip
_CHILDREN = {"ul": {"li"}, "ol": {"li"}, "tr": {"th", "td"}, "dl": {"dt", "dd", "div"}, "select": {"option", "optgroup"}}
_DATA = "application/ld+json"


class CheckedPage(HTMLParser):
    """A page's faults, its ids, and the addresses of its links, forms that only read, pictures and style sheets."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self._open: list[str] = []
        self._count: dict[str, int] = {}
        self._refers: set[str] = set()
        self._heading, self._data = "", ""
        if not html.startswith("<!DOCTYPE html>\n<html lang="):
            self._fault("no document type, or no language")
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [f"{self._count.get(tag, 0)} <{tag}>" for tag in ("title", "main", "h1") if self._count.get(tag) != 1]
        self.faults += [f'id="{name}" twice' for name in set(self.ids) if self.ids.count(name) > 1]
        self.faults += [f"nothing has the id {name}" for name in self._refers - set(self.ids)]

    def _fault(self, text: str) -> None:
        self.faults.append(f"{text} (line {self.getpos()[0]})")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        parent = self._open[-1] if self._open else ""
        self._count[tag] = self._count.get(tag, 0) + 1
        if len(given) < len(attrs):
            self._fault(f"an attribute of <{tag}> twice")
        if (tag in _PARENTS and parent not in _PARENTS[tag]) or (parent in _CHILDREN and tag not in _CHILDREN[parent]):
            self._fault(f"<{tag}> in <{parent}>")
        if tag in _BLOCKS and (around := _NO_BLOCKS & set(self._open)):
            self._fault(f"<{tag}> in {sorted(around)}")
        if tag in ("a", "form", "label") and tag in self._open:
            self._fault(f"<{tag}> in itself")
        if tag in ("style", "iframe", "object", "embed", "base", "font", "center") or (
            tag == "script" and given.get("type") != _DATA
        ):
            self._fault(f"<{tag}>")
        self.faults += [f"{name}= at <{tag}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "img" and "alt" not in given:
            self._fault("a picture without alt")
        if given.get("id") is not None:
            self.ids.append(given["id"] or "")
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self._refers.update((given.get(name) or "").split())
        if tag == "meta" and given.get("http-equiv"):
            self._fault("<meta http-equiv>")
        for name in ("href", "src", "action", "formaction"):
            scheme = (given.get(name) or "").partition(":")
            if scheme[1] and not re.fullmatch(r"https?|mailto|[^:]*[/?#][^:]*", scheme[0]):
                self._fault(f"{name}={scheme[0]}:")
        self.addresses += [value for name in ("href", "src") if (value := given.get(name)) is not None]
        if tag in _HEADINGS:
            self._heading = ""
        if tag == "script":
            self._data = ""
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self._fault(f"</{tag}> while {self._open[-1:]} is open")
            return
        self._open.pop()
        if tag in _HEADINGS and not self._heading.strip():
            self._fault(f"empty <{tag}>")
        if tag == "script":
            self._check_data()

    def _check_data(self) -> None:
        try:
            json.loads(self._data)
        except ValueError:
            self._fault("data that is not JSON")

    def handle_data(self, data: str) -> None:
        self._heading += data
        if self._open and self._open[-1] == "script":
            self._data += data
