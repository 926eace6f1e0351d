"""Reading a finished mail for the rules of `composer.preflight`: its HTML as a list of facts, and small judgements."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import tinycss2

from composer import links, merge
from composer.document import EditorMark, Figure, Issue
from composer.links import FoundLink

_ACTIVE = frozenset({"script", "form", "iframe", "object", "embed", "input", "button", "link", "base", "svg", "video"})
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_CONDITION = re.compile(r"<!--\[if ([^\]]*)\]>(?:<!-->|-->)?|<!\[endif\]-->|<!--<!\[endif\]-->")
_MSO_ONLY = re.compile(r"<!--\[if [^\]!]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_TABLE_TAG = re.compile(r"<(/?)(table|tr|td)\b[^>]*>")
_MSO_WIDTH = re.compile(r"""<t(?:d|able)\b[^>]*?\bwidth[:=]["']?(\d+)""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MANGLED_TAG = re.compile(r"-mr(?:%5[Ff]|&#95;|&#x5[Ff];)[a-z_]+|(?:%2[Dd]|&#45;)mr_[a-z_]+")
_VOID = frozenset({"area", "br", "col", "hr", "img", "meta", "link", "input", "base", "embed", "source", "wbr"})


@dataclass
class Page:
    """The facts of one HTML document, outside comments."""

    language: str = ""
    title: str = ""
    words: str = ""
    styles: list[str] = field(default_factory=list)
    styles_in_body: int = 0
    inline_styles: list[str] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    attributes: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    tables_without_role: int = 0
    links: tuple[FoundLink, ...] = ()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._inside: list[str] = []
        self._tables: list[bool] = []  # of each open table: whether it says what it is
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        page = self.page
        page.attributes += given.values()
        page.inline_styles += [given["style"]] if "style" in given else []
        page.ids |= {given[name] for name in ("id", "name") if name in given and tag != "meta"}
        page.active += [f"the attribute {name}" for name in given if name.startswith("on")]
        if tag in _ACTIVE:
            page.active.append(f"<{tag}>")
        if tag == "html":
            page.language = given.get("lang", "")
        elif tag == "img":
            page.images.append(given)
        elif tag == "table":
            self._tables.append(given.get("role") == "presentation")
        elif tag == "th" and self._tables:
            self._tables[-1] = True  # a table of data: a screen reader tells its headings
        elif tag == "style" and "body" in self._inside:
            page.styles_in_body += 1
        elif re.fullmatch("h[1-6]", tag):
            page.headings.append((int(tag[1]), ""))
        if tag not in _VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._tables and not self._tables.pop():
            self.page.tables_without_role += 1
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" in self._inside:
            self.page.styles.append(data)
        elif "title" in self._inside:
            self.page.title += data
        else:
            self._words.append(data)

    def finish(self) -> Page:
        self.close()
        self.page.words = " ".join("".join(self._words).split())
        return self.page


def read_page(html: str) -> Page:
    """The facts of a document."""
    reader = _Reader()
    reader.feed(html)
    page = reader.finish()
    page.links = links.links_in(html)
    return page


def poison(style: str) -> Iterator[str]:
    """What makes Gmail drop a whole style block: a parse error, or an at-rule within an at-rule."""
    for rule in tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True):
        if rule.type == "error":
            yield rule.message
        elif rule.type == "at-rule" and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from (f"@{other.lower_at_keyword} within @{rule.lower_at_keyword}" for other in inner
                        if other.type == "at-rule")  # fmt: skip


def unbalanced(html: str) -> Iterator[str]:
    """Conditional comments that are not closed or are nested, and tables that do not close in Outlook's view."""
    depth = 0
    for match in _CONDITION.finditer(html):
        depth += 1 if match[1] is not None else -1
        if depth not in (0, 1):
            yield "a conditional comment is nested or closed twice"
            return
    if depth:
        yield "a conditional comment is not closed"
    for name, view in (("Outlook", outlook_view(html)), ("other programs", _COMMENT.sub("", html))):
        stack: list[str] = []
        for match in _TABLE_TAG.finditer(view):
            if not match[1]:
                stack.append(match[2])
            elif not stack or stack.pop() != match[2]:
                yield f"in the view of {name}, </{match[2]}> closes nothing"
                return
        if stack:
            yield f"in the view of {name}, <{stack[-1]}> is not closed"


def outlook_view(html: str) -> str:
    """The document as Word's engine reads it: parts for it opened, parts against it gone."""
    without = re.sub(r"<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    opened = _MSO_ONLY.sub(lambda match: match[1], without)
    return _COMMENT.sub("", opened)


def mso_widths(html: str) -> Iterator[int]:
    """The pixel widths of tables and cells that only Outlook reads."""
    for part in _MSO_ONLY.findall(html):
        for width in _MSO_WIDTH.findall(part):
            yield int(width)


def controls(part: str, *, one_line: bool) -> Iterator[str]:
    for character in sorted(set(_CONTROL.findall(part))):
        yield f"U+{ord(character):04X}"
    if one_line and ("\n" in part or "\r" in part):
        yield "a line end"


def link_problem(url: str, ids: Collection[str]) -> str | None:
    """Why a link of the finished HTML may not go out, or None."""
    if merge.TAG.fullmatch(url):
        return None if "_url" in url else "it is filled with something that is no address"
    if url.startswith("#"):
        return None if url[1:] in ids else "nothing in the mail has this id"
    try:
        normal = links.normalise(url)
    except links.LinkError as problem:
        return problem.code
    return None if normal == url else f"it should be written {normal}"


def token_problems(html: str, text: str) -> Iterator[str]:
    """Page addresses must be in both parts; a field that is in one part only may be meant, but not a page address."""
    html_tags, text_tags = (set(merge.TAG.findall(part)) for part in (html, text))
    for tag in sorted(html_tags ^ text_tags):
        if tag.endswith("_url-"):
            yield f"{tag} is only in the {'HTML' if tag in html_tags else 'text part'}"
    for tag in sorted(tag for tag in html_tags if tag.endswith("_text-")):
        yield f"{tag} is not escaped for HTML"
    for tag in sorted(tag for tag in text_tags if tag.endswith("_html-")):
        yield f"{tag} is escaped for HTML, but stands in the text part"
    for part in (html, text):
        for match in _MANGLED_TAG.finditer(part):
            yield f"{match[0]} is a merge field that was encoded on the way"
    if "{{" in html or "{{" in text:
        yield "two braces are left"


def squeezed(text: str) -> str:
    """Without blanks and quotation signs of lines, for comparing what may be wrapped differently."""
    return re.sub(r"[\s\u00ad\u200b\u2060]+", "", text)


def marks_of(issue: Issue) -> Iterator[EditorMark]:
    return (block for block in issue.blocks() if isinstance(block, EditorMark))


def missing_pictures(issue: Issue) -> Iterator[Figure]:
    return (block for block in issue.blocks() if isinstance(block, Figure) and block.missing)
