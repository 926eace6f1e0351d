"""Composes an issue that is not finished: it fills what the texts lack and replaces what is wrong, so that the mail can be shown
while it is written.

The result is never stored or sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from django.conf import settings

from composer import composition
from composer.composition import DESIGNED, Composition, ThemeColours
from composer.errors import ComposeError, Finding
from composer.issue.document import Issue
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parsing.issue_file import unified_lines
from composer.issue.parts.part_texts import body_line, opened
from composer.issue.parts.splitting import OPENING, split
from composer.rendering.measured_links import NOT_MEASURED, LongestAddresses
from editorial import issue_versions
from publication import clock

PLACEHOLDER = "…"
_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]|$)")
_FILLED = {"key-empty", "article-empty", "section-empty", "no-articles"}
_WHOLE = {"mark-open", "too-much"}  # errors that make a whole text one block
_ADDRESS = "https://example.org/"
_ROUNDS = 3

ConditionCheck = Callable[[Sequence[Issue]], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class UnfinishedIssue:
    """The texts in all languages, with placeholders where something is missing or wrong, and the errors of the texts as written.

    `issues` is None if placeholders do not help.
    """

    texts: Mapping[str, str]
    issues: tuple[Issue, ...] | None
    faults: tuple[Finding, ...]


def load(folder: Path, sources: Mapping[str, str], condition_faults: ConditionCheck) -> UnfinishedIssue:
    """Read the texts (file name -> text) of an issue; `folder` has its pictures."""
    issues, faults = _checked(folder, sources, condition_faults)
    loaded, left = UnfinishedIssue(sources, issues, faults), faults
    for _ in range(_ROUNDS):  # some errors show only when others are gone
        texts = filled(loaded.texts, left) if loaded.issues is None else None
        if texts is None:
            break
        issues, left = _checked(folder, texts, condition_faults)
        loaded = replace(loaded, texts=texts, issues=issues)
    return loaded


def compose(
    folder: Path, loaded: UnfinishedIssue, condition_faults: ConditionCheck, measured: LongestAddresses = NOT_MEASURED,
    theme_colours: ThemeColours = DESIGNED,
) -> tuple[Composition | None, tuple[Finding, ...]]:  # fmt: skip
    """The mails, if there can be any, and all errors. What causes those that only composing finds is replaced once.

    Sizes count the links as `measured` makes them. `theme_colours` as in `composition.compose_folder`.
    """
    issues, faults = loaded.issues, loaded.faults
    for texts in (loaded.texts, None):
        if issues is None:
            break
        try:
            made = composition.compose_issues(
                issues,
                folder,
                theme_root=settings.EMAIL_THEMES,
                picture_url=issue_versions.media_url,
                measured=measured,
                theme_colours=theme_colours,
            )
            return issue_versions.without_folder(made), faults
        except ComposeError as error:
            if texts is None:
                break
            more = _named(error.findings)
            faults = tuple(dict.fromkeys((*faults, *more)))
            with_placeholders = filled(texts, more)
            issues = _checked(folder, with_placeholders, condition_faults)[0] if with_placeholders is not None else None
    return None, faults


def _checked(
    folder: Path, sources: Mapping[str, str], condition_faults: ConditionCheck
) -> tuple[tuple[Issue, ...] | None, tuple[Finding, ...]]:
    try:
        issues = composition.load_issues(folder, sources)
    except ComposeError as error:
        return None, _named(error.findings)
    faults = _named(condition_faults(issues))
    return (None if faults else issues), faults


def _named(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(map(issue_versions.of_file, findings))


def filled(sources: Mapping[str, str], faults: Iterable[Finding]) -> dict[str, str] | None:
    """The files (name -> text) with a placeholder where something is missing or wrong; None if that is not enough.

    A link gets another address, so that its words stay; any other block with an error becomes a placeholder.
    """
    errors = [fault for fault in faults if fault.level == "error"]
    if not errors:
        return None
    texts = dict(sources)
    for name in {PurePath(fault.file).name for fault in errors}:
        here = [fault for fault in errors if PurePath(fault.file).name == name]
        lines: list[str] | None = unified_lines(sources.get(name, ""))
        lines = _with_blocks(lines or [], [fault for fault in here if fault.code not in _FILLED])
        text = _with_values(lines, [fault for fault in here if fault.code in _FILLED]) if lines is not None else None
        if text is None:
            return None
        texts[name] = text
    return texts


def _with_blocks(lines: list[str], faults: list[Finding]) -> list[str] | None:
    """The lines with each block that has an error replaced, line for line; None if an error is in no block."""
    if not faults:
        return lines
    blocks = list(_blocks("\n".join(lines)))
    for fault in faults:
        block = next(
            (candidate for candidate in blocks if candidate.start <= (fault.line or 0) - 1 < candidate.start + candidate.count),
            None,
        )
        if block is None:
            return None
        inside = lines[block.start : block.start + block.count]
        lines[block.start : block.start + block.count] = _with_link(inside, fault) or [PLACEHOLDER, *[""] * (block.count - 1)]
    return lines


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of a file: the index of the first, and how many."""

    start: int
    count: int


