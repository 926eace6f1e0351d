"""The table of rules: each has a code, the levels of what it finds, and what is to be mended where nobody wrote a fault.

A rule judges the finished parts of a mail, not the way they were made; so it also holds for a theme that is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from composer.css.html_tree import Element
from composer.errors import Finding, Level
from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.preflight.parsed_html import Page, squeezed
from composer.preflight.size_budget import Budget, budget_of
from composer.preflight.source_lines import Sources

if TYPE_CHECKING:  # the gate before sending wants codes and levels, and not the engines that these bring with them
    from composer.images.picture_encoder import Picture
    from composer.pipeline import ComposedIssue
    from composer.rendering.theme_model import Theme

Part = Literal["issue", "issue.mjml.j2", "text.txt.j2", "theme.yaml"]

# A name as long as a field lets it be, in many scripts and with every sign that is written in more characters than one.
_NAMES = "Nguyễn Ångström & Søn <施一公> “محمد بن سلمان” देवनागरी O'Brien_Ünal 😀 "
_TAGS = re.compile(f"({merge_fields.TAG.pattern})".encode())
LONGEST_NAME = (_NAMES * 8)[: merge_fields.LONGEST_VALUE]
_LONGEST_URL = 200  # characters: a long address of ours and a token


@dataclass(frozen=True)
class Mail:
    """Everything the rules may look at. `picture_urls` is src -> address; `fields` are filled per recipient."""

    subject: str
    preheader: str
    html: str
    text: str
    issue: Issue
    theme: Theme
    fields: tuple[merge_fields.MergeField, ...] = ()
    pictures: tuple[Picture, ...] = ()
    picture_urls: Mapping[str, str] = field(default_factory=dict)
    root: Element | None = field(default=None, repr=False, compare=False)  # that of `html`, where it was parsed before

    @classmethod
    def of(
        cls, composed: ComposedIssue, issue: Issue, theme: Theme, picture_urls: Mapping[str, str], root: Element | None = None,
    ) -> Mail:  # fmt: skip
        return cls(
            composed.subject, composed.preheader, composed.html, composed.text, issue, theme, composed.fields, composed.pictures,
            picture_urls, root,
        )  # fmt: skip

    @cached_property
    def page(self) -> Page:
        return Page(self.html, self.root)

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.issue, self.picture_urls)

    @cached_property
    def longest_values(self) -> dict[str, str]:
        return longest_values(self.fields)

    @cached_property
    def longest(self) -> bytes:
        """The HTML as somebody gets it whose name is as long as can be, in UTF-8."""
        values = {tag.encode(): value.encode() for tag, value in self.longest_values.items()}
        return b"".join([values.get(piece, piece) for piece in self._pieces])

    @cached_property
    def bare_html(self) -> bytes:
        """The HTML without its tags of merge fields, in UTF-8."""
        return b"".join(self._pieces[::2])

    @cached_property
    def html_tags(self) -> frozenset[str]:
        """The tags of merge fields in the HTML."""
        return frozenset(tag.decode() for tag in self._pieces[1::2])

    @cached_property
    def _pieces(self) -> list[bytes]:
        """The HTML in UTF-8, cut at its tags of merge fields: every other piece is one."""
        return _TAGS.split(self.page.encoded)

    @cached_property
    def squeezed(self) -> str:
        """The text part, for comparing."""
        return squeezed(self.text)

    @cached_property
    def text_tags(self) -> frozenset[str]:
        return frozenset(merge_fields.TAG.findall(self.text))

    @cached_property
    def budget(self) -> Budget:
        return budget_of(self.longest, self.issue)


def longest_values(fields: tuple[merge_fields.MergeField, ...]) -> dict[str, str]:
    """Tag -> the longest that may stand there."""
    page = "https://newsletter.example.org/u/".ljust(_LONGEST_URL, "x")
    person = {"name": LONGEST_NAME, "email": "x" * (merge_fields.LONGEST_VALUE - 12) + "@example.org", "view_url": page}
    return merge_fields.values(fields, person | {"unsubscribe_url": page})


def usual(text: str, fields: tuple[merge_fields.MergeField, ...]) -> str:
    """The text as a reader with an ordinary name sees it: what is said of lengths is said of this."""
    return merge_fields.fill(text, merge_fields.preview_values(fields, "Maria Garcia"))


Check = Callable[[Mail], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`code` names the rule for people; its findings carry it. `part` is the file of the theme to be mended when a finding
    has no line of the issue. A `fixed` rule keeps its level whatever a publication says."""

    code: str
    levels: tuple[Level, ...]
    check: Check
    part: Part
    fixed: bool


RULES: list[Rule] = []


def rule(code: str, *levels: Level, part: Part = "issue.mjml.j2", fixed: bool = False) -> Callable[[Check], Check]:
    """Puts a check into the table."""

    def enter(check: Check) -> Check:
        RULES.append(Rule(code, levels, check, part, fixed))
        return check

    return enter


def fault(level: Level = "error", line: int | None = None, **params: object) -> Finding:
    """What a check yields; the table adds the code and the file."""
    return Finding("", level, params, "", line or None)


def inspect(mail: Mail) -> tuple[Finding, ...]:
    """The findings of every rule, in the order of the table. Errors forbid sending."""
    return tuple(finding for entry in RULES for finding in apply(entry, mail))


def apply(entry: Rule, mail: Mail) -> Iterator[Finding]:
    """The findings of one rule, each with its code and its place."""
    for item in entry.check(mail):
        of_theme = item.line is None and entry.part != "issue"
        file = item.file or (mail.theme.place(entry.part) if of_theme else mail.issue.file)
        yield replace(item, code=entry.code, file=file)
