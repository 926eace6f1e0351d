"""Keeps the links of headings: titles and headings of an issue cannot contain links, so they become a paragraph below."""

from composer.importing.manuscript.document_parts import DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink, links_in
from composer.issue.document import Inline, Link, Paragraph, Text

BELOW = "the link of a heading, which is below it now"


def links_below(part: DocumentPart, log: ImportLog) -> list[Paragraph]:
    """Returns a paragraph with the links of a heading; nothing if the part is no heading or has none."""
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