def _blocks(text: str) -> Iterator[_Lines]:
    """The lines of each block of the opening and of the articles. Without those of a card that is not closed: it has no end."""
    start = 0
    for part in split(text):
        if not part.id.startswith("@") or part.id == OPENING:
            at = start + body_line(part.text) - 1
            for group in read_groups(opened(part.text).body):
                at += group.gap.count("\n")
                count = group.source.count("\n") + 1
                closed = not group.source.startswith(":::") or group.source.rstrip().endswith(":::")
                if closed and (group.fault is None or group.fault.code not in _WHOLE):
                    yield _Lines(at, count)
                at += count - 1
        start += part.text.count("\n")


def _with_link(lines: list[str], fault: Finding) -> list[str] | None:
    """The lines with words or an address for the link that the error is about; None if it is not about one."""
    if not fault.code.startswith("link-"):
        return None
    url = f"#{fault.params['id']}" if fault.code == "link-anchor" else str(fault.params.get("url", ""))
    before, after = ("[](", f"[{PLACEHOLDER}](") if fault.code == "link-no-text" else (f"]({url})", f"]({_ADDRESS})")
    changed = [line.replace(before, after) for line in lines]
    return changed if changed != lines else None


def _with_values(lines: list[str], faults: list[Finding]) -> str | None:
    """The text of one file with placeholders. From the last line to the first, so that the numbers stay right."""
    codes = {fault.code for fault in faults}
    for fault in sorted(faults, key=lambda fault: -(fault.line or 0)):
        at = (fault.line or 1) - 1
        if fault.code == "key-empty":
            key, colon, rest = (lines[at] if at < len(lines) else "").partition(":")
            if not colon or rest.strip() not in ("", '""', "''"):
                return None
            value = f"{clock.now():%Y-%m-%d}" if fault.params.get("key") == "date" else f'"{PLACEHOLDER}"'
            lines[at] = f"{key}: {value}"
        elif fault.code == "article-empty":
            end = _end(lines, at, depth=2)
            lines[end:end] = ["", PLACEHOLDER, ""]
        elif fault.code == "section-empty":
            end = _end(lines, at, depth=1)
            lines[end:end] = ["", f"## {PLACEHOLDER}", "", PLACEHOLDER, ""]
    if "no-articles" in codes and "section-empty" not in codes:
        lines += ["", f"# {PLACEHOLDER}", "", f"## {PLACEHOLDER}", "", PLACEHOLDER, ""]
    return "\n".join(lines)


def _end(lines: list[str], at: int, depth: int) -> int:
    """The index behind the lines of a heading: of the next one of the same or a higher level, or the end."""
    for number in range(at + 1, len(lines)):
        match = _HEADING.match(lines[number])
        if match and len(match[1]) <= depth:
            return number
    return len(lines)
