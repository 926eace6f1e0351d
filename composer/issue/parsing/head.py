"""Reads the head of an issue file: YAML between two lines of ---, key by key, with the line of each key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import yaml

from composer.errors import Findings, nearest
from composer.issue.characters import check_characters
from composer.issue.days import read_day
from composer.issue.document import LAYOUTS, Credit, Footer, SocialLink
from composer.issue.languages import LANGUAGE
from composer.messages.phrases import Phrase, phrase

TEXT_KEYS = ("title", "organisation", "tagline", "number", "subject", "preheader", "language", "theme", "layout", "lead")
KEYS = (*TEXT_KEYS, "date", "highlights", "credits", "footer")
REQUIRED = ("title", "organisation", "number", "date", "subject", "preheader", "language", "footer")
LARGEST_HEAD = 20_000  # characters; the YAML parser takes seconds for a megabyte
FOOTER_TEXTS = ("about", "address", "website", "email", "wechat")
FOOTER_KEYS = ("about", "address", "website", "email", "social", "wechat")  # in the order of a file
ONE_LINE = (*TEXT_KEYS, "website", "email", "wechat")
MOST_SOCIAL = 8  # links to accounts; more would be a third row of targets on a phone
THEME_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_EMAIL = re.compile(r"[^\s@<>\"',;:]{1,64}@[^\s@<>\"',;:]{1,250}\.[^\s@<>\"',;:]{1,63}\Z")

_PROBLEMS = {  # how a message of the YAML parser begins -> the same for an editor who does not know YAML
    "mapping values are not allowed": phrase(
        "a second colon in a value without quotation marks, or a line that is indented too far"
    ),
    "could not find expected ':'": phrase("a line has no colon after its key"),
    "expected <block end>": phrase("a line is not indented like the lines around it, or a value begins with a quotation mark"),
    "found unexpected end of stream": phrase("a quotation mark is not closed"),
    "found character": phrase("a value begins with a character that needs quotation marks, or a line begins with a tab"),
    "found unknown escape character": phrase("a backslash in double quotation marks; use single quotation marks"),
    "expected alphabetic or numeric character": phrase("a value that begins with * or & needs quotation marks"),
}


@dataclass
class Head:
    """The values of the head; a missing or wrong key keeps its empty value."""

    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXT_KEYS, ""))
    date: date | None = None
    highlights: list[tuple[str, int]] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    footer: Footer = field(default_factory=lambda: Footer(about=""))
    lines: dict[str, int] = field(default_factory=dict)


def split(lines: Sequence[str], findings: Findings) -> tuple[str, str, int]:
    """Splits the lines of a file into (head, body, number of lines before the body)."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None or lines[first].rstrip() != "---":
        findings.error("head-missing", (first or 0) + 1)
        return "", "\n".join(lines), 0
    for number in range(first + 1, len(lines)):
        if lines[number].rstrip() == "---":
            return "\n" * (first + 1) + "\n".join(lines[first + 1 : number]), "\n".join(lines[number + 1 :]), number + 1
    findings.error("head-open", len(lines))
    return "", "", len(lines)


def read_head(text: str, findings: Findings, *, unfinished: bool = False) -> Head:
    """Reads the head from its YAML. Only the node tree is used: no objects are constructed from tags, and values stay text.
    `unfinished`: required keys may be empty."""
    head = Head()
    if len(text) > LARGEST_HEAD:
        findings.error("head-too-big", 1, size=len(text), limit=LARGEST_HEAD)
        return head
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as problem:
        # For a quotation that never ends, the finding points to its beginning.
        endless = "quoted scalar" in (problem.context or "")
        mark = (problem.context_mark if endless else None) or problem.problem_mark or problem.context_mark
        findings.error("head-yaml", mark.line + 1 if mark else None, problem=_described(problem.problem or ""))
        return head
    except (yaml.YAMLError, RecursionError) as problem:
        findings.error("head-yaml", 1, problem=" ".join(str(problem).split()) or phrase("it is nested too deep"))
        return head
    if root is None:
        root = yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode):
        findings.error("key-shape", root.start_mark.line + 1, key="head", wanted=phrase("a list of `key: value` lines"))
        return head
    nodes = _pairs(root, KEYS, findings)
    head.lines = {key: line for key, (line, _) in nodes.items()}
    for key in REQUIRED:
        if key not in nodes:
            findings.error("key-missing", 1, key=key)
    filled = () if unfinished else REQUIRED
    head.texts |= {key: _scalar(key, nodes[key], findings, key in filled) for key in TEXT_KEYS if key in nodes}
    _read_date(head, nodes, findings, required="date" in filled)
    _read_lists(head, nodes, findings)
    if "footer" in nodes:
        _read_footer(head, nodes["footer"], findings, required="footer" in filled)
    _check_texts(head, findings)
    return head


