"""The values of the head of an issue file for forms: title and subject, highlights, credits, footer; and back to its lines.

A value that nobody changed keeps its lines, character for character, with the comments and the order around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

import yaml

from composer.errors import Finding, Findings
from composer.issue.days import read_day
from composer.issue.parsing.head import FOOTER_KEYS, FOOTER_TEXTS, LARGEST_HEAD, ONE_LINE, REQUIRED, TEXT_KEYS, read_head, split
from composer.issue.parsing.issue_file import unified_lines
from composer.messages.phrases import phrase

HEAD, HIGHLIGHTS, CREDITS, FOOTER = "head", "highlights", "credits", "footer"
SOCIAL = "social"  # the key of the footer that is a list
HEAD_FIELDS = (
    "title",
    "organisation",
    "tagline",
    "number",
    "date",
    "subject",
    "preheader",
    "language",
    "theme",
    "layout",
    "lead",
)
FIELDS: Mapping[str, tuple[str, ...]] = {HEAD: HEAD_FIELDS, FOOTER: FOOTER_TEXTS}
SEVERAL_LINES = frozenset({*HEAD_FIELDS, *FOOTER_TEXTS} - {*ONE_LINE, "date"})
# Errors after which a form would lose something. With others, such as a wrong date, the form is where to repair them.
_UNREADABLE = {"head-yaml", "head-too-big", "key-shape", "key-unknown", "key-twice", "one-line", "highlight-twice"}
_ODD_TOKENS = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken, yaml.DirectiveToken, yaml.DocumentEndToken, yaml.KeyToken)
_ALWAYS = {*REQUIRED, "about"}


@dataclass(frozen=True, slots=True)
class HeadValues:
    """`texts`: the fields of FIELDS, for head and footer; a missing one is empty. `rows`: (role, name) of each credit, (id, "")
    of each highlight, or (name, address) of each account in the footer."""

    texts: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[tuple[str, str], ...] = ()


class UnreadableHeadError(ValueError):
    """The lines have something that a form does not show, or could not keep. `finding` says what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def values_of(kind: str, text: str) -> HeadValues:
    """The values in the text of a part; `kind`: head, highlights, credits or footer. Raises UnreadableHeadError."""
    return _Lines(kind, text).values


def text_of(kind: str, values: HeadValues, before: str) -> str:
    """Returns the text of a part with these values; `before`: the text before editing. Raises UnreadableHeadError."""
    lines = _Lines(kind, before)
    if kind in FIELDS:
        texts = {name: values.texts.get(name, "").strip() for name in FIELDS[kind]}
        values = HeadValues(texts, _bare(values.rows))
        for name, value in texts.items():
            if value != lines.values.texts[name]:
                lines = _Lines(kind, lines.with_text(name, value))
    else:
        values = HeadValues(rows=_bare(values.rows))
    if values.rows != lines.values.rows:
        lines = _Lines(kind, lines.with_social(values.rows) if kind == FOOTER else lines.with_rows(values.rows))
    if lines.values != values:
        raise UnreadableHeadError(_not_yaml(phrase("it can only be edited as source text")))
    return lines.text


def _bare(rows: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first.strip(), second.strip()) for first, second in rows)


def qr_code_in(text: str) -> str:
    """Returns the file of the WeChat QR code in a part with the footer; empty if there is none. `text`: also of a whole file."""
    lines = unified_lines(text)
    head = split(lines, Findings(""))[0] if lines[0].rstrip() == "---" else "\n".join(takewhile(_is_not_end, lines))
    return read_head(head, Findings("")).footer.wechat


def _is_not_end(line: str) -> bool:
    return line.rstrip() != "---"


