"""What conditional comments add to a mail for Outlook, read without parsing the whole mail a second time.

An engine lays ghosts around a mail's own elements: tables, rows and cells in comments that Outlook alone opens. They are few and
alike. Where these and the mail's own tables stand strictly one within the other, its elements lie in the same cells for Outlook
as for all others, and in those of the ghosts. Of a mail where that is not certain nothing is said here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from composer.css.html_tree import Element, parse

LAYOUT = frozenset({"presentation", "none"})  # the role of a table that is no table to a reader

# Tag -> what it may stand in, of these tags: so none of them ends another that is left open. "" is outside of all.
_ROWS = frozenset({"table", "thead", "tbody", "tfoot"})
_WITHIN = {
    "html": frozenset({""}), "head": frozenset({"html"}), "body": frozenset({"html"}), "table": frozenset({"body", "td", "th"}),
    **dict.fromkeys(("caption", "thead", "tbody", "tfoot"), frozenset({"table"})), "tr": _ROWS,
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    **dict.fromkeys(("colgroup", "col"), frozenset[str]()),  # no mail of ours has them
}  # fmt: skip
_UNREAD = "-"  # stands for what Outlook does not read; none of these tags may stand in it
_ENDS = {f"/{tag}>": tag for tag in (*_WITHIN, _UNREAD)}
_NAMES = r"(?:t(?:[dr]|able|body|head|foot|h)|html|head|body|caption|col(?:group)?)"
# A comment behind anything but a tag or a blank might, once it is gone, let a tag grow together.
_TOKEN = re.compile(rf"<(/{_NAMES}(?:>|\b)|{_NAMES}\b|(?<=[\s>]<)!--.*?-->)", re.DOTALL)
_FOR_OUTLOOK = re.compile(r"!--\[if [^\]!]*mso[^\]]*\]>(.*)<!\[endif\]-->", re.DOTALL)
_AGAINST = re.compile(r"!--\[if !mso[^\]]*\]><!-->")
_AGAINST_END = "!--<![endif]-->"
_GHOST = re.compile(r'\s*<(/?)(table|tbody|tr|td)((?: +[a-z-]+="[ !#-%\'-;=?-~]*")*) *>\s*')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_HOLDS_GHOSTS = frozenset({"body", "div", "td"})  # within a `p`, say, a table ends it
_PICTURES = frozenset({"img", "image", "v:image", "v:fill"})

_Role = Literal["words", "ghosts", "head", "against"]


@dataclass(frozen=True, slots=True)
class Ghost:
    """An element that Outlook alone reads, with the mail's element in which its comment stands."""

    tag: str
    attributes: Mapping[str, str]
    parent: Element


@dataclass(frozen=True, slots=True)
class _Comment:
    """What a comment is to Outlook. `tags` are the tokens that it adds, with the attributes of what begins."""

    role: _Role
    tags: tuple[tuple[str, Mapping[str, str]], ...] = ()

    def may_stand_in(self, tag: str) -> bool:
        return tag in _HOLDS_GHOSTS if self.role == "ghosts" else tag == "head" if self.role == "head" else True


def ghosts_of(
    html: str, root: Element, by_tag: Mapping[str, Sequence[Element]], attributes: Mapping[str, Mapping[Element, str]]
) -> tuple[Ghost, ...] | None:
    """The ghosts of a mail, in order; None where it is not certain that it has these and nothing else for Outlook.

    Where there is an answer, all tables are closed for every program. `root` is the tree of `html`, `by_tag` and `attributes`
    are its elements.
    """
    from lxml import etree  # noqa: PLC0415  (an engine: loaded only when something is composed)

    if root.getprevious() is not None or root.getnext() is not None:
        return None  # there is a comment before the document or behind it
    tokens = _TOKEN.findall(html)
    nodes = tuple(root.iter(etree.Comment))
    if [token for token in tokens if token[0] == "!"] != [f"!--{node.text}-->" for node in nodes]:
        return None  # what looks like a comment is none
    count = Counter(tokens)
    if any(count[tag] != len(by_tag.get(tag, ())) for tag in _WITHIN):
        return None  # what looks like a tag is none, or the parser has left one out
    if any("<" in name or "<" in "".join(values.values()) for name, values in attributes.items()):
        return None  # perhaps the end of a tag that is none
    return _laid(tokens, iter(nodes))


