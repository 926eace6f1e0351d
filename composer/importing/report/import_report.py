"""The report beside an imported issue: what was found, what was left out and why, what was changed, where to look."""

from __future__ import annotations

import textwrap
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import TypeVar

from composer.importing.manuscript.import_log import Change, ImportLog, LeftOut, Mark, mark_text
from composer.importing.report.word_audit import WordAudit
from composer.issue.document import EditorMark, Figure, Issue, plain

LIST = ", "
WIDEST = 300  # characters; an editor wraps shorter lines, too
Entry = TypeVar("Entry", LeftOut, Change)


def write_report(name: str, issue: Issue, log: ImportLog, audit: WordAudit) -> str:
    """Plain text, for an editor; `issue` as it is read from issue.md, whose lines the report names."""
    unit = log.unit
    parts = [
        f"Import of {name}",
        "",
        *summary(issue, log),
        "",
        *(row for line in account_lines(log, audit) for row in wrapped(line)),
        "",
        *chapter("Places to check (each is marked in issue.md, on the line named here)", mark_lines(name, issue, log)),
        *chapter(
            f"Left out (places are those of {name})",
            (f"{where(left.line_from, left.line_to, unit)}{left.reason}: {left.text}" for left in in_order(log.left_out)),
        ),
        *chapter(
            f"Changed (places are those of {name})",
            (change_line(change, unit) for change in in_order(log.changes) if not is_label(change)),
        ),
        *chapter("Labels written anew", (change_line(change, unit) for change in in_order(log.changes) if is_label(change))),
        *chapter("To know", log.notes),
        *chapter("Articles", outline(issue)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def summary(issue: Issue, log: ImportLog) -> list[str]:
    articles = list(issue.articles())
    figures = sum(isinstance(block, Figure) for block in issue.blocks())
    return [
        f"{counted(len(issue.sections), 'section')}, {counted(len(articles), 'article')}, "
        f"{counted(figures, 'figure')}, {counted(len(issue.credits), 'staff name')}.",
        f"{counted(len(log.marks), 'place')} to check, {counted(len(log.left_out), 'piece')} left out, "
        f"{counted(len(log.changes), 'change')}.",
    ]


def account_lines(log: ImportLog, audit: WordAudit) -> list[str]:
    lines: list[str] = []
    if audit.missing:
        lines.append(
            f"WORDS ARE MISSING. {counted(len(audit.missing), 'word')} of the source (each Chinese character counts as one) "
            f'are neither in the issue nor under "Left out": {LIST.join(audit.missing)}. Add them by hand. '
            "This is a fault of the import, please report it."
        )
    if audit.invented:
        lines.append(
            f"WORDS WERE ADDED. {counted(len(audit.invented), 'word')} in the issue are not in the source: "
            f"{LIST.join(audit.invented)}. Delete them. This is a fault of the import, please report it."
        )
    if not lines:
        what = "All text that could be read is" if log.limits else "Every word of the source is"
        lines.append(f"{what} in the issue or in the list of what was left out.")
    if audit.divided:
        lines.append(f"Some words have their spaces at other places than in the source: {LIST.join(audit.divided)}.")
    if log.limits:
        lines += ["The import cannot promise that nothing else is missing:", *(f"- {limit}." for limit in log.limits)]
    return lines


def outline(issue: Issue) -> Iterable[str]:
    for section in issue.sections:
        yield section.title
        for article in section.articles:
            pictures = sum(isinstance(block, Figure) for block in article.blocks)
            sources = [plain(entry) for entry in article.sources]
            yield f"  {article.title}"
            yield f"    {counted(pictures, 'figure')}; sources: {'; '.join(sources) or 'none'}"


def mark_lines(name: str, issue: Issue, log: ImportLog) -> Iterable[str]:
    """Each mark at its line of issue.md, in the order of that file, with its place in the source."""
    sources: dict[str, deque[Mark]] = defaultdict(deque)
    for mark in log.marks:
        sources[" ".join(mark_text(mark).split())].append(mark)
    for block in issue.blocks():
        if isinstance(block, EditorMark):
            known = sources[block.text]
            place = where(known[0].line, known[0].line, log.unit) if known else ""
            text = known.popleft().text if known else block.text
            yield f"issue.md:{block.line}: {text}" + (f" ({place.removesuffix(': ')} of {name})" if place else "")


def chapter(title: str, lines: Iterable[str]) -> list[str]:
    rows = [row for line in lines for row in wrapped(line)]
    return [title, "-" * len(title), *rows, ""] if rows else []


def wrapped(line: str) -> list[str]:
    """The whole line, in several if it is a long one: what the report cuts would be in no file any more."""
    if len(line) <= WIDEST:
        return [line]
    return textwrap.wrap(line, WIDEST, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def change_line(change: Change, unit: str) -> str:
    before = change.before.replace("- ", "- + ")
    after = f" → {change.after}" if change.after else ""
    return f"{where(change.line_from, change.line_to, unit)}{before}{after} ({change.reason})"


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.line_from, entry.line_to))


def is_label(change: Change) -> bool:
    return change.reason.startswith("a label")


def where(line_from: int, line_to: int, unit: str) -> str:
    if not line_from:
        return ""
    return f"{unit} {line_from}: " if line_from == line_to else f"{unit} {line_from}-{line_to}: "


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
