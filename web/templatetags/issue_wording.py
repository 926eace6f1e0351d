"""Template filters for issues: states, names of parts, reasons of revisions."""

from django import template

from composer.issue.parsing.issue_file import ISSUE_FILE
from web.texts.issues import issue_texts
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
