"""The end of every import: the head with its guesses, the issue printed and read back, its words counted, the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from composer.importing.manuscript.import_log import Change, ImportLog, LeftOut, Mark
from composer.importing.manuscript.title_similarity import SURE, match_titles
from composer.importing.readers.text.text_blocks import Block
from composer.importing.report.folder_writing import write_folder
from composer.importing.report.import_report import write_report
from composer.importing.report.legibility import find_limits
from composer.importing.report.word_audit import compare_words
from composer.importing.size_limits import print_fitting, read_again
from composer.importing.structure.head_fields import guess_date, guess_language, make_preheader
from composer.importing.structure.masthead_lines import Back, Front, text_of
from composer.importing.structure.text_issue import bare
from composer.issue.document import Credit, EditorMark, Footer, Issue
from composer.issue.parsing.issue_file import parse_issue

MASTHEAD_NOUNS = re.compile(
    r"\s+(?:newsletter|news|bulletin|journal|monthly|weekly|quarterly|review|digest|update)s?$", re.IGNORECASE
)
NO_TITLE = "Newsletter"
LOST = "words of the source are missing in this issue; add them"
INVENTED = "these words are not in the source; delete them"


@dataclass(frozen=True, slots=True)
class Imported:
    """`issue_md` can be built as it is; `missing` is empty unless the import has a fault."""

    name: str
    issue_md: str
    left_out: tuple[LeftOut, ...]
    changes: tuple[Change, ...]
    marks: tuple[Mark, ...]
    report: str
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = field(default=(), repr=False)
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # name in images/ -> bytes


def finish(
    source: str, name: str, issue: Issue, added: list[str], log: ImportLog, pictures: Mapping[str, bytes] | None = None
) -> Imported:
    """Prints the issue, reads it back, and holds its words against those of the source. Raises ImportRefusedError."""
    find_limits(source, log)
    marks = [*log.marks_for(0, log.limits)]
    issue = replace(issue, opening=(*marks, *issue.opening))
    text = print_fitting(issue, name)
    written = read_again(text, name)
    account = compare_words(source, written, log, added)
    told = [(LOST, account.missing), (INVENTED, account.invented)]
    if faults := [EditorMark(f"check: {told}: {', '.join(words[:30])}".replace("--", "–")) for told, words in told if words]:
        issue = replace(issue, opening=(*issue.opening, *faults))
        text = print_fitting(issue, name)
        written = read_again(text, name)
    report = write_report(name, written, log, account)
    return Imported(
        name,
        text,
        tuple(log.left_out),
        tuple(log.changes),
        tuple(log.marks),
        report,
        account.missing,
        tuple(added),
        pictures or {},
    )


def account_for(source: str, imported: Imported) -> list[str]:
    """The words of the source that are neither in the issue nor in the list of what was left out."""
    log = ImportLog(list(imported.left_out), list(imported.changes))
    return list(compare_words(source, parse_issue(imported.issue_md), log, imported.added).missing)


def write_import(imported: Imported, folder: Path) -> None:
    """Writes issue.md, import-report.txt and the pictures into a new or empty folder; all or nothing."""
    texts = {"issue.md": imported.issue_md, "import-report.txt": imported.report}
    pictures = {f"images/{name}": data for name, data in imported.pictures.items()}
    write_folder(folder, {name: text.encode() for name, text in texts.items()} | pictures)


def fill_head(
    issue: Issue, front: Front, back: Back, highlights: list[Block], name: str, text: str, log: ImportLog, today: date
) -> tuple[Issue, list[str]]:
    """The issue with a head, and the texts in it that are not from the source. Every guess is marked above the body."""
    added: list[str] = []
    remarks: list[str] = []
    title = bare(front.title.text) if front.title else NO_TITLE
    if front.title is None:
        added.append(title)
        remarks.append("title: the text has no masthead that could be recognised")
    organisation = MASTHEAD_NOUNS.sub("", title)
    remarks.append(f'organisation: "{organisation}" is taken from the title; write the full name')
    dating = guess_date(name, text_of(front), text, today)
    remarks.append(
        f"date and number: {dating.said}; {'see that both are right' if dating.sure else 'set the day and the number'}"
    )
    ids = match_highlights(issue, highlights, remarks)
    leads = [lead for block in highlights if (lead := bare(block.text))] or [article.title for article in issue.articles()]
    preheader = make_preheader(leads, leads[0], title)
    remarks.append(f"subject and preheader: made from the {'highlights' if highlights else 'titles'}; write them anew")
    names = {section.title.casefold() for section in issue.sections}
    if any(bare(block.text).casefold() not in names for block in front.other):
        remarks.append("lines above the highlights were left out; see import-report.txt")
    footer = make_footer(back, title, added, remarks)
    marks = log.marks_for(0, remarks)
    whole = replace(
        issue,
        title=title,
        organisation=organisation,
        number=dating.number,
        date=dating.day,
        subject=leads[0],
        preheader=preheader,
        language=guess_language(text),
        footer=footer,
        highlights=tuple(ids),
        credits=tuple(Credit(bare(role), bare(person)) for role, person in back.staff),
        opening=(*marks, *issue.opening),
    )
    return whole, added


def make_footer(back: Back, title: str, added: list[str], remarks: list[str]) -> Footer:
    """The footer, with the title where the text says nothing about who publishes it."""
    about = bare(back.about)
    if not about:
        about = title
        added.append(about)
        remarks.append("footer: the text says nothing about the publisher; write who sends this")
    if not back.address:
        remarks.append("footer: the postal address is missing; it is required before sending")
    return Footer(about, bare(back.address), back.website, back.email)


def match_highlights(issue: Issue, highlights: list[Block], remarks: list[str]) -> list[str]:
    """The ids of the articles that the highlights mean; what is unsure or unknown becomes a remark."""
    articles = list(issue.articles())
    ids: list[str] = []
    matches = match_titles([block.text for block in highlights], [article.title for article in articles])
    for block, (index, score) in zip(highlights, matches, strict=True):
        if index < 0:
            remarks.append(f'highlights: no article was found for "{block.text}"')
            continue
        ids.append(articles[index].id)
        if score < SURE:
            remarks.append(f'highlights: is "{articles[index].title}" the article of "{block.text}"?')
    return ids
