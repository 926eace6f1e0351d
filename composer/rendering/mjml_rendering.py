"""Renders an issue to MJML by filling the theme's template issue.mjml.j2."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from composer.css import stylesheets
from composer.images.picture_encoder import Picture
from composer.issue import merge_fields
from composer.issue.document import Article, Issue
from composer.issue.languages import direction_of
from composer.rendering import escaping, shared_values
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.theme_model import LOGO, LOGO_DARK, Theme
from composer.rendering.writers.html_fragments import FragmentWriter
from composer.rendering.writers.template_parts import PartsMaker

TEMPLATE = "issue.mjml.j2"
_HEAD_CSS = Markup("/* the head's rules */")  # placeholder: which rules are needed is known only after rendering


def render_mjml(
    issue: Issue, theme: Theme, tags: merge_fields.Tags, pictures: Mapping[str, Picture], urls: Mapping[str, str]
) -> str:
    """Returns the MJML of an issue. `pictures` and `urls` are keyed by the `src` of figures; a figure that is in neither shows
    that its picture is missing."""
    values = template_values(issue, theme, tags, pictures, urls)
    filled = fill_template(environment_for(theme, escape=True), TEMPLATE, values, theme)
    return filled.replace(_HEAD_CSS, stylesheets.needed(theme.head_rules, stylesheets.classes_in(filled)), 1)


def template_values(
    issue: Issue, theme: Theme, tags: merge_fields.Tags, pictures: Mapping[str, Picture], urls: Mapping[str, str]
) -> dict[str, Any]:
    """Returns the variables of issue.mjml.j2, which docs/themes.md lists. Markup is safe in text; all else gets escaped."""
    writer = FragmentWriter(tags, [article.id for article in issue.articles()], issue.language)
    parts = PartsMaker(writer, theme, pictures, urls)
    direction = direction_of(issue.language)
    common = shared_values.common_view(issue, theme, tags)
    return common | {
        "issue": common["issue"] | {key: writer.text(common["issue"][key]) for key in ("title", "organisation", "tagline")},
        "footer": common["footer"] | {key: writer.text(common["footer"][key]) for key in ("about", "address")},
        "credits": [{key: writer.text(text) for key, text in credit.items()} for credit in common["credits"]],
        # A Chinese number in an English issue, or a Chinese domain, is marked here: their authors cannot mark a language there.
        **_theme_texts(common, theme, writer),
        "highlights": [entry | {key: writer.text(entry[key]) for key in ("title", "section")} for entry in common["highlights"]],
        "page_title": f"{issue.title} {issue.number}",
        "preheader": escaping.text(tags.replace_fields(issue.preheader, "html")),
        "direction": direction,
        "start": "right" if direction == "rtl" else "left",
        "end": "left" if direction == "rtl" else "right",
        "width": theme.width,
        "logo": _logo(theme, urls),
        "tones": theme.settings["tones"],
        "fonts": theme.settings["fonts"],
        "head_css": _HEAD_CSS,
        "opening": parts.of(issue.opening),
        "sections": [
            {
                "title": writer.text(section.title),
                "tone": tone,
                "articles": [_article(article, writer, parts) for article in section.articles],
            }
            for section, tone in zip(issue.sections, shared_values.tones_of(issue, theme), strict=True)
        ],
    }


def _theme_texts(common: Mapping[str, Any], theme: Theme, writer: FragmentWriter) -> dict[str, Any]:
    """Returns the texts that are made of the theme's words. In a right-to-left issue, English ones are isolated."""
    if direction_of(writer.language) == "ltr":
        return {key: writer.text(common[key]) for key in ("number_text", "website_text", "why")}

    def written(text: str, word: str) -> Markup:
        return writer.text(text, theme.language_of(word, writer.language))

    made_of = {"number_text": "number", "date_text": "months", "why": "why"}
    fixed = {word: written(text, word) if isinstance(text, str) else text for word, text in common["words"].items()}
    return {key: written(common[key], word) for key, word in made_of.items()} | {
        "words": fixed, "website_text": writer.text(common["website_text"]),
    }  # fmt: skip


def _article(article: Article, writer: FragmentWriter, parts: PartsMaker) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": writer.text(article.title),
        "parts": parts.of(article.blocks),
        "sources": [writer.inlines(entry) for entry in article.sources],
    }


def _logo(theme: Theme, urls: Mapping[str, str]) -> dict[str, Any] | None:
    """Returns the logo variables of the template; `dark_url` is empty if the theme has no logo for dark mode."""
    if LOGO not in theme.pictures:
        return None
    logo, picture = theme.settings["logo"], theme.pictures[LOGO]
    width = min(int(logo["width"]), picture.width)
    return {
        "url": urls[LOGO], "dark_url": urls.get(LOGO_DARK, ""), "alt": logo["alt"], "width": width,
        "height": max(1, round(width * picture.height / picture.width)),
    }  # fmt: skip