def _described(problem: str) -> str | Phrase:
    """Returns a message for editors instead of the parser's message, or the parser's message if there is none."""
    return next((message for beginning, message in _PROBLEMS.items() if problem.startswith(beginning)), problem) or phrase(
        "not YAML"
    )


_Node = tuple[int, yaml.Node]


def _pairs(node: yaml.MappingNode, known: tuple[str, ...], findings: Findings) -> dict[str, _Node]:
    pairs: dict[str, _Node] = {}
    for key_node, value in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        if key not in known:
            findings.error("key-unknown", line, key=key, nearest=nearest(key.lower(), known))
        elif key in pairs:
            findings.error("key-twice", line, key=key, first=pairs[key][0])
        else:
            pairs[key] = (line, value)
    return pairs


def _scalar(key: str, entry: _Node, findings: Findings, required: bool) -> str:
    line, node = entry
    if not isinstance(node, yaml.ScalarNode):
        findings.error("key-shape", line, key=key, wanted=phrase("a text"))
        return ""
    value = str(node.value).strip()
    check_characters(value, line, findings)  # a quoted value may contain them as escapes such as \\u202e
    if not node.style and value in ("~", "null"):
        value = ""
    if not value and required:
        findings.error("key-empty", line, key=key)
    if "\n" in value and key in ONE_LINE:
        findings.error("one-line", line, key=key)
    return value


def _read_date(head: Head, nodes: dict[str, _Node], findings: Findings, *, required: bool) -> None:
    if "date" not in nodes:
        return
    value = _scalar("date", nodes["date"], findings, required)
    head.date = read_day(value)
    if value and head.date is None:
        findings.error("date-wrong", nodes["date"][0], value=value)


def _items(key: str, nodes: dict[str, _Node], findings: Findings) -> list[yaml.Node]:
    if key not in nodes:
        return []
    line, node = nodes[key]
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    findings.error("key-shape", line, key=key, wanted=phrase("a list of lines that begin with a hyphen"))
    return []


def _read_lists(head: Head, nodes: dict[str, _Node], findings: Findings) -> None:
    for item in _items("highlights", nodes, findings):
        line = item.start_mark.line + 1
        article_id = _scalar("highlights", (line, item), findings, required=True)
        if article_id and article_id in (seen for seen, _ in head.highlights):
            findings.error("highlight-twice", line, id=article_id)
        elif article_id:
            head.highlights.append((article_id, line))
    for item in _items("credits", nodes, findings):
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
            findings.error("key-shape", line, key="credits", wanted=phrase("a list of lines `- Editor: Name`"))
            continue
        role, name = item.value[0]
        texts = [_scalar("credits", (line, part), findings, required=True) for part in (role, name)]
        if any("\n" in text for text in texts):
            findings.error("one-line", line, key="credits")
        head.credits.append(Credit(texts[0], texts[1]))


def _read_footer(head: Head, entry: _Node, findings: Findings, *, required: bool) -> None:
    line, node = entry
    if not isinstance(node, yaml.MappingNode):
        findings.error("key-shape", line, key="footer", wanted=phrase("a list of indented `key: value` lines"))
        return
    nodes = _pairs(node, FOOTER_KEYS, findings)
    if "about" not in nodes:
        findings.error("key-missing", line, key="footer.about")
    head.lines |= {f"footer.{key}": where for key, (where, _) in nodes.items()}
    texts = {key: _scalar(key, nodes[key], findings, required and key == "about") for key in FOOTER_TEXTS if key in nodes}
    head.footer = Footer(**{"about": "", **texts}, social=tuple(_social_links(nodes, findings)))


def _social_links(nodes: dict[str, _Node], findings: Findings) -> Iterator[SocialLink]:
    """Yields the links to accounts, each with its line; one without a name or an address has an empty text."""
    key = "footer.social"
    items = _items("social", nodes, findings)
    if len(items) > MOST_SOCIAL:
        findings.error("social-many", nodes["social"][0], count=len(items), limit=MOST_SOCIAL)
    for item in items:
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
            findings.error("key-shape", line, key=key, wanted=phrase("a list of lines `- LinkedIn: https://…`"))
            continue
        name, url = (_scalar(key, (line, part), findings, required=True) for part in item.value[0])
        if "\n" in name + url:
            findings.error("one-line", line, key=key)
        yield SocialLink(name, url, line)


def _check_texts(head: Head, findings: Findings) -> None:
    language, theme = head.texts["language"], head.texts["theme"]
    if language and not LANGUAGE.match(language):
        findings.error("language-wrong", head.lines["language"], value=language[:80])
    if theme and not THEME_NAME.match(theme):
        findings.error("theme-wrong", head.lines["theme"], value=theme)
    layout = head.texts["layout"]
    if layout and layout not in LAYOUTS:
        findings.error("layout-wrong", head.lines["layout"], value=layout)
    email = head.footer.email
    if email and not (email.isascii() and _EMAIL.match(email)):  # few mail clients can write to addresses with other letters
        findings.error("email-wrong", head.lines["footer.email"], value=email)
