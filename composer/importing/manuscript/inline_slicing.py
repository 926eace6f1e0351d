"""Cuts inline content at positions in its plain text; bold text and links stay bold and linked on both sides of the cut."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from composer.errors import ContentError
from composer.issue import links, merge_fields
from composer.issue.characters import FORBIDDEN
from composer.issue.document import Emphasis, Inline, Inlines, LineBreak, Link, Span, Strong, Text, plain
from composer.issue.inlines.inline_reader import tidy

# Zero-width characters: a word with one inside is still one word.
NO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f]")
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
SPACES = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """Removes characters that an issue may not contain and turns each run of whitespace into one space, also at the ends."""
    bare = FORBIDDEN.sub(" ", NO_WIDTH.sub("", text.replace("\u2028", " "))).translate(LIGATURES)
    return merge_fields.TAG_START.sub("- mr_", SPACES.sub(" ", bare))


def clean_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def title_text(text: str) -> str:
    """Returns the text on one line, for titles and names; `{{` is split so that it does not become a merge field."""
    return clean_line(text).replace("{{", "{ {").replace("}}", "} }")


def cut(content: Inlines, start: int, end: int | None = None) -> Inlines:
    """Returns the content between two positions in its plain text, without spaces at the ends."""
    return tidy(_cut(content, start, len(plain(content)) if end is None else end))


def _cut(content: Inlines, start: int, end: int) -> Inlines:
    kept: list[Inline] = []
    at = 0
    for node in content:
        length = len(plain((node,)))
        if at < end and at + length > start:
            first, last = max(start - at, 0), min(end - at, length)
            if isinstance(node, Text):
                kept.append(Text(node.text[first:last]))
            elif isinstance(node, Strong | Emphasis | Link | Span):
                kept.append(replace(node, children=_cut(node.children, first, last)))
            else:
                kept.append(node)
        at += length
    return tuple(kept)


def is_all_bold(content: Inlines) -> bool:
    worded = [node for node in content if plain((node,)).strip()]
    return bool(worded) and all(
        isinstance(node, Strong) or (isinstance(node, Emphasis | Link) and is_all_bold(node.children)) for node in worded
    )


def is_all_emphasis(content: Inlines) -> bool:
    worded = [node for node in content if plain((node,)).strip()]
    return bool(worded) and all(isinstance(node, Emphasis) for node in worded)


def rebuild(content: Inlines, change: Callable[[Inline], Inlines]) -> Inlines:
    """Replaces each node by what `change` returns for it, innermost nodes first."""
    made: list[Inline] = []
    for node in content:
        if isinstance(node, Strong | Emphasis | Link | Span):
            node = replace(node, children=rebuild(node.children, change))
        made += change(node)
    return tuple(made)


class SourceLink(NamedTuple):
    text: str
    href: str


def usable_links(written: Iterable[tuple[str, str]]) -> list[SourceLink]:
    """Returns the links (text, address) that have a text and that a mail can open: all others get a question.

    Neighbours with the same address are one link; a text without an address separates them.
    """
    links: list[SourceLink] = []
    last = ""
    for text, href in written:
        if not href:
            last = last if not text.strip() else ""
        elif href == last and links:
            links[-1] = SourceLink(links[-1].text + text, links[-1].href)
        elif text.strip() and is_usable(href.strip()):
            links.append(SourceLink(text, href.strip()))
            last = href
        else:
            last = ""
    return [SourceLink(clean_line(link.text), link.href) for link in links]


def links_in(content: Inlines) -> list[SourceLink]:
    return [SourceLink(clean_line(plain(link.children)), link.href) for link in links.links_of(content)]


def is_usable(href: str) -> bool:
    try:
        links.normalise(href)
    except ContentError:
        return False
    return True


def typeset(text: str, questions: list[str], *, bold: bool, italic: bool, href: str = "") -> Inlines:
    """Returns the text as inline content, bold, italic or linked unless it is only whitespace; a link that a mail cannot contain
    adds to `questions`."""
    node: Inline = Text(text)
    if not text.strip():
        return (node,)
    if italic:
        node = Emphasis((node,))
    if bold:
        node = Strong((node,))
    return make_link(href, (node,), questions) if href else (node,)


def make_link(href: str, children: Inlines, questions: list[str]) -> Inlines:
    """Returns a link, or only its text and a question in `questions` if a mail cannot contain the address."""
    inner = rebuild(children, lambda node: node.children if isinstance(node, Link) else (node,))
    if not plain(inner).strip() or not href.strip():
        return inner
    if not is_usable(href.strip()):
        if not href.startswith("#"):  # a jump within the document, which an editor does not miss
            questions.append(f'"{plain(inner).strip()[:60]}" was a link to {clean_line(href[:200])}, which a mail cannot open')
        return inner
    return (Link(href.strip(), inner),)


def normal(content: Sequence[Inline]) -> Inlines:
    """Normalises inline content: emphasis begins and ends with a word, and one emphasis spans the spaces between its words."""
    merged: list[Inline] = []
    for node in tidy(content):
        if isinstance(node, Strong | Emphasis) and len(merged) > 1 and type(merged[-2]) is type(node):
            between, before = merged[-1], merged[-2]
            if isinstance(between, Text) and not between.text.strip() and isinstance(before, Strong | Emphasis):
                merged[-2:] = [replace(before, children=(*before.children, between, *node.children))]
                continue
        merged.append(node)
    return tidy([part for node in merged for part in without_edges(node)])


def without_edges(node: Inline) -> list[Inline]:
    """Moves spaces at the ends of the node out of it."""
    if not isinstance(node, Strong | Emphasis | Link | Span):
        return [node]
    inner = [part for child in node.children for part in without_edges(child)]
    text = plain(tuple(inner))
    bare = text.strip()
    if not bare:
        return [Text(" ")] if text else []
    start = len(text) - len(text.lstrip())
    kept = _cut(tuple(inner), start, start + len(bare))
    before, after = text[:start], text[start + len(bare) :]
    return [*([Text(before)] if before else []), replace(node, children=kept), *([Text(after)] if after else [])]


def split_breaks(content: list[Inline]) -> list[Inlines]:
    """Splits a paragraph at two line breaks in a row, because they look like a new paragraph."""
    pieces: list[list[Inline]] = [[]]
    for node in content:
        is_space = isinstance(node, Text) and not node.text.strip()
        if isinstance(node, LineBreak) and pieces[-1] and isinstance(pieces[-1][-1], LineBreak):
            pieces.append([])
        elif not (is_space and pieces[-1] and isinstance(pieces[-1][-1], LineBreak)):
            pieces[-1].append(node)
    made = [normal(piece) for piece in pieces]
    return [piece for piece in made if piece]