def _laid(tokens: Sequence[str], nodes: Iterator[Element]) -> tuple[Ghost, ...] | None:
    """The ghosts, if the tags of each view stand one within the other. `nodes` are those of the comments."""
    found: list[Ghost] = []
    others, outlook = [""], [""]  # the open tags as each reads them
    around: list[Element] = []  # what the ghosts that are open stand in, each
    for token in tokens:
        within = _WITHIN.get(token)
        if within is not None:
            if others[-1] not in within or outlook[-1] not in within:
                return None
            others.append(token)
            outlook.append(token)
        elif token in _ENDS:
            if others.pop() != _ENDS[token] or outlook.pop() != _ENDS[token]:
                return None
        elif token[0] == "/":
            return None  # an end with something in it
        else:
            comment, parent = _read(token), next(nodes).getparent()
            if comment is None or not comment.may_stand_in(parent.tag) or not _lay(comment, parent, outlook, around):
                return None
            found += [Ghost(tag, attributes, parent) for tag, attributes in comment.tags if tag in _WITHIN]
    return tuple(found) if others == outlook == [""] else None


def _lay(comment: _Comment, parent: Element, outlook: list[str], around: list[Element]) -> bool:
    """Opens and closes what a comment adds; False where that does not end in the element in which it began."""
    for tag, _ in comment.tags:
        if tag in _ENDS:
            if not around or around.pop() is not parent or outlook.pop() != _ENDS[tag]:
                return False
        else:
            if tag != _UNREAD and outlook[-1] not in _WITHIN[tag]:
                return False
            outlook.append(tag)
            around.append(parent)
    return True


@lru_cache(maxsize=256)
def _read(comment: str) -> _Comment | None:
    """What a comment is to Outlook, written without its `<`; None where it may be anything."""
    if comment == _AGAINST_END:
        return _Comment("against", ((f"/{_UNREAD}>", {}),))
    if _AGAINST.fullmatch(comment):
        return _Comment("against", ((_UNREAD, {}),))
    inside = _FOR_OUTLOOK.fullmatch(comment)
    if inside is None:
        return None if "[if" in comment or "<!" in comment else _Comment("words")
    if _leaves_head(inside[1]):
        return _Comment("head")
    tags = _tags_of(inside[1])
    return _Comment("ghosts", tags) if tags else None


def _tags_of(markup: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The tags of ghosts; none at all where the markup has anything else."""
    found: list[tuple[str, Mapping[str, str]]] = []
    at = 0
    while at < len(markup):
        tag = _GHOST.match(markup, at)
        attributes = dict(_ATTRIBUTE.findall(tag[3])) if tag else {}
        if tag is None or len(attributes) != tag[3].count('"') // 2:
            return ()
        if tag[2] == "table" and not tag[1] and attributes.get("role") not in LAYOUT:
            return ()
        found.append((f"/{tag[2]}>" if tag[1] else tag[2], attributes))
        at = tag.end()
    return tuple(found)


def _leaves_head(markup: str) -> bool:
    """Whether this, in a head, has nothing for the rules about layout, and leaves the head open and the body as it is."""
    if "<!" in markup or _TOKEN.search(markup):
        return False
    root = parse(f'<html><head>{markup}<meta name="next"></head><body dir="ltr">-</body></html>'.encode("utf-8", "ignore"))
    if root.find("head/meta[@name='next']") is None or root[-1].get("dir") != "ltr":
        return False
    return not any(each.tag in _PICTURES or each.get("style") for each in root.iter("*"))
