"""Writes an issue as one HTML fragment for the editor of a WeChat official account.

The fragment has inline styles only. Title, digest and author have fields of their own in WeChat, so they are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composer.css.colours import contrast_ratio
from composer.images.picture_encoder import Picture
from composer.issue import document as doc
from composer.issue import languages, links, merge_fields
from composer.issue.digest import lead_of
from composer.issue.issue_number import shown_number
from composer.issue.typography import typeset_issue
from composer.rendering import blocks as _registered  # noqa: F401 - registers how each kind of block is written
from composer.rendering.archive_page import legible
from composer.rendering.escaping import escaped
from composer.rendering.shared_values import contents_of, day_text
from composer.rendering.theme_model import Theme
from composer.rendering.writers.wechat_writer import WechatColours, WechatLink, WechatPicture, WechatWriter

MOST_AUTHOR = 8  # characters of an author: docs/wechat.md names the source
_WHITE, _LEAST_CONTRAST = "#ffffff", 4.5
_PLAIN_COLOURS = WechatColours("#1d2125", "#5b646c", "#14505c", "#dcdad3")  # of a theme whose text is illegible on white


@dataclass(frozen=True, slots=True)
class WechatArticle:
    """`title`, `digest` and `author` are plain text. `pictures` and `links` are in the order of the HTML."""

    title: str
    digest: str
    author: str
    language: str
    html: str = field(repr=False)
    pictures: tuple[WechatPicture, ...] = ()
    links: tuple[WechatLink, ...] = ()


def write_article(issue: doc.Issue, theme: Theme, pictures: Mapping[str, Picture]) -> WechatArticle:
    """Writes an issue without conditions (one variant). `pictures`: src of a figure -> its picture."""
    fixed_texts = theme.fixed_texts(issue.language)
    title, digest = (_without_fields(text) for text in (issue.subject, issue.preheader))
    issue = typeset_issue(issue)
    writer = WechatWriter(issue, fixed_texts, colours_of(theme), pictures)
    html = "".join([
        _head(issue, writer, fixed_texts),
        writer.blocks(issue.opening),
        _contents(issue, writer, fixed_texts),
        *(_section(section, writer, fixed_texts) for section in issue.sections),
        _links(writer, fixed_texts),
        _foot(issue, writer),
    ])  # fmt: skip
    style = f"font-size:16px;line-height:1.75;text-align:{writer.start_side()};color:{writer.colours.ink}"
    if languages.direction_of(issue.language) == "rtl":
        style += f";{writer.direction()}"
    return WechatArticle(
        title or legible(issue.title), digest, _author(issue), issue.language, f'<section style="{style}">{html}</section>',
        tuple(writer.placed.values()), tuple(writer.links),
    )  # fmt: skip


def colours_of(theme: Theme) -> WechatColours:
    """Returns the colours of the theme's first tone whose text is legible on white, the background of WeChat."""
    for name in theme.settings["sections"]:
        tone = theme.settings["tones"][name]["light"]
        ink, quiet, accent = (str(tone[key]) for key in ("ink", "quiet", "accent"))
        if all(contrast_ratio(colour, _WHITE) >= _LEAST_CONTRAST for colour in (ink, quiet, accent)):
            return WechatColours(ink, quiet, accent, str(tone["line"]))
    return _PLAIN_COLOURS


def _without_fields(text: str) -> str:
    """Returns a line of the head with the defaults of its merge fields."""
    return legible(merge_fields.replaced(text, lambda _, inside: merge_fields.read_field(inside).default))


def _author(issue: doc.Issue) -> str:
    """Returns the organisation, or else the title of the newsletter, if WeChat's field has room for it."""
    names = (legible(issue.organisation), legible(issue.title))
    return next((name for name in names if 0 < len(name) <= MOST_AUTHOR), "")


def _head(issue: doc.Issue, writer: WechatWriter, fixed_texts: Mapping[str, Any]) -> str:
    number = shown_number(issue.number, str(fixed_texts["number"])) if issue.number else ""
    parts = (issue.title, number, day_text(issue.date, fixed_texts))
    tagline = f"{writer.text(issue.tagline)}<br>" if issue.tagline else ""
    return writer.small(tagline + " · ".join(writer.text(part) for part in parts if part))


def _contents(issue: doc.Issue, writer: WechatWriter, fixed_texts: Mapping[str, Any]) -> str:
    """Lists the articles without links: WeChat removes the ids to which they would lead.

    The lead is in the list. In a mail it is above the list, but here it is one of the articles below it.
    """
    entries, _ = contents_of(issue)
    if not entries:
        return ""
    if lead := lead_of(issue):
        entries = (lead, *entries)
        if not issue.highlights:
            entries = tuple(article for article in issue.articles() if article in entries)
    titles = "<br>".join(f"· {writer.text(article.title)}" for article in entries)
    frame = f"padding:12px 16px;border:1px solid {writer.colours.line};text-align:{writer.start_side()}"
    heading = f'<strong style="font-weight:bold">{writer.text(str(fixed_texts["contents"]))}</strong>'
    return writer.paragraph(f"{heading}<br>{titles}", frame)


def _section(section: doc.Section, writer: WechatWriter, fixed_texts: Mapping[str, Any]) -> str:
    line = f"border-bottom:2px solid {writer.colours.accent}"
    style = f"margin:40px 0 16px;padding:0 0 6px;font-size:20px;line-height:1.4;font-weight:bold;{line}"
    articles = "".join(_article(article, writer, fixed_texts) for article in section.articles)
    return f'<h2 style="{style}">{writer.text(section.title)}</h2>{articles}'


def _article(article: doc.Article, writer: WechatWriter, fixed_texts: Mapping[str, Any]) -> str:
    style = "margin:32px 0 12px;font-size:18px;line-height:1.5;font-weight:bold"
    html = f'<h3 style="{style}">{writer.text(article.title)}</h3>{writer.blocks(article.blocks)}'
    if article.sources:
        label = writer.text(str(fixed_texts["sources" if len(article.sources) > 1 else "source"]))
        entries = escaped(str(fixed_texts["between"])).join(map(writer.inlines, article.sources))
        html += writer.small(f"{label}{_colon(writer)}{entries}")
    return html


def _links(writer: WechatWriter, fixed_texts: Mapping[str, Any]) -> str:
    if not writer.links:
        return ""
    style = "margin:40px 0 12px;font-size:16px;line-height:1.5;font-weight:bold"
    notes = "".join(
        writer.small(
            f"[{number}] {writer.text(link.text)}{_colon(writer)}{escaped(link.address)}",
            f"margin:0 0 8px;word-break:break-all;text-align:{writer.start_side()}",
        )
        for number, link in enumerate(writer.links, start=1)
    )
    return f'<h3 style="{style}">{writer.text(str(fixed_texts["links"]))}</h3>{notes}'


def _foot(issue: doc.Issue, writer: WechatWriter) -> str:
    """Writes credits, and who publishes the newsletter. The postal address is only required in mails."""
    lines = [f"{writer.text(credit.role)}{_colon(writer)}{writer.text(credit.name)}" for credit in issue.credits]
    footer = issue.footer
    about = (legible(issue.organisation), footer.about, links.normalise(footer.website) if footer.website else "", footer.email)
    lines += [writer.text(text) for text in about if text.strip()]
    frame = f"margin:40px 0 0;padding:16px 0 0;border-top:1px solid {writer.colours.line};word-break:break-word"
    return writer.small("<br>".join(lines), frame) if lines else ""


def _colon(writer: WechatWriter) -> str:
    return escaped(str(writer.fixed_texts["colon"]))