class _Lines:
    """The lines of a part, and where its values are in them."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind, self.text = kind, text
        self.lines = text.split("\n")
        self.start, self.end = _extent(kind, self.lines)
        source = "\n".join([*[""] * self.start, *self.lines[self.start : self.end]])
        self.root, self.dashes = _composed(source)
        findings = Findings("")
        head = read_head(source, findings)
        for finding in findings.collected:
            # An empty highlight would vanish; an empty role or name is a row that its author has not finished.
            if finding.code in _UNREADABLE or (finding.code == "key-empty" and finding.params.get("key") == HIGHLIGHTS):
                raise UnreadableHeadError(finding)
        if kind != HEAD and [key.value for key, _ in self.root.value] != [kind]:
            raise UnreadableHeadError(Finding("key-missing", line=1, params={"key": kind}))
        self.mapping = self.root if kind == HEAD else self.root.value[0][1]
        if kind in FIELDS:
            written = {str(key.value): _value(value) for key, value in self.mapping.value}
            accounts = head.footer.social if kind == FOOTER else ()
            rows = tuple((account.name, account.url) for account in accounts)
            self.values = HeadValues({name: written.get(name, "") for name in FIELDS[kind]}, rows)
        elif kind == CREDITS:
            self.values = HeadValues(rows=tuple((credit.role, credit.name) for credit in head.credits))
        else:
            self.values = HeadValues(rows=tuple((name, "") for name, _ in head.highlights))

    # ------------------------------------------------------------------------------------------------------ fields
    def with_text(self, name: str, value: str) -> str:
        positions = self._positions()
        is_last = not value and list(positions) == [name]
        if self.kind == FOOTER and (self.mapping.flow_style or not positions or is_last):
            given = {**self.values.texts, name: value}
            texts = {key: text for key, text in given.items() if text or (key in _ALWAYS and key in positions)}
            return self._with_key(texts | _social(self.values.rows))
        if name not in positions:
            return self._inserted(name, positions, self._printed(name, value))
        position = positions[name]
        if not value and name not in _ALWAYS:
            return self._spliced(position.start, position.stop, [])
        printed = self._printed(name, value)
        node = position.value
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        if is_block or len(printed) > 1 or position.stop > position.start + 1 or node.start_mark.line != position.start:
            return self._spliced(position.start, position.stop, printed)
        # Only the value: a comment behind it stays, and so do the spaces that align it.
        line = self.lines[position.start]
        before_value, after = line[: node.start_mark.column], line[node.end_mark.column :]
        gap = "" if before_value.endswith((" ", "\t")) else " "
        return self._spliced(position.start, position.start + 1, [before_value + gap + printed[0].split(": ", 1)[1] + after])

    def _inserted(self, name: str, positions: Mapping[str, _Position], printed: Sequence[str]) -> str:
        """The text with a key that it lacked, behind those that are before it in a new file."""
        fields = FOOTER_KEYS if self.kind == FOOTER else FIELDS[self.kind]
        before = [positions[field].stop for field in fields[: fields.index(name)] if field in positions]
        at = max(before) if before else min((position.start for position in positions.values()), default=self.end)
        return self._spliced(at, at, printed)

    def _positions(self) -> dict[str, _Position]:
        pairs = self.mapping.value
        starts = [key.start_mark.line for key, _ in pairs]
        positions: dict[str, _Position] = {}
        for at, (key, value) in enumerate(pairs):
            limit = starts[at + 1] if at + 1 < len(pairs) else self.end
            positions[str(key.value)] = _Position(starts[at], self._stop(starts[at], limit, value), value)
        return positions

    def _stop(self, start: int, limit: int, value: yaml.Node) -> int:
        """The line after the last one of a value: empty lines and comments below it do not belong to it."""
        is_block = isinstance(value, yaml.ScalarNode) and value.style in ("|", ">")
        if is_block:
            limit = min(limit, value.end_mark.line + (value.end_mark.column > 0))
        while limit > start + 1 and (not self.lines[limit - 1].strip() or (not is_block and _is_comment(self.lines[limit - 1]))):
            limit -= 1
        return limit

    def _printed(self, name: str, value: str) -> list[str]:
        """A key with its value, in the form of the printer, indented like its neighbours."""
        indent = self.mapping.start_mark.column if self.mapping.value else 0
        printed = [f"date: {value}"] if name == "date" and read_day(value) else _dumped({name: value})
        return [" " * indent + line if line else "" for line in printed]

    # -------------------------------------------------------------------------------------------------------- rows
    def with_rows(self, rows: Sequence[tuple[str, str]]) -> str:
        """The text with other rows; those that were there keep their lines, wherever they are now."""
        if not rows or not self.dashes or len(self.dashes) != len(self.values.rows):
            printed = [f"{self.kind}:", *(_item(self.kind, row) for row in rows)] if rows else [f"{self.kind}: []"]
            return self._with_lines(printed)
        return self._with_other_rows(rows, self._stop(self.dashes[-1], self.end, self.mapping))

    def _with_other_rows(self, rows: Sequence[tuple[str, str]], stop: int) -> str:
        starts = [self.dashes[0], *(self._with_comments(line, before) for before, line in pairwise(self.dashes)), stop]
        unused: dict[tuple[str, str], list[list[str]]] = {}
        for row, (start, end) in zip(self.values.rows, pairwise(starts), strict=True):
            unused.setdefault(row, []).append(self.lines[start:end])
        line = self.lines[self.dashes[0]]
        indent = line[: len(line) - len(line.lstrip())]
        made: list[str] = []
        for row in rows:
            kept = unused.get(row)
            made += kept.pop(0) if kept else [indent + _item(self.kind, row)]
        return self._spliced(self.dashes[0], stop, made)

    def with_social(self, rows: Sequence[tuple[str, str]]) -> str:
        """The footer with other accounts; those that were there keep their lines."""
        positions = self._positions()
        if self.mapping.flow_style or not positions or (not rows and list(positions) == [SOCIAL]):
            texts = {key: text for key, text in self.values.texts.items() if text or (key in _ALWAYS and key in positions)}
            return self._with_key(texts | _social(rows))
        indent = " " * self.mapping.start_mark.column
        printed = [indent + line for line in _dumped(_social(rows))] if rows else []
        if SOCIAL not in positions:
            return self._inserted(SOCIAL, positions, printed)
        position = positions[SOCIAL]
        if not rows or not self.dashes or len(self.dashes) != len(self.values.rows):
            return self._spliced(position.start, position.stop, printed)
        return self._with_other_rows(rows, position.stop)

    def _with_comments(self, line: int, before: int) -> int:
        """The first of the comments directly above a line; they are about what is below them."""
        while line > before + 1 and _is_comment(self.lines[line - 1]):
            line -= 1
        return line

    # ----------------------------------------------------------------------------------------------------- writing
    def _with_key(self, value: object) -> str:
        """The text with another value of its only key, printed as a whole."""
        return self._with_lines(_dumped({self.kind: value}))

    def _with_lines(self, printed: Sequence[str]) -> str:
        """The text with other lines of its only key."""
        (key, node) = self.root.value[0]
        return self._spliced(key.start_mark.line, self._stop(key.start_mark.line, self.end, node), printed)

    def _spliced(self, start: int, stop: int, made: Sequence[str]) -> str:
        return "\n".join([*self.lines[:start], *made, *self.lines[stop:]])


@dataclass(frozen=True, slots=True)
class _Position:
    start: int
    stop: int
    value: yaml.Node


def _extent(kind: str, lines: Sequence[str]) -> tuple[int, int]:
    """The first line of the YAML in a part, and the line after its last."""
    start = 0
    if kind == HEAD:
        start = next((at for at, line in enumerate(lines) if line.strip()), 0)
        if lines[start].rstrip() != "---":
            raise UnreadableHeadError(Finding("head-missing", line=start + 1))
        start += 1
    end = next((at for at in range(start, len(lines)) if lines[at].rstrip() == "---"), None)
    if end is None:
        end = len(lines)
        while end > start and not lines[end - 1].strip():
            end -= 1
    return start, end


def _composed(source: str) -> tuple[yaml.MappingNode, list[int]]:
    """Returns the node of the YAML, and the lines with a hyphen of a list.

    Raises UnreadableHeadError for YAML that a form could not keep.
    """
    if len(source) > LARGEST_HEAD:
        raise UnreadableHeadError(Finding("head-too-big", line=1, params={"size": len(source), "limit": LARGEST_HEAD}))
    read_errors = Findings("")
    try:
        root = yaml.compose(source, Loader=yaml.BaseLoader)
        tokens = list(yaml.scan(source, Loader=yaml.BaseLoader))
    except (yaml.YAMLError, RecursionError):
        read_head(source, read_errors)
        raise UnreadableHeadError(next(finding for finding in read_errors.collected if finding.code == "head-yaml")) from None
    if root is None:
        mark = yaml.Mark("", 0, 0, 0, None, 0)
        root = yaml.MappingNode("tag:yaml.org,2002:map", [], mark, mark, flow_style=False)
    for token in tokens:
        # A key with a question mark, and everything that refers to another place of the text.
        is_marked = isinstance(token, yaml.KeyToken) and source[token.start_mark.index : token.start_mark.index + 2] in _QUESTIONS
        if is_marked or (isinstance(token, _ODD_TOKENS) and not isinstance(token, yaml.KeyToken)):
            raise UnreadableHeadError(_not_yaml(phrase("it can only be edited as source text"), token.start_mark.line + 1))
    if isinstance(root, yaml.MappingNode) and root.flow_style:
        raise UnreadableHeadError(_not_yaml(phrase("it can only be edited as source text"), root.start_mark.line + 1))
    if not isinstance(root, yaml.MappingNode):
        expected = phrase("a list of `key: value` lines")
        raise UnreadableHeadError(Finding("key-shape", line=root.start_mark.line + 1, params={"key": "head", "wanted": expected}))
    return root, [token.start_mark.line for token in tokens if isinstance(token, yaml.BlockEntryToken)]


_QUESTIONS = {"? ", "?\n"}


def _not_yaml(problem: object, line: int = 1) -> Finding:
    return Finding("head-yaml", line=line, params={"problem": problem})


def _value(node: yaml.Node) -> str:
    """The text of a value, as the parser of the head reads it."""
    if not isinstance(node, yaml.ScalarNode):
        return ""
    value = str(node.value).strip()
    return "" if not node.style and value in ("~", "null") else value


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _item(kind: str, row: tuple[str, str]) -> str:
    first, second = (_dumped([text])[0].removeprefix("- ") for text in row)
    return f"- {first}" if kind == HIGHLIGHTS else f"- {first}: {second}"


def _social(rows: Sequence[tuple[str, str]]) -> dict[str, object]:
    return {SOCIAL: [{name: address} for name, address in rows]} if rows else {}


def _dumped(value: object) -> list[str]:
    return yaml.safe_dump(value, allow_unicode=True, width=1_000_000, sort_keys=False).rstrip("\n").split("\n")


assert set(HEAD_FIELDS) == {*TEXT_KEYS, "date"}  # noqa: S101 - a new key of the head needs a field
