"""Where the links of a mail lead: titles and “Read on” to pages, contents to pages or anchors, and unsubscribing."""

from collections.abc import Iterator
from typing import NamedTuple

import lxml.html

from tests.gallery.contents import PAGES, Mail


class _Link(NamedTuple):
    href: str
    text: str  # without soft hyphens, with single spaces; of a picture, its alternative text


def wrong_links(mail: Mail) -> Iterator[str]:
    """Yields what is wrong with the links, one text for each fault."""
    tree = lxml.html.fromstring(mail.html)
    links = [_link(element) for element in tree.iter("a") if element.get("name") is None]
    anchors = {element.get("id") for element in tree.iter() if element.get("id")} | {a.get("name") for a in tree.iter("a")}
    for link in links:
        if link.href in ("", "#"):
            yield f"a link leads nowhere: {link.text!r}"
        elif link.href.startswith("#") and link.href[1:] not in anchors:
            yield f"a link leads to a missing anchor: {link.text!r} to {link.href}"
        if not link.text:
            yield f"a link has no text: {link.href}"
    yield from _wrong_stories(mail, links)
    for page in ("unsubscribe_url", "preferences_url", "view_url", "subscribe_url"):
        if not any(link.href == PAGES[page] for link in links):
            yield f"there is no link to {page}"
    if not any(link.text == _squeezed(str(mail.words["unsubscribe"])) for link in links if link.href == PAGES["unsubscribe_url"]):
        yield "the link to unsubscribe has another text"


def _wrong_stories(mail: Mail, links: list[_Link]) -> Iterator[str]:
    stories = {f"{PAGES['read_url']}/{article.id}": article for article in mail.stories()}
    for address, article in stories.items():
        texts = [link.text for link in links if link.href == address]
        if _squeezed(article.title) not in texts:
            yield f"the title of a story does not lead to its page: {article.title!r}"
        if not any(text.startswith(_squeezed(str(mail.words["read_on"]))) for text in texts):
            yield f"there is no link to read on: {article.title!r}"
    for link in links:
        if link.href.startswith(PAGES["read_url"]) and link.href not in stories:
            yield f"a link leads to a page that does not exist: {link.text!r} to {link.href}"
    titles = {_squeezed(article.title) for article in mail.stories()}
    for link in links:
        if link.text in titles and link.href not in stories:
            yield f"a title leads elsewhere than to its page: {link.text!r} to {link.href}"


def _link(element: lxml.html.HtmlElement) -> _Link:
    alts = " ".join(image.get("alt", "") for image in element.iter("img"))
    return _Link(element.get("href", ""), _squeezed(f"{element.text_content()} {alts}"))


def _squeezed(text: str) -> str:
    """Returns the text as typography and soft hyphens leave it alone: without hyphens, quotation marks and double spaces."""
    kept = text.translate({0xAD: None, 0x2060: None, 0x200B: None} | dict.fromkeys(map(ord, "'’"), "'"))
    return " ".join(kept.split())
