"""Template filters for issues, their imports and reviews: states, names of parts, reasons of revisions, differences."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.outline import ARTICLE, kind_of, title_of
from composer.issue.parts.splitting import Part
from editorial.importing.source_places import SourcePlace
from editorial.text_differences import ADDED, EQUAL, REMOVED, DifferenceRow
from web.texts.issues import import_texts, issue_texts
from web.texts.language_names import language_name
from web.texts.state_labels import SEMICOLON

register = template.Library()
register.filter(issue_texts.state_of_issue)
register.filter(issue_texts.part_name)
register.filter(issue_texts.quoted_name)
register.filter(issue_texts.kind_word)
register.filter(issue_texts.revision_reason)


@register.filter
def mails_in_words(variants: str) -> str:
    """Return the variants of a finding with the name of their language: `English; English, country = "CN"`."""
    mails = []
    for variant in variants.split(str(SEMICOLON)):
        language, comma, conditions = variant.partition(",")
        mails.append(f"{language_name(language)}{comma}{conditions}")
    return str(SEMICOLON).join(mails)


@register.filter
def language_tag(file: str) -> str:
    """The language in the name of an issue's file: `zh-Hans` of issue.zh-Hans.md; empty for the first language."""
    return "" if file == ISSUE_FILE else file.removeprefix("issue.").removesuffix(".md")


_STATES = {
    "waiting": _("waits to be read"), "reading": _("is being read"), "asking": _("needs a decision"),
    "ready": _("is read, not an issue yet"), "done": _("is an issue"), "failed": _("failed"), "cancelled": _("cancelled"),
}  # fmt: skip


@register.filter
def import_state(state: str) -> str:
    return str(_STATES[state])


@register.filter
def source_place(source: SourcePlace) -> str:
    """Where a passage is in its document: “line 21”."""
    return import_texts.describe_position(source.unit, source.number)


_TAGS = {REMOVED: "del", ADDED: "ins"}


register.filter("titled", issue_texts.kind_and_title)


@register.filter
def is_article(part: Part) -> bool:
    return kind_of(part) == ARTICLE


@register.filter
def titled_part(part: Part) -> str:
    """`Article: The light source opens`; the id of a part that is gone."""
    return issue_texts.kind_and_title(kind_of(part), title_of(part)) if part.text else part.id


@register.filter
def picture_name(path: str) -> str:
    """The name of a picture without its folder."""
    return path.rpartition("/")[2]


@register.filter
def marked(row: DifferenceRow) -> SafeString:
    """Return a row of a difference as HTML, with removed text in <del> and added text in <ins>."""
    pieces = (
        (format_html("<{0}>{1}</{0}>", _TAGS[segment.kind], segment.text) if segment.kind != EQUAL else segment.text,)
        for segment in row.segments
    )
    return format_html_join("", "{}", pieces)
