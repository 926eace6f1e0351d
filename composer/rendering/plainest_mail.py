"""Renders the simplest mail of a theme: one line of text, one picture, one button. Editors cannot avoid what it uses."""

from datetime import date

from composer.errors import ComposeError
from composer.images.picture_encoder import Picture
from composer.issue.document import Action, Article, Figure, Footer, Issue, Link, Paragraph, Section, Text
from composer.rendering.css_inliner import inline_css
from composer.rendering.mjml_compiler import compile_mjml
from composer.rendering.mjml_rendering import render_mjml
from composer.rendering.theme_model import Theme

_html: dict[tuple[str, str], str] = {}  # (digest of the theme, language) -> HTML; rendering it takes 3 ms
_MOST_KEPT = 32


def plainest_html(theme: Theme, language: str) -> str:
    """Returns the HTML of the theme's simplest mail in a language, or "" if the theme cannot render it."""
    key = (theme.digest, language)
    html = _html.get(key)  # looked up once: another thread may clear the cache
    if html is None:
        try:
            html = _rendered(theme, _plainest(theme.name, language))
        except ComposeError:
            html = ""
        if len(_html) >= _MOST_KEPT:
            _html.clear()
        _html[key] = html
    return html


def _rendered(theme: Theme, issue: Issue) -> str:
    pictures = {"a.png": Picture("a.png", "image/png", b"", 600, 300, ""), **theme.pictures}
    urls = {name: f"https://example.org/{picture.name}" for name, picture in pictures.items()}
    mjml = render_mjml(issue, theme, issue.tags(), pictures, urls)
    return inline_css(compile_mjml(mjml), theme.css)


def _plainest(theme: str, language: str) -> Issue:
    text = (Text("-"),)
    blocks = (Paragraph(text), Figure("a.png", "-"), Action(Link("https://example.org/", text)))
    return Issue(
        title="-", organisation="-", number="-", date=date(2000, 1, 1), subject="-", preheader="-", language=language,
        footer=Footer("-", "-", "https://example.org/", "a@example.org"), theme=theme,
        sections=(Section("-", (Article("a", "-", blocks),)),),
    )  # fmt: skip
