"""Template filters of reviews: the parts of an issue in words, and the marks of a difference."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from composer.issue.parts.outline import ARTICLE, kind_of, title_of
from composer.issue.parts.splitting import Part
from editorial.text_differences import ADDED, EQUAL, REMOVED, DifferenceRow
from web.texts.issues import issue_texts

register = template.Library()
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
