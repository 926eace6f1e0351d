"""Variables that the HTML template and the text template of a theme share: plain values of the issue, dates, fixed texts."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from composer.issue import digest, links, merge_fields
from composer.issue.document import Article, CalendarEvent, Field, Figure, Inlines, Issue, plain
from composer.issue.issue_number import shown_number
from composer.rendering.theme_model import Theme

_OWN_LABEL = re.compile(
    r"\s{0,9}(?:"
    r"(?:photo(?:graph)?|picture|image|illustration|graphic)s?\s{0,9}"
    r"(?:(?:credits?|sources?|courtesy(?:\s{1,9}of)?|by)?\s{0,9}[:：;]|by\s|courtesy\s|©)"
    r"|(?:photographers?|credits?|sources?|courtesy)\s{0,9}[:：]"
    r"|(?:摄\s{0,4}影|摄影报道|图片摄影|摄|拍摄|(?:图片|照片)?(?:来源|提供)|图片|照片|供\s{0,4}图|供图单位|供图者|图源|图|文图|图文|文[/／]图"
    r"|图[/／]文|制图|绘图|插图|漫画)\s{0,9}[:：/／|｜])",
    re.IGNORECASE,
)
_COLONS = " \u00a0\u202f:："  # of a label, with the spaces before them
_UNBLANKED = re.compile("(?:[0-9]{1,4}[年月日년월일])+")


def tones_of(issue: Issue, theme: Theme) -> list[str]:
    """Returns the tone of each section: the one set for its title, else the theme's tones in turn."""
    turn = cycle(theme.settings["sections"])
    own: Mapping[str, str] = theme.settings.get("section_tones") or {}
    return [own[section.title] if section.title in own else next(turn) for section in issue.sections]


QR_WIDTH = 120  # CSS pixels of a QR code: a phone reads it from the screen of a laptop


def qr_alt(issue: Issue, fixed_texts: Mapping[str, Any]) -> str:
    """Returns the alternative text of the WeChat QR code in the footer."""
    return str(fixed_texts["wechat_code"]).format(organisation=issue.organisation)


def day_text(day: date, fixed_texts: Mapping[str, Any]) -> str:
    return str(fixed_texts["date"]).format(day=day.day, month=fixed_texts["months"][day.month - 1], year=day.year)


def days_text(event: CalendarEvent, fixed_texts: Mapping[str, Any]) -> str:
    """Formats the days of an event: `12–14 April 2023`, `28 April – 2 May 2023`, or two full dates if the years differ."""
    first, last = event.start, event.end or event.start

    def written(form: str, day: date) -> str:
        months = fixed_texts["months"]
        return str(fixed_texts[form]).format(
            day=day.day, month=months[day.month - 1], year=day.year, last=last.day, last_month=months[last.month - 1]
        )  # fmt: skip

    if first == last:
        return written("date", first)
    if first.year == last.year:
        return written("days" if first.month == last.month else "weeks", first)
    return str(fixed_texts["span"]).format(first=written("date", first), last=written("date", last))


def unbroken(days: str) -> Markup:
    """Wraps Chinese, Japanese and Korean days in `span.day`, because a line could break inside them."""
    marked = _UNBLANKED.sub(r'<span class="day">\g<0></span>', str(escape(days)))
    return Markup(marked)  # nosec B704 # noqa: S704  (escaped)


def waiting_text(figure: Figure, fixed_texts: Mapping[str, Any]) -> str:
    """Returns the text in place of a missing picture, with its alternative text, or its caption if it has none."""
    description = figure.alt or " ".join(plain(figure.caption).split())
    return str(fixed_texts["waiting"]).format(alt=description).rstrip(_COLONS)


def around_credit(credit: Inlines, fixed_texts: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the theme's text before and after a credit; nothing if the credit begins with a label of its own."""
    before, _, after = str(fixed_texts["photo"]).partition("{credit}")
    label, *named = re.split("[:：]", plain(credit), maxsplit=1)
    is_labelled = bool(named) and label.strip(_COLONS).casefold() == before.strip(_COLONS).casefold()
    if is_labelled or _OWN_LABEL.match(plain(credit)):
        return "", ""
    return before, after


def common_view(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> dict[str, Any]:
    """Returns the variables that both parts of the mail share."""
    fixed_texts = theme.fixed_texts(issue.language)
    section_of = {article.id: section.title for section in issue.sections for article in section.articles}
    footer = issue.footer
    entries, unlisted = contents_of(issue)
    return {
        "issue": {key: getattr(issue, key) for key in ("title", "organisation", "tagline", "number", "language")},
        "footer": {key: getattr(footer, key) for key in ("about", "address", "email")}
        | {
            "website": links.normalise(footer.website) if footer.website else "",
            "social": [{"name": account.name, "url": links.normalise(account.url)} for account in footer.social],
        },
        "website_text": short_address(footer.website),
        "words": fixed_texts,
        "number_text": shown_number(issue.number, str(fixed_texts["number"])),
        "date_text": day_text(issue.date, fixed_texts),
        "why": str(fixed_texts["why"]).format(title=issue.title),
        "credits": [{"role": credit.role, "name": credit.name} for credit in issue.credits],
        "highlights": [
            {"id": article.id, "title": article.title, "section": section_of[article.id], "href": href_of(issue, article, tags)}
            for article in entries
        ],
        "more_text": str(fixed_texts["more"]).format(count=unlisted) if entries and unlisted else "",
        "layout": issue.layout,
    } | {name: tags.tag(Field(name), "url") for name in merge_fields.URL_FIELDS}


_FEWEST_ENTRIES = 3  # of a list of contents: fewer stories are seen at once


_MOST_ENTRIES = 8


def contents_of(issue: Issue) -> tuple[tuple[Article, ...], int]:
    """Returns the articles of the list of contents, and how many others there are.

    They are the highlighted ones, or the first of each section, without the lead, which is directly above them. A single one
    that would be left out is in the list: the line that counts the others would be as long, and has no singular.
    """
    lead = digest.lead_of(issue)
    articles, entries = (
        [article for article in some if lead is None or article.id != lead.id] for some in (issue.articles(), issue.highlighted())
    )
    if len(articles) < _FEWEST_ENTRIES:
        return (), 0
    if not issue.highlights and len(entries) > _MOST_ENTRIES:
        entries = _from_each_section(issue, entries)
    others = [article for article in articles if article not in entries]
    if len(others) == 1:
        return (*entries, *others), 0
    return tuple(entries), len(others)


def _from_each_section(issue: Issue, articles: Sequence[Article]) -> list[Article]:
    """Returns the articles of a list of contents in the order of the issue: one of each section before a second one."""
    ids = {article.id for article in articles}
    of_sections = [[article for article in section.articles if article.id in ids] for section in issue.sections]
    kept = {article.id for article in digest.in_turn(of_sections)[: _MOST_ENTRIES - 2]}
    return [article for article in articles if article.id in kept]


def href_of(issue: Issue, article: Article, tags: merge_fields.Tags) -> str:
    """Returns where the title of a story leads: to its page, or to its text in the mail."""
    return tags.article_href(article.id) if digest.is_story(issue, article) else f"#{article.id}"


def minutes_text(article: Article, fixed_texts: Mapping[str, Any]) -> str:
    return str(fixed_texts["minutes"]).format(count=digest.reading_minutes(article))


def short_address(url: str) -> str:
    """Returns the address without scheme and final slash, as people write it."""
    if not url:
        return ""
    parts = urlsplit(url.strip())
    return (parts.netloc + parts.path).rstrip("/") or url
