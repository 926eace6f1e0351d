"""HTML -> HTML with the theme's CSS written into style attributes; the only caller of premailer.

The styles of the MJML engine are marked so that premailer skips them; only the theme's own rules are written in.
What must not change is compared before and after, because premailer fails silently.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from functools import lru_cache
from typing import Any

from composer import merge
from composer.errors import ComposeError, Finding

_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_COMMENT = re.compile(r"(<!--.*?-->)", re.DOTALL)
_LESS = "&#60;"  # as `markup.attribute` writes it
_STYLE_TAG = re.compile(r"<style\b")
_STYLE_BLOCK = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_MOST_KEPT = 64  # themes whose rules are kept
_MARK = ' data-premailer="ignore"'
END_SENTINEL = "mr-end-of-mail"

_OPTIONS: dict[str, Any] = {
    "method": "html",
    "keep_style_tags": False,
    "disable_leftover_css": True,
    "strip_important": True,
    "remove_classes": False,
    "include_star_selectors": False,
    "exclude_pseudoclasses": True,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
    "align_floating_images": False,
    "remove_unset_properties": False,
    "capitalize_float_margin": False,
    "base_url": None,
    "disable_link_rewrites": True,
    "preserve_handlebar_syntax": False,
    "disable_validation": True,
    "cssutils_logging_level": logging.CRITICAL,
    "cache_css_parsing": True,
    "allow_network": False,
    "allow_loading_external_files": False,
}
# premailer sets the level of cssutils' one logger for the whole process.
_one_at_a_time = threading.Lock()


def inline_css(html: str, css: str, *, file: str = "") -> str:
    """The finished HTML. `css` must have passed `theme.check_css`: an @import in it would be fetched.

    Raises ComposeError naming what was changed that must not be.
    """
    # Its one cache is for 128 styles of all mails together; a mail has more, and then each drives another out.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    ended = _with_sentinel(html, file)
    marked = _mark_styles(_DOCTYPE.sub("<!DOCTYPE html>", ended, count=1))
    # What looks like a comment inside an attribute is written bare, quotation marks and all: no `<` of ours may be seen.
    hidden = _unused(marked) if _LESS in marked else ""
    marked = marked.replace(_LESS, hidden) if hidden else marked
    with _one_at_a_time:
        inlined = str(_inliner()(marked, css_text=[css], **_OPTIONS).transform(pretty_print=False))
    inlined = inlined.replace(_MARK, "")
    inlined = inlined.replace(hidden, _LESS) if hidden else inlined
    check_invariants(ended, inlined, file=file)
    return inlined.replace(f"<!--{END_SENTINEL}-->", "", 1)


@lru_cache(maxsize=1)
def _inliner() -> type[Any]:
    """premailer, which keeps the rules that it has read of a theme: writing them out again is half of its time."""
    from premailer import Premailer  # noqa: PLC0415  (it is most of the start-up time)

    read: dict[tuple[str, int], tuple[Any, Any]] = {}

    class Inliner(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[Any, Any]:
            asked = (css_body, ruleset_index)
            if asked not in read:
                if len(read) >= _MOST_KEPT:
                    read.clear()
                read[asked] = super()._parse_style_rules(css_body, ruleset_index)
            return read[asked]

    return Inliner


def _with_sentinel(html: str, file: str) -> str:
    before, body_end, after = html.rpartition("</body>")
    if not body_end:
        raise ComposeError(Finding("inline-invariant", params={"what": "nothing yet: there is no </body>"}, file=file))
    return f"{before}<!--{END_SENTINEL}-->{body_end}{after}"


def _mark_styles(html: str) -> str:
    """Style tags outside comments are marked. Inside a conditional comment a mark would reach Outlook."""
    parts = _COMMENT.split(html)
    return "".join(
        part if part.startswith("<!--") else _STYLE_TAG.sub(f"<style{_MARK}", part) for part in parts
    )  # fmt: skip


def _unused(html: str) -> str:
    """A character that stands nowhere in it, in no way of writing."""
    private = map(chr, range(0xE000, 0xF900))
    return next(sign for sign in private if sign not in html and f"&#{ord(sign)};" not in html)


def check_invariants(before: str, after: str, *, file: str = "") -> None:
    """Raises ComposeError when anything but style attributes differs."""

    def broken(what: str) -> ComposeError:
        return ComposeError(Finding("inline-invariant", params={"what": what}, file=file))

    if not after.lstrip().startswith("<!DOCTYPE html>"):
        raise broken("the doctype")
    if f"<!--{END_SENTINEL}-->" not in after:
        raise broken("the end of the document, which is gone")
    if _COMMENT.findall(before) != _COMMENT.findall(after):
        raise broken("a comment")
    if _styles(before) != _styles(after):
        raise broken("a style block")
    if merge.TAG.findall(before) != merge.TAG.findall(after):
        raise broken("a merge field")
    for number, (old, new) in enumerate(_elements(before, after)):
        if old != new:
            raise broken(f"element {number}: {old!r} is now {new!r}"[:300])


def _styles(html: str) -> list[str]:
    return [style for part in _COMMENT.split(html) if not part.startswith("<!--") for style in _STYLE_BLOCK.findall(part)]


_Element = tuple[str, tuple[tuple[str, str], ...], str, str]


def _elements(before: str, after: str) -> list[tuple[_Element | None, _Element | None]]:
    old, new = _flat(before), _flat(after)
    longest = max(len(old), len(new))
    none: list[_Element | None] = [None]
    return list(
        zip([*old, *none * (longest - len(old))], [*new, *none * (longest - len(new))], strict=True)
    )  # fmt: skip


def _flat(html: str) -> list[_Element]:
    """Every element with its attributes but style, its text and the text after it."""
    from lxml import html as lxml_html  # noqa: PLC0415  (comes with premailer)

    root = lxml_html.document_fromstring(html.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    found: list[_Element] = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        attributes = tuple(sorted((key, value) for key, value in element.attrib.items() if key != "style"))
        found.append((element.tag, attributes, element.text or "", element.tail or ""))
    return found
