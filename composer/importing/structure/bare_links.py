"""Makes links of the web addresses that a document only writes in its text, and keeps the links of headings."""

import re
from collections.abc import Iterable
from dataclasses import replace

from composer.importing.manuscript.document_parts import DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink, is_usable, links_in
from composer.issue.document import (
    Block,
    Emphasis,
    Inline,
    Inlines,
    Issue,
    Link,
    Paragraph,
    Span,
    Strong,
    Text,
)  # fmt: skip
from composer.issue.inlines.inline_reader import tidy

# Only ASCII, so that an address ends where Chinese text goes on without a space; another address ends it as well.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9@._/-])(?:https?://[A-Za-z0-9]|www\.[A-Za-z0-9-]{1,63}\.)"
    r"(?:(?![,;](?:https?://|www\.))[!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]){1,2000}",
    re.IGNORECASE,
)
_LAST = ".,;:!?'*_~&"  # at the end they belong to the sentence
_PAIRS = {")": "(", "]": "["}


def link_addresses(issue: Issue) -> Issue:
    """Returns the issue with links for the addresses in its texts. Titles cannot contain links."""
    sections = tuple(
        replace(section, articles=tuple(replace(article, blocks=_linked(article.blocks)) for article in section.articles))
        for section in issue.sections
    )
    return replace(issue, opening=_linked(issue.opening), sections=sections)


def _linked(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(block.linked(link_content) for block in blocks)


def link_content(content: Inlines) -> Inlines:
    """Returns the content with links for the addresses in its text that are not in a link already."""
    made: list[Inline] = []
    for node in content:
        made += (node,) if isinstance(node, Link) else _link_node(node)
    return tidy(made)


def _link_node(node: Inline) -> Inlines:
    if isinstance(node, Text):
        return _link_text(node.text)
    return (replace(node, children=link_content(node.children)),) if isinstance(node, Strong | Emphasis | Span) else (node,)


def _link_text(text: str) -> Inlines:
    made: list[Inline] = []
    last = 0
    for match in _ADDRESS.finditer(text):
        written = _without_end(match[0])
        href = written if "://" in written else f"http://{written}"
        if is_usable(href) and "." in href.partition("://")[2].partition("/")[0]:
            made += [Text(text[last : match.start()]), Link(href, (Text(written),))]
            last = match.start() + len(written)
    return (*made, Text(text[last:]))


def _without_end(address: str) -> str:
    """Returns the address without the punctuation of the sentence behind it, and without a bracket that opens before it."""
    while address:
        opening = _PAIRS.get(address[-1])
        if address[-1] not in _LAST and (opening is None or address.count(opening) >= address.count(address[-1])):
            break
        address = address[:-1]
    return address


BELOW = "the link of a heading, which is below it now"


def links_below(part: DocumentPart, log: ImportLog) -> list[Paragraph]:
    """Returns a paragraph with the links of a heading, which itself cannot contain any; nothing if the part has none."""
    joined: list[SourceLink] = []
    for link in links_in(part.content) if part.level is not None else ():
        if joined and joined[-1].href == link.href:
            joined[-1] = SourceLink(f"{joined[-1].text} {link.text}", link.href)
        else:
            joined.append(link)
    content: list[Inline] = []
    for link in joined:
        log.change(part.position, part.position, "", link.text, BELOW)
        content += [*([Text(" · ")] if content else []), Link(link.href, (Text(link.text),))]
    return [Paragraph(tuple(content))] if content else []
