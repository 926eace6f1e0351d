"""Writes the report on an imported issue: what was found, left out and changed, and which questions are open."""

import textwrap
from collections import defaultdict, deque
from collections.abc import Iterable
from operator import attrgetter

from composer.importing.manuscript.import_log import ImportLog, LeftOut, LoggedQuestion, RecordedChange, written_question
from composer.importing.report.word_audit import LinkAudit, WordAudit
from composer.issue.document import EditorMark, Figure, Issue, plain

LIST = ", "
WIDEST = 300  # characters; longer lines are wrapped here, shorter ones by the text editor
PLACE = attrgetter("line_from", "line_to")


def write_report(name: str, issue: Issue, log: ImportLog, audit: WordAudit, links: LinkAudit) -> str:
    """Returns the report as plain text. `issue` was parsed from issue.md, so that the report can name its lines."""
    left = [f"{where(left_out, log.unit)}{left_out.reason}: {shown(left_out)}" for left_out in sorted(log.left_out, key=PLACE)]
    changes: list[str] = []
    labels: list[str] = []
    for change in sorted(log.changes, key=PLACE):
        (labels if change.reason.startswith("a label") else changes).append(change_line(change, log.unit))
    parts = [
        f"Import of {name}",
        "",
        *summary(issue, log),
        "",
        *(row for line in (*account_lines(log, audit), *link_lines(links)) for row in wrapped(line)),
        "",
        *chapter("Questions (each is in issue.md, on the line named here)", question_lines(name, issue, log)),
        *chapter(f"Left out (the places are in {name})", left),
        *chapter(f"Changed (the places are in {name})", changes),
        *chapter("Labels rewritten", labels),
        *chapter("Notes", log.notes),
        *chapter("Articles", outline(issue)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def summary(issue: Issue, log: ImportLog) -> list[str]:
    figures = sum(isinstance(block, Figure) for block in issue.blocks())
    return [
        f"{counted(len(issue.sections), 'section')}, {counted(len(list(issue.articles())), 'article')}, "
        f"{counted(figures, 'figure')}, {counted(len(issue.credits), 'staff name')}.",
        f"{counted(len(log.questions), 'question')}, {counted(len(log.left_out), 'piece')} left out, "
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
        lines.append(f"Some words have spaces in other places than in the source: {LIST.join(audit.divided)}.")
    if log.limits:
        lines += ["The import cannot promise that nothing else is missing:", *(f"- {limit}." for limit in log.limits)]
    return lines


def link_lines(links: LinkAudit) -> list[str]:
    if links.missing:
        named = LIST.join(f'"{link.text}" ({link.href})' for link in links.missing)
        return [
            f"LINKS ARE MISSING. {counted(len(links.missing), 'link')} of the source "
            f'{"is" if len(links.missing) == 1 else "are"} neither in the issue nor under "Left out": {named}. '
            "Add them by hand. This is a fault of the import, please report it."
        ]
    if not links.total:
        return []
    return [f"Every link of the source ({links.total:,}) is in the issue or in the list of what was left out."]


def shown(left: LeftOut) -> str:
    return f"{left.text} ({left.href})" if left.href else left.text


def outline(issue: Issue) -> Iterable[str]:
    for section in issue.sections:
        yield section.title
        for article in section.articles:
            pictures = sum(isinstance(block, Figure) for block in article.blocks)
            sources = [plain(entry) for entry in article.sources]
            yield f"  {article.title}"
            yield f"    {counted(pictures, 'figure')}; sources: {'; '.join(sources) or 'none'}"


def question_lines(name: str, issue: Issue, log: ImportLog) -> Iterable[str]:
    """Yields each question with its line in issue.md, in the order of that file, and with its place in the source."""
    sources: dict[str, deque[LoggedQuestion]] = defaultdict(deque)
    for question in log.questions:
        sources[" ".join(written_question(question.text).split())].append(question)
    for block in issue.blocks():
        if isinstance(block, EditorMark):
            known = sources[block.text]
            question = known.popleft() if known else LoggedQuestion(0, block.text)
            origin = f" ({log.unit} {question.line} of {name})" if question.line else ""
            yield f"issue.md:{block.line}: {question.text}{origin}"


def chapter(title: str, lines: Iterable[str]) -> list[str]:
    rows = [row for line in lines for row in wrapped(line)]
    return [title, "-" * len(title), *rows, ""] if rows else []


def wrapped(line: str) -> list[str]:
    """Wraps a long line. Nothing is cut, because text that was left out is only in the report."""
    if len(line) <= WIDEST:
        return [line]
    return textwrap.wrap(line, WIDEST, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def change_line(change: RecordedChange, unit: str) -> str:
    before = change.before.replace("- ", "- + ")
    after = f" → {change.after}" if change.after else ""
    return f"{where(change, unit)}{before}{after} ({change.reason})"


def where(entry: RecordedChange | LeftOut, unit: str) -> str:
    last = "" if entry.line_from == entry.line_to else f"-{entry.line_to}"
    return f"{unit} {entry.line_from}{last}: " if entry.line_from else ""


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
