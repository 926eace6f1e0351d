"""Fills the head of an issue from the front and back matter, so that it can be built immediately; every guess gets a mark."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from composer.importing.manuscript.chinese_lines import footer_fields
from composer.importing.manuscript.document_parts import Manuscript
from composer.importing.manuscript.inline_slicing import title_text
from composer.importing.manuscript.title_similarity import SURE, match_titles
from composer.importing.structure.back_matter import BackMatter
from composer.importing.structure.front_matter import FrontMatter
from composer.importing.structure.head_fields import guess_date, guess_language, make_preheader
from composer.issue.document import Credit, Footer, Issue

MASTHEAD_NOUNS = re.compile(
    r"(?<!\s)\s++(?:newsletter|news|bulletin|journal|monthly|weekly|quarterly|review|digest|update)s?$", re.IGNORECASE
)
NO_TITLE = "Newsletter"


def fill_head(issue: Issue, front: FrontMatter, back: BackMatter, script: Manuscript, today: date) -> tuple[Issue, list[str]]:
    """Returns the issue with its head, and the texts in the head that are not from the source."""
    added: list[str] = []
    remarks: list[str] = []
    title = title_text(front.title)
    if not title:
        title = NO_TITLE
        added.append(title)
        remarks.append("title: no masthead was recognised in the text; write the title")
    publisher = title_text(back.publisher or publisher_in([*front.other, front.tagline]))
    organisation = publisher or MASTHEAD_NOUNS.sub("", title)
    if not publisher:
        remarks.append(f'organisation: "{organisation}" is taken from the title; write the full name')
    dating = guess_date(script.name, "\n".join([front.title, *front.other]), script.words, today)
    remarks.append(
        f"date and number: {dating.said}; {'check that both are right' if dating.sure else 'set the day and the number'}"
    )
    ids = match_highlights(issue, front.highlights, remarks)
    leads = [lead for text in front.highlights if (lead := title_text(text))] or [article.title for article in issue.articles()]
    remarks.append(f"subject and preheader: made from the {'highlights' if front.highlights else 'titles'}; rewrite them")
    if front.other:
        remarks.append("lines above the highlights were left out; see import-report.txt")
    footer = make_footer(back, title, added, remarks)
    whole = replace(
        issue,
        title=title,
        organisation=organisation,
        number=dating.number,
        date=dating.day,
        subject=leads[0],
        preheader=make_preheader(leads, leads[0], title),
        language=guess_language(script.words),
        tagline=front.tagline,
        footer=footer,
        highlights=tuple(ids),
        credits=tuple(Credit(title_text(role), title_text(person)) for role, person in back.staff),
        opening=(*script.log.marks_for(0, remarks), *issue.opening),
    )
    return whole, added


def publisher_in(lines: list[str]) -> str:
    """Returns the publisher that a Chinese masthead names, `主办：…`; empty if none does."""
    return next((field.value for line in lines for field in footer_fields(line) if field.is_publisher), "")


def make_footer(back: BackMatter, title: str, added: list[str], remarks: list[str]) -> Footer:
    """Returns the footer; the title replaces a missing text about the publisher."""
    about = title_text(back.about)
    if not about:
        about = title
        added.append(about)
        remarks.append("footer: the text says nothing about the publisher; write who sends this")
    if not back.address:
        remarks.append("footer: the postal address is missing; it is required before sending")
    return Footer(about, title_text(back.address), back.website, back.email)


def match_highlights(issue: Issue, highlights: list[str], remarks: list[str]) -> list[str]:
    """Returns the ids of the articles that the highlights name; doubtful and unknown ones add a remark."""
    articles = list(issue.articles())
    ids: list[str] = []
    matches = match_titles(highlights, [article.title for article in articles])
    for highlight, (index, score) in zip(highlights, matches, strict=True):
        if index < 0:
            remarks.append(f'highlights: no article was found for "{highlight}"')
            continue
        ids.append(articles[index].id)
        if score < SURE:
            remarks.append(f'highlights: is "{articles[index].title}" the article for "{highlight}"?')
    return ids
