"""The rule about features that some mail clients do not support, without those that the simplest mail of the theme uses."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from composer.errors import Finding
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rule_registry import fault, rule
from composer.preflight.rules.used_features import features_of

TABLE = Path(__file__).with_name("support.json")  # written by make_support_table
# Another rule reports each of these and says more.
_REPORTED_ELSEWHERE = frozenset(
    {"html-anchor-links", "image-svg", "image-webp", "image-avif", "image-base64", "css-display-flex", "css-display-grid",
     "css-grid-template", "css-position", "css-variables", "css-flex-direction", "css-flex-wrap", "css-at-import",
     "css-at-font-face", "html-svg", "html-form", "html-video", "html-audio", "html-object", "html-link", "html-base",
     "css-color-scheme", "html-meta-color-scheme", "css-at-media-prefers-color-scheme", "css-modern-color"}
)  # fmt: skip


@lru_cache(maxsize=1)  # the file does not change while the program runs
def table() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return read


@rule("support", "info", origin="issue.mjml.j2")
def _support(mail: Mail) -> Iterator[Finding]:
    facts = table()
    known = frozenset(facts["features"])
    for name in sorted(features_of(mail.parsed, known) - _REPORTED_ELSEWHERE - baseline(mail.plainest_html)):
        title, letters = facts["features"][name]
        lacking = [client for client, letter in zip(facts["clients"], letters, strict=True) if letter == "n"]
        yield fault("info", feature=title, clients=", ".join(lacking), slug=name)


@lru_cache(maxsize=16)  # parsing it and finding its features takes 6 ms
def baseline(plainest_html: str) -> frozenset[str]:
    """Returns the features that a theme always uses, independent of what an editor writes."""
    return features_of(ParsedHtml(plainest_html), frozenset(table()["features"]))
