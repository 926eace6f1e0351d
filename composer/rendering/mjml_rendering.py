"""Renders an issue to MJML by filling the theme's template issue.mjml.j2."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from composer.css import stylesheets
from composer.images.picture_encoder import Picture
from composer.issue import digest, merge_fields
from composer.issue.document import Article, Block, Issue, Summary
from composer.issue.languages import direction_of
from composer.rendering import escaping, shared_values
from composer.rendering.blocks.figure import figure_part, small_picture
from composer.rendering.soft_hyphens import softened
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.text_wrapping import columns
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
    stories, lead = _Stories(issue, parts), digest.lead_of(issue)
    direction = direction_of(issue.language)
    common = shared_values.common_view(issue, theme, tags)
    return common | {
        "issue": common["issue"] | {key: writer.title(common["issue"][key]) for key in ("title", "organisation", "tagline")},
        "footer": common["footer"]
        | {key: writer.text(common["footer"][key]) for key in ("about", "address")}
        | {
            "social": [account | {"name": writer.text(account["name"])} for account in common["footer"]["social"]],
            "wechat": _qr_code(issue, theme, pictures, urls),
        },
        "credits": [{key: writer.text(text) for key, text in credit.items()} for credit in common["credits"]],
        # A Chinese number in an English issue, or a Chinese domain, is marked here: their authors cannot mark a language there.
        **_theme_texts(common, theme, writer),
        "highlights": [entry | {key: writer.title(entry[key]) for key in ("title", "section")} for entry in common["highlights"]],
        "masthead_size": masthead_size(issue.title),
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
        "lead": stories.of(lead, int(theme.settings["pictures"].get("lead", 0))) if lead is not None else None,
        "sections": [
            {
                "title": writer.title(section.title),
                "label": writer.text(softened(section.title, most=_LONGEST_IN_MARGIN)),
                "tone": tone,
                "articles": articles,
            }
            for section, tone in zip(issue.sections, shared_values.tones_of(issue, theme), strict=True)
            if (articles := [stories.article(article) for article in section.articles if stories.is_in_section(article)])
        ],
    }


# Widths of titles in columns, a Chinese character counting as two: of the whole, and of the longest word, which must not break.
CLASSES = frozenset(f"size-{size}" for size in range(4))  # of a masthead, by `masthead_size`
_LONGEST_IN_MARGIN = 12  # letters of a word beside which a narrow column has no room
_MASTHEAD_SIZES = ((28, 11), (44, 14), (72, 17))


def masthead_size(title: str) -> int:
    """Returns 0 for the largest type of a masthead, 3 for the smallest: a long name, or a long word, has smaller type."""
    width, longest = columns(title), max((columns(word) for word in title.split() if word.isascii()), default=0)
    fits = (size for size, (most, most_of_word) in enumerate(_MASTHEAD_SIZES) if width <= most and longest <= most_of_word)
    return next(fits, len(_MASTHEAD_SIZES))


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


class _Stories:
    """The articles of an issue for a template: the summary of a story, or the whole text."""

    def __init__(self, issue: Issue, parts: PartsMaker) -> None:
        self.issue, self.parts, self.writer = issue, parts, parts.writer
        self.lead = digest.lead_of(issue)

    def is_in_section(self, article: Article) -> bool:
        """Whether a section has the article: not if all that the mail says of it is under the masthead."""
        return self.lead is None or article.id != self.lead.id or not digest.is_story(self.issue, article)

    def article(self, article: Article) -> dict[str, Any]:
        if digest.is_story(self.issue, article):
            return self.of(article)
        blocks = article.blocks
        if self.lead is not None and article.id == self.lead.id:  # its picture and its summary are under the masthead
            shown = digest.first_figure(article)
            blocks = tuple(_without_content(block) for block in blocks if block is not shown)
        return {
            "id": article.id, "title": self.writer.title(article.title), "story": False, "parts": self.parts.of(blocks),
            "sources": [self.writer.inlines(entry) for entry in article.sources],
        }  # fmt: skip

    def of(self, article: Article, widest: int = 0) -> dict[str, Any]:
        """Returns a story: its picture, its title, its summary, and where the whole text is."""
        figure = digest.first_figure(article)
        is_story = digest.is_story(self.issue, article)
        if figure is not None and not figure.alt:  # the picture is a link, which needs a name
            figure = replace(figure, alt=article.title)
        return {
            "id": article.id if is_story else "", "title": self.writer.title(article.title), "story": True,
            "picture": figure_part(figure, self.parts, "", widest) if figure is not None else None,
            "small": small_picture(figure, self.parts) if figure is not None else None,
            "summary": self.writer.label(digest.summary_of(article) if is_story else article.summary),
            "byline": self.writer.text(article.byline),
            "href": shared_values.href_of(self.issue, article, self.writer.tags),
            "minutes": shared_values.minutes_text(article, self.parts.fixed_texts),
        }  # fmt: skip


def _without_content(block: Block) -> Block:
    return replace(block, content=()) if isinstance(block, Summary) else block


def _qr_code(issue: Issue, theme: Theme, pictures: Mapping[str, Picture], urls: Mapping[str, str]) -> dict[str, Any] | None:
    """Returns the WeChat QR code of the footer, never larger than its picture; nothing if there is none."""
    picture = pictures.get(issue.footer.wechat)
    if picture is None:
        return None
    width = min(shared_values.QR_WIDTH, picture.width)
    return {
        "url": urls[issue.footer.wechat], "alt": shared_values.qr_alt(issue, theme.fixed_texts(issue.language)), "width": width,
        "height": max(1, round(width * picture.height / picture.width)),
    }  # fmt: skip


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
