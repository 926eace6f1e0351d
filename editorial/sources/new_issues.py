"""Begins a new issue: from another one, whose head, opening and sections stay, or from a template."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import yaml
from django.db import transaction

from composer.errors import Findings
from composer.issue.blocks.mark import EditorMark
from composer.issue.days import read_day
from composer.issue.issue_number import is_written_out
from composer.issue.parsing.head import Head, read_head
from composer.issue.parsing.head import split as split_head
from composer.issue.parsing.issue_file import ISSUE_FILE, unified_lines
from composer.issue.parsing.structure import read_structure
from composer.issue.parts.outline import ARTICLE, kind_of
from composer.issue.parts.splitting import OPENING, Part, join, split
from composer.issue.starter import starter_files
from editorial.issue_records import make_slug
from editorial.models import IssueRecord, IssueRevision, Original
from editorial.sources import edits, issue_state, originals
from editorial.sources.issue_state import IssueState
from publication import clock
from publication.domain_errors import DomainError
from publication.installation import publication
from publication.models import Actor

LONGEST = 200  # characters of a title or a number
_KEY = re.compile(r"[^\s#]")  # how the line of a key begins; all others continue the value before
_MONTH = re.compile(r"(?<!\d)(\d{4})([-/.年]?)(0?[1-9]|1[0-2])(?!\d)")
_CHINESE = re.compile(r"(\d{4})?(\D*第\s*)(\d{1,18})(\s*期(?:\D*总\s*第?\s*)?)(\d{1,18})?(\D*)")
_LAST_NUMBER = re.compile(r"(?<!\d)\d{1,18}(?=\D*\Z)")  # a longer one is a mistake, and int() refuses 4,301 digits


class NewIssueError(DomainError):
    """An issue that cannot be begun like this."""


@dataclass(frozen=True, slots=True)
class IssueDetails:
    """Title, number and date of an issue, as text of a form."""

    title: str
    number: str
    date: str


def suggestion(last: IssueState | None) -> IssueDetails:
    """Title, number and date for the issue after `last`: the next month and the next number."""
    today = clock.in_zone(clock.now(), publication().zone).date()
    head = head_of(last) if last is not None else None
    if head is None:
        return IssueDetails("", f"{today:%Y-%m}", today.isoformat())
    day = next_month(head.date) if head.date is not None else today
    day = max(day, today)
    return IssueDetails(head.texts["title"], next_number(head.texts["number"], head.date, day), day.isoformat())


def next_month(day: date) -> date:
    """The same day of the next month; the last day stays the last day. After the last month of the calendar comes none."""
    if (day.year, day.month) == (date.max.year, 12):
        return day
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    length = calendar.monthrange(year, month)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, length if was_last else min(day.day, length))


def next_number(number: str, old: date | None, new: date) -> str:
    """The number after another: `2026-12` of December 2026 follows the date, otherwise the last number in it counts up."""
    if is_written_out(number) and (counted := _next_chinese(number, old, new)):
        return counted
    month = _MONTH.search(number)
    if month is not None and old is not None and (int(month[1]), int(month[3])) == (old.year, old.month):
        written = f"{new.year}{month[2]}{new.month:0{len(month[3])}}"
        return number[: month.start()] + written + number[month.end() :]
    return _LAST_NUMBER.sub(lambda found: str(int(found[0]) + 1).zfill(len(found[0])), number, count=1)


def _next_chinese(number: str, old: date | None, new: date) -> str:
    """The number after `2026年第11期（总第87期）`: both count up, and the first begins again with a new year.
    Empty if the number has no digits."""
    match = _CHINESE.fullmatch(number)
    if match is None:
        return ""
    year, between, count, end, total, rest = match.groups()
    starts = bool(year) and old is not None and int(year) == old.year < new.year
    counted = "1" if starts else str(int(count) + 1).zfill(len(count))
    whole = str(int(total) + 1).zfill(len(total)) if total else ""
    return f"{new.year if starts else year or ''}{between}{counted}{end}{whole}{rest}"


def head_of(state: IssueState) -> Head | None:
    lines = unified_lines(state.sources.get(ISSUE_FILE, ""))
    findings = Findings("")
    text, _, _ = split_head(lines, findings)
    return None if findings.fatal else read_head(text, Findings(""))


def begin(actor: Actor, details: IssueDetails, template: IssueRecord | None, *, opening_mark: str = "") -> IssueRecord:
    """Create an issue from another one, or from Mailroom's template; its source is the first revision. Raises NewIssueError.

    `opening_mark`: the text of an editor's mark before an opening that comes from the other issue.
    """
    day = validated_date(details)
    slug = make_slug(details.title, details.number)
    with transaction.atomic():
        record, is_new = IssueRecord.objects.get_or_create(slug=slug, defaults={"title": details.title})
        if not is_new:
            raise NewIssueError("taken", title=details.title, number=details.number, issue=slug)
        state = _from_template(actor, details, day) if template is None else _from_issue(template, details, day, opening_mark)
        edits.apply_edit(actor, record, lambda theirs: (theirs, state), reason=IssueRevision.Reason.IMPORT, verb="begin_issue")
    return record


def validated_date(details: IssueDetails) -> date:
    """The day of an issue whose title, number and date can be used. Raises NewIssueError."""
    for name in ("title", "number"):
        text = getattr(details, name)
        if not text.strip():
            raise NewIssueError(name)
        if len(text) > LONGEST:
            raise NewIssueError("long", most=LONGEST)
        if not text.isprintable():
            raise NewIssueError("character")
    day = read_day(details.date)
    if day is None:
        raise NewIssueError("date", text=details.date[:50])
    return day


def _from_issue(template: IssueRecord, details: IssueDetails, day: date, opening_mark: str) -> IssueState:
    """The source of an issue without its articles, highlights, subject and preview text, with another number and date."""
    before = issue_state.head(template.pk)
    sources: dict[str, str] = {}
    for file, text in before.sources.items():
        structure = read_structure(text)
        if structure is None:
            raise NewIssueError("unreadable", issue=template.slug)
        kept = join(_marked(part, opening_mark) for part in split(text) if kind_of(part) != ARTICLE)
        values = {"number": details.number, "date": day.isoformat(), "subject": "", "preheader": ""}
        if file == ISSUE_FILE:
            values["title"] = details.title
        sources[file] = _with_values(kept, values)
        if not _has_values(sources[file], details, day, file == ISSUE_FILE):
            raise NewIssueError("unreadable", issue=template.slug)
    if ISSUE_FILE not in sources:
        raise NewIssueError("unreadable", issue=template.slug)
    used = {path for text in sources.values() if (shown := read_structure(text)) is not None for path in shown.pictures}
    return issue_state.of_sources(sources, {path: digest for path, digest in before.pictures.items() if path in used})


def _marked(part: Part, mark: str) -> Part:
    """The part with an editor's mark before its text, if it is an opening: nothing else would show that it is an old one."""
    written = EditorMark(mark).printed()
    text = part.text.lstrip("\n")
    if part.id != OPENING or not mark or not text or written in text:
        return part
    return replace(part, text=f"{part.text[: len(part.text) - len(text)]}{written}\n\n{text}")


