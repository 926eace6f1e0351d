"""A template filter that marks the language of text in another script, for fonts and screen readers."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from composer.issue.languages import parts_of

register = template.Library()


@register.filter
def by_script(text: str, language: str) -> SafeString:
    """The text; characters of another script than the language's own are wrapped in a span with their language."""
    parts = (
        (format_html('<span lang="{}">{}</span>', other, part) if other else part,) for part, other in parts_of(text, language)
    )
    return format_html_join("", "{}", parts)
