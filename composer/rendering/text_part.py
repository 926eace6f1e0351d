"""Renders the plain text part from the issue, not from the HTML: 76 columns wide, with numbered links."""

from typing import Any

from composer.issue import merge_fields
from composer.issue.document import Article, Issue
from composer.rendering import shared_values
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.text_wrapping import columns, hanging, wrapped
from composer.rendering.theme_model import Theme
from composer.rendering.writers.text_writer import TextWriter

TEMPLATE = "text.txt.j2"
_FILTERS = (("wrapped", wrapped), ("hanging", hanging), ("columns", columns))


def render_text(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> str:
    environment = environment_for(theme, escape=False, filters=_FILTERS)
    filled = fill_template(environment, TEMPLATE, text_values(issue, theme, tags), theme)
    return "\n".join(line.rstrip() for line in filled.split("\n")).strip("\n") + "\n"


def text_values(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> dict[str, Any]:
    """Returns the variables of text.txt.j2, which docs/themes.md lists."""
    writer = TextWriter(issue, tags, theme.fixed_texts(issue.language))
    opening = writer.blocks(issue.opening)
    opening_links = writer.take_links()
    return shared_values.common_view(issue, theme, tags) | {
        "opening": "\n\n".join(part for part in (opening, "\n".join(opening_links)) if part),
        "sections": [
            {"title": section.title, "articles": [_article(article, writer) for article in section.articles]}
            for section in issue.sections
        ],
    }


def _article(article: Article, writer: TextWriter) -> dict[str, Any]:
    text = writer.blocks(article.blocks).strip("\n")
    sources = [writer.inlines(entry) for entry in article.sources]
    return {"title": article.title, "text": text, "sources": sources, "links": writer.take_links()}
