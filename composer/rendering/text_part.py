"""Renders the plain text part from the issue, not from the HTML: 76 columns wide, with numbered links."""

from typing import Any

from composer.issue import digest, merge_fields
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
    lead = digest.lead_of(issue)
    opening = writer.blocks(issue.opening)
    opening_links = writer.take_links()
    return shared_values.common_view(issue, theme, tags) | {
        "opening": "\n\n".join(part for part in (opening, "\n".join(opening_links)) if part),
        "lead": _story(lead, issue, writer) if lead is not None else None,
        "sections": [
            {"title": section.title, "articles": articles}
            for section in issue.sections
            if (articles := [_article(article, issue, writer) for article in section.articles if _is_below(article, issue, lead)])
        ],
    }


def _is_below(article: Article, issue: Issue, lead: Article | None) -> bool:
    """Whether a section has the article: not if all that the mail says of it is at the beginning."""
    return lead is None or article.id != lead.id or not digest.is_story(issue, article)


def _story(article: Article, issue: Issue, writer: TextWriter) -> dict[str, Any]:
    """Returns a story: its title, its summary, and the address of the whole text, empty if it is in the mail."""
    return {
        "title": article.title, "story": True, "summary": writer.inlines(digest.summary_of(article)),
        "links": writer.take_links(),
        "href": writer.tags.article_href(article.id) if digest.is_story(issue, article) else "",
        "minutes": shared_values.minutes_text(article, writer.fixed_texts),
    }  # fmt: skip


def _article(article: Article, issue: Issue, writer: TextWriter) -> dict[str, Any]:
    if digest.is_story(issue, article):
        return _story(article, issue, writer)
    text = writer.blocks(article.blocks).strip("\n")
    sources = [writer.inlines(entry) for entry in article.sources]
    return {"title": article.title, "story": False, "text": text, "sources": sources, "links": writer.take_links()}
