"""Parses HTML into a tree of lxml elements."""

from typing import Any

Element = Any  # lxml.etree._Element: lxml has no types of its own

# Control characters, at which lxml would end the document. The rule about them checks the text itself.
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r")


def parse(html: bytes) -> Element:
    """Parses a document in UTF-8. lxml truncates very deep documents; the MJML stage rejects those before."""
    from lxml import etree  # noqa: PLC0415  (an engine; loaded only for composing)
    from lxml import html as lxml_html  # noqa: PLC0415

    document = html.translate(None, _CONTROL) or b"<html><body></body></html>"
    return lxml_html.document_fromstring(document, parser=etree.HTMLParser(encoding="utf-8"))


def elements_of(root: Element) -> tuple[Element, ...]:
    """The root and every element in it, in document order, without comments."""
    from lxml import etree  # noqa: PLC0415  (loaded by `parse`)

    return tuple(root.iter(etree.Element))
