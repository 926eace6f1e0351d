"""Fills the head of an issue from the front and back matter, so that it can be built immediately; every guess gets a question."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date

from composer.importing.manuscript.chinese_lines import footer_fields
from composer.importing.manuscript.document_parts import Manuscript
from composer.importing.manuscript.inline_slicing import title_text
from composer.importing.manuscript.issue_dates import Dating, find_dating, is_dating_line
from composer.importing.manuscript.title_similarity import SURE, match_titles
from composer.importing.structure.back_matter import BackMatter
from composer.importing.structure.front_matter import FrontMatter
from composer.issue.document import Credit, Footer, Issue

SHORTEST, LONGEST = 40, 130  # characters of a preheader


def make_preheader(lines: list[str], subject: str, title: str) -> str:
    """Makes a preheader of 40 to 130 characters from as many highlights as fit, in order, without the one used as subject.

    A title that is not known is not named.
    """
    rest = [line for line in lines if line != subject] or [subject]
    chinese = guess_language(title + "".join(lines)) == "zh"
    between = "；" if chinese else "; "
    chosen: list[str] = []
    for line in rest:
        if len(between.join([*chosen, line])) <= LONGEST:
            chosen.append(line)
    made = between.join(chosen) or shorten(rest[0], LONGEST)
    if len(made) < SHORTEST and chinese:
        made = f"本期《{title}》：{made}" if title else f"本期要目：{made}"
    elif len(made) < SHORTEST:
        named = f"{title}: {made}" if title else made
        made = named if len(named) >= SHORTEST else f"In this issue{' of' if title else ':'} {named}, and more to read"
    return shorten(made, LONGEST)


def shorten(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:.") + "…"


def guess_language(text: str) -> str:
    """Guesses the language by its script and its most common short words; English if there is no evidence."""
    letters = [letter for letter in text[:50_000] if letter.isalpha()]
    if letters and sum("\u3400" <= letter <= "\u9fff" for letter in letters) * 3 > len(letters):
        return "zh"
    words = Counter(re.findall(r"[a-zà-ÿ]+", text[:50_000].lower()))
    marks = {"en": "the and of", "de": "der und die", "fr": "les et des", "es": "los y del"}
    return max(marks, key=lambda tongue: sum(words[word] for word in marks[tongue].split()))


MASTHEAD_NOUNS = re.compile(
    r"(?<!\s)\s++(?:newsletter|news|bulletin|journal|monthly|weekly|quarterly|review|digest|update)s?$", re.IGNORECASE
)
FIRST_PARTS = 12  # lines with number or date may also be among the first parts of the text


def fill_head(issue: Issue, front: FrontMatter, back: BackMatter, script: Manuscript) -> tuple[Issue, list[str]]:
    """Returns the issue with its head, and the texts in the head that are not from the source. What the source does not say stays
    empty, with a question."""
    added: list[str] = []
    questions: list[str] = []
    title = title_text(front.title)
    if not title:
        questions.append("title: no masthead was recognised in the text; write the title")
    publisher = title_text(back.publisher or publisher_in([*front.other, front.tagline]))
    organisation = publisher or MASTHEAD_NOUNS.sub("", title)
    if not organisation:
        questions.append("organisation: the text does not name it; write the full name")
    elif not publisher:
        questions.append(f'organisation: "{organisation}" is taken from the title; write the full name')
    dating = date_issue(front, script)
    questions.append(f"date and number: {dating.summary}")
    ids = match_highlights(issue, front.highlights, questions)
    leads = [lead for text in front.highlights if (lead := title_text(text))] or [article.title for article in issue.articles()]
    questions.append(f"subject and preheader: made from the {'highlights' if front.highlights else 'titles'}; rewrite them")
    if any(not is_dating_line(line) for line in front.other):
        questions.append("a line with the number or the date also has other words and was left out; see import-report.txt")
    footer = make_footer(back, title, added, questions)
    whole = replace(
        issue,
        title=title,
        organisation=organisation,
        number=dating.number,
        date=dating.day or date.min,
        subject=leads[0],
        preheader=make_preheader(leads, leads[0], title),
        language=guess_language(script.source_text),
        tagline=front.tagline,
        footer=footer,
        highlights=tuple(ids),
        credits=tuple(Credit(title_text(role), title_text(person)) for role, person in back.staff),
        opening=(*script.log.ask(0, questions), *issue.opening),
    )
    return whole, added


def date_issue(front: FrontMatter, script: Manuscript) -> Dating:
    """Returns number and date from the masthead; what it does not say, from the other lines that say nothing else."""
    dating = find_dating("\n".join([front.title, *front.other]))
    if dating.number and dating.day and not dating.month_only:
        return dating
    first = (part.text for part in script.parts[:FIRST_PARTS] if is_dating_line(part.text))
    other = find_dating("\n".join([*script.head_lines, *first]))
    number = dating.number or other.number
    if dating.day is None or (dating.month_only and other.day and not other.month_only):
        return replace(other, number=number)
    return replace(dating, number=number)


def publisher_in(lines: list[str]) -> str:
    """Returns the publisher that a Chinese masthead names, `主办：…`; empty if none does."""
    return next((field.value for line in lines for field in footer_fields(line) if field.is_publisher), "")


def make_footer(back: BackMatter, title: str, added: list[str], questions: list[str]) -> Footer:
    """Returns the footer; the title, if there is one, replaces a missing text about the publisher."""
    about = title_text(back.about)
    if not about:
        about = title
        added += [title] if title else []
        questions.append("footer: the text says nothing about the publisher; write who sends this")
    if not back.address:
        questions.append("footer: the postal address is missing; it is required before sending")
    return Footer(about, title_text(back.address), back.website, back.email)


def match_highlights(issue: Issue, highlights: list[str], questions: list[str]) -> list[str]:
    """Returns the ids of the articles that the highlights name; doubtful and unknown ones add a question."""
    articles = list(issue.articles())
    ids: list[str] = []
    matches = match_titles(highlights, [article.title for article in articles])
    for highlight, (index, score) in zip(highlights, matches, strict=True):
        if index < 0:
            questions.append(f'highlights: no article was found for "{highlight}"')
            continue
        ids.append(articles[index].id)
        if score < SURE:
            questions.append(f'highlights: is "{articles[index].title}" the article for "{highlight}"?')
    return ids
