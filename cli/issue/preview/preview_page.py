"""The preview page: its HTML frame, stylesheet and scripts, and the content security policies of page and mail."""

from __future__ import annotations

import json
from functools import lru_cache

import jinja2

from cli.issue.preview.page_texts import LANGUAGES, words_in
from config.env import ROOT
from editorial.previewing.sample_reader import SAMPLES

TEMPLATES = ROOT / "templates" / "preview"
ICON = ROOT / "templates" / "static" / "icon.svg"  # the console's
_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
ASSETS = {
    "preview.css": _STYLE, "preview.js": _SCRIPT, "panels.js": _SCRIPT, "dom.js": _SCRIPT, ICON.name: "image/svg+xml",
}  # fmt: skip

# For the preview page: its own files, frames of its own origin, nothing inline, no other site.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
VIEWS_SHOWN = ("designed", "dark", "no-pictures", "no-styles", "outlook", "text")
WIDTHS = ("both", "desktop", "phone")
PANELS = ("findings", "articles", "headers", "links", "sizes")


def page(language: str) -> str:
    """The HTML of the page in one of its languages; its script loads the content."""
    words = words_in(language)
    samples = [each._asdict() for each in SAMPLES]
    return _template().render(
        language=language, languages=LANGUAGES, words=words, samples=SAMPLES, views=VIEWS_SHOWN, widths=WIDTHS, panels=PANELS,
        # Data for the script. `<` is escaped, so that no text can end the element.
        data=json.dumps({"words": words, "samples": samples, "language": language}, ensure_ascii=False).replace("<", "\\u003c"),
    )  # fmt: skip


def mail_policy(*, pictures: bool) -> str:
    """The policy for a mail, which is not trusted: no script, no form, no origin; its own styles, and pictures only from here."""
    allowed = "'self'" if pictures else "'none'"
    return (
        f"sandbox; default-src 'none'; img-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )


@lru_cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.j2")


def asset(name: str) -> bytes:
    """One of the page's own files; `name` is a key of ASSETS."""
    return (ICON if name == ICON.name else TEMPLATES / name).read_bytes()
