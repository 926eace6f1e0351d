"""The rule about features that some mail programs do not know, without those that the plainest mail of the theme uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.issue.document import Action, Article, Figure, Footer, Issue, Link, Paragraph, Section, Text
from composer.preflight.parsed_html import Page
from composer.preflight.rule_registry import Mail, fault, rule
from composer.preflight.rules.used_features import features_of

if TYPE_CHECKING:
    from composer.rendering.theme_model import Theme

TABLE = Path(__file__).with_name("support.json")  # made by support_table.py
# Each has a rule of its own, which says more.
_TOLD_ELSEWHERE = frozenset(
    {"html-anchor-links", "image-svg", "image-webp", "image-avif", "image-base64", "css-display-flex", "css-display-grid",
     "css-grid-template", "css-position", "css-variables", "css-flex-direction", "css-flex-wrap", "css-at-import",
     "css-at-font-face", "html-svg", "html-form", "html-video", "html-audio", "html-object", "html-link", "html-base",
     "css-color-scheme", "html-meta-color-scheme", "css-at-media-prefers-color-scheme", "css-modern-color"}
)  # fmt: skip


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """The support table, as `support_table` wrote it."""
    read: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return read


@rule("support", "info")
def _support(mail: Mail) -> Iterator[Finding]:
    facts = table()
    known = frozenset(facts["features"])
    used = features_of(mail.page, known) - _TOLD_ELSEWHERE
    for name in sorted(used - baseline(mail.theme, mail.issue.language)):
        title, letters = facts["features"][name]
        lacking = [client for client, letter in zip(facts["clients"], letters, strict=True) if letter == "n"]
        yield fault("info", feature=title, clients=", ".join(lacking), slug=name)


_baselines: dict[tuple[str, str], frozenset[str]] = {}


def baseline(theme: Theme, language: str) -> frozenset[str]:
    """What the theme and its engine use whatever an editor writes: the features of a mail of one line, picture and button."""
    key = (theme.digest, language)
    if key not in _baselines:
        if len(_baselines) > 32:
            _baselines.clear()
        _baselines[key] = _features_of_plainest(theme, language)
    return _baselines[key]


def _features_of_plainest(theme: Theme, language: str) -> frozenset[str]:
    from composer.images.picture_encoder import Picture  # noqa: PLC0415  (engines: loaded only when something is composed)
    from composer.rendering.css_inliner import inline_css  # noqa: PLC0415
    from composer.rendering.mjml_compiler import compile_mjml  # noqa: PLC0415
    from composer.rendering.mjml_rendering import render_mjml  # noqa: PLC0415

    picture = Picture("a.png", "image/png", b"", 600, 300, "")
    text = (Text("-"),)
    blocks = (Paragraph(text), Figure("a.png", "-"), Action(Link("https://example.org/", text)))
    plainest = Issue(
        title="-", organisation="-", number="-", date=date(2000, 1, 1), subject="-", preheader="-", language=language,
        footer=Footer("-", "-", "https://example.org/", "a@example.org"), theme=theme.name,
        sections=(Section("-", (Article("a", "-", blocks),)),),
    )  # fmt: skip
    pictures = {"a.png": picture, **theme.pictures}
    urls = {name: f"https://example.org/{each.name}" for name, each in pictures.items()}
    try:
        mjml = render_mjml(plainest, theme, merge_fields.tags_of(plainest), pictures, urls)
        html = inline_css(compile_mjml(mjml), theme.css).html
    except ComposeError:
        return frozenset()  # a theme that cannot do even this: then all is told
    return features_of(Page(html), frozenset(table()["features"]))