def _with_values(source: str, values: Mapping[str, str]) -> str:
    """The file with other values of top-level keys of its head, and without highlights."""
    structure = read_structure(source)
    if structure is None:
        return source
    starts = {line - 1: key for key, line in structure.keys.items() if "." not in key}
    made: list[str] = []
    is_dropped = False
    for at, line in enumerate(source.split("\n")):
        if at >= structure.head_end - 1:
            is_dropped = False
        elif at in starts:
            key = starts[at]
            is_dropped = key in values or key == "highlights"
            if key in values:
                made.append(yaml.safe_dump({key: values[key]}, allow_unicode=True, width=1_000_000).rstrip("\n"))
        elif is_dropped and _KEY.match(line) and not line.startswith("-"):
            is_dropped = False
        if not is_dropped:
            made.append(line)
    return "\n".join(made)


def _has_values(source: str, details: IssueDetails, day: date, is_first: bool) -> bool:
    head = head_of(IssueState({ISSUE_FILE: split(source)}, {}))
    return (
        head is not None
        and (head.texts["number"], head.date) == (details.number.strip(), day)
        and (not is_first or head.texts["title"] == details.title.strip())
        and not (head.texts["subject"] or head.texts["preheader"] or head.highlights)
    )


def _from_template(actor: Actor, details: IssueDetails, day: date) -> IssueState:
    files = starter_files(day)
    pictures = {
        path: originals.keep(actor, [data], Original.Kind.PICTURE, path.rpartition("/")[2]).digest
        for path, data in files.items()
        if path != ISSUE_FILE
    }
    values = {"title": details.title, "number": details.number, "date": day.isoformat()}
    text = _with_values(files[ISSUE_FILE].decode(), values)
    return replace(issue_state.of_sources({ISSUE_FILE: text}, {}), pictures=pictures)
