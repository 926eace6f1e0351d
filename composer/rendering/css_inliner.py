"""Inlines the theme's CSS into the style attributes of the HTML. The only module that calls premailer.

Style blocks of the MJML engine are marked so that premailer skips them; only the theme's rules are inlined. Premailer fails
silently, so everything that must not change is compared before and after.
"""

import functools
import logging
import os
import re
import threading
from collections.abc import Mapping
from copy import deepcopy
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import Any, ClassVar

from composer.css.selectors import Compound, Element, parse, read_selector
from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.messages.phrases import Phrase, phrase

_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LESS = "&#60;"  # as `markup.attribute` writes it
_MARK = "data-premailer"
END_SENTINEL = "mr-end-of-mail"
_SENTINEL = f"<!--{END_SENTINEL}-->"

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
    "cache_css_parsing": False,  # `premailer_class` keeps what is made of a sheet
    "allow_network": False,
    "allow_loading_external_files": False,
}
_MOST_SHEETS = 32  # that are kept; each is one theme with one choice of colours
_GAP = re.compile(r"; (?=[a-z-]+:)")
# premailer sets the log level of cssutils for the whole process, so it must not run in parallel.
_one_at_a_time = threading.Lock()


def inline_css(html: str, css: str, *, file: str = "") -> str:
    """Returns `html` with the rules of `css` inlined. `css` must have passed `check_css`: an @import would be fetched.

    Raises ComposeError if anything except style attributes changed.
    """
    ended = _with_sentinel(_DOCTYPE.sub("<!DOCTYPE html>", html, count=1), file)
    # lxml would write a comment inside an attribute unescaped, so escaped `<` characters are replaced during inlining.
    hidden = _unused(ended) if _LESS in ended else ""
    root = parse((ended.replace(_LESS, hidden) if hidden else ended).encode())
    before = without_styles(parse(ended.encode()) if hidden else deepcopy(root))
    _run_premailer(root, css)
    tree = root.getroottree()
    inlined = _written(tree).replace(hidden, _LESS) if hidden else _written(tree)
    check_unchanged(ended, inlined, before, file=file)
    return inlined.replace(_SENTINEL, "", 1)


def _run_premailer(root: Element, css: str) -> None:
    premailer = premailer_class()
    styles = list(root.iter("style"))
    for style in styles:
        style.set(_MARK, "ignore")
    run = premailer(root, css_text=[css], **_OPTIONS)
    run.kinds = _kinds(root)
    with _one_at_a_time:
        run.transform()
    for style in styles:  # premailer removes some of the marks itself
        style.attrib.pop(_MARK, None)
    for element in root.iter("*"):
        if "; " in (declarations := element.get("style", "")):  # as premailer joins them; a digest is 1 % smaller without
            element.set("style", _GAP.sub(";", declarations))


@functools.cache
def premailer_class() -> Any:
    """Premailer, which parses the sheet of a theme once, and searches only for what the document has.

    Premailer's own cache would keep the parsed sheet, but join its declarations again for each mail: 17 ms of a compose instead
    of 9. Selectors and declarations stay in that cache, of 128 entries by default. A theme has 180: a warm compose took 155 ms,
    not 70.
    """
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "512")
    from premailer import Premailer  # noqa: PLC0415  (importing it takes most of the start-up time)

    class ParsingOnce(Premailer):  # type: ignore[misc]
        parsed: ClassVar[dict[tuple[str, int], tuple[list[Any], list[Any]]]] = {}
        kinds: Mapping[str, set[_Kind]] = MappingProxyType({})  # by `_kinds`

        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
            key = (css_body, ruleset_index)
            if key not in self.parsed:
                if len(self.parsed) == _MOST_SHEETS:
                    self.parsed.clear()
                self.parsed[key] = super()._parse_style_rules(css_body, ruleset_index)
            rules, leftover = self.parsed[key]
            # Most rules of a theme are for tones and blocks that the mail does not have: searching for them took 9 ms.
            return [rule for rule in rules if _may_select(rule[1], self.kinds)], list(leftover)

    return ParsingOnce


_Kind = tuple[frozenset[str], frozenset[str]]  # names of what an element has, and of what the elements around it have


def _kinds(root: Element) -> dict[str, set[_Kind]]:
    """Returns the kinds of elements in the document by each name of what they have."""
    by_name: dict[str, set[_Kind]] = {}
    around: dict[Element | None, frozenset[str]] = {None: frozenset()}
    known: dict[tuple[str, str, str, frozenset[str]], frozenset[str]] = {}  # most elements are like one before
    for element in root.iter("*"):
        given = element.attrib
        like = (element.tag, given.get("dir", ""), given.get("class", ""), outer := around[element.getparent()])
        if like not in known:
            tag, direction, classes, _ = like
            own = frozenset((tag, f"dir={direction}", *(f".{name}" for name in classes.split())))
            known[like] = outer | own
            for name in own:
                by_name.setdefault(name, set()).add((own, outer))
        around[element] = known[like]
    return by_name


def _may_select(selector: str, kinds: Mapping[str, set[_Kind]]) -> bool:
    """Whether a document may have an element for this selector."""
    own, outer = _needed(selector)
    if not own:
        return True
    return any(own <= kind[0] and outer <= kind[1] for kind in kinds.get(min(own), ()))


@functools.lru_cache(maxsize=2048)
def _needed(selector: str) -> _Kind:
    """Returns what an element must have and the elements around it, in any order; nothing if the selector cannot be read."""
    compounds, _ = read_selector(selector) or ((), None)
    names = [_names(compound) for compound in compounds]
    return frozenset(chain(*names[:1])), frozenset(chain(*names[1:]))


def _names(compound: Compound) -> list[str]:
    """Returns the tag, classes and direction of a compound selector."""
    directions = [f"dir={value}" for name, value in compound.attributes if name == "dir" and value is not None]
    return [*([compound.tag] if compound.tag else []), *directions, *(f".{name}" for name in compound.classes)]


def _with_sentinel(html: str, file: str) -> str:
    before, body_end, after = html.rpartition("</body>")
    if not body_end:
        raise ComposeError(Finding("inline-invariant", params={"what": phrase("nothing: the mail has no </body>")}, file=file))
    return f"{before}{_SENTINEL}{body_end}{after}"


def _unused(html: str) -> str:
    """Returns a private use character that is not in the HTML, literally or as a reference. There are always some: more private
    use characters exist than a mail may have characters."""
    private = map(chr, chain(range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE)))
    return next(character for character in private if character not in html and f"&#{ord(character)};" not in html)


_Fact = tuple[str, list[tuple[str, str]], str, str]  # tag, attributes, text, and the text after the element


def without_styles(root: Element) -> bytes:
    """Everything in the document that inlining must not change: `root` without its style attributes, which it loses."""
    from lxml import etree  # noqa: PLC0415  (comes with premailer)

    etree.strip_attributes(root, "style")
    return bytes(etree.tostring(root, encoding="utf-8"))


def check_unchanged(before: str, after: str, content: bytes, *, file: str = "") -> None:
    """Raises ComposeError if anything except style attributes differs; `content` is that of `before`, by `without_styles`."""
    if not after.lstrip().startswith("<!DOCTYPE html>"):
        raise _broken(phrase("the doctype"), file)
    if _SENTINEL not in after:
        raise _broken(phrase("the end of the document, which is missing"), file)
    if _COMMENT.findall(before) != _COMMENT.findall(after):
        raise _broken(phrase("a comment"), file)
    if merge_fields.TAG.findall(before) != merge_fields.TAG.findall(after):
        raise _broken(phrase("a merge field"), file)
    if without_styles(parse(after.encode())) != content:
        _find_change(before, after, file)


def _find_change(before: str, after: str, file: str) -> None:
    """Raises ComposeError with the first element that differs."""
    for number, (old, new) in enumerate(zip_longest(*map(_facts, (before, after)))):
        if old != new:
            changed = phrase("a style block") if old and old[0] == "style" else phrase("element {number}", number=number)
            raise _broken(
                phrase("{element}: {before} is now {after}", element=changed, before=_shown(old), after=_shown(new)), file
            )


def _facts(html: str) -> list[_Fact]:
    return [
        (element.tag, [pair for pair in element.items() if pair[0] != "style"], element.text or "", element.tail or "")
        for element in parse(html.encode()).iter("*")
    ]


def _broken(what: Phrase, file: str) -> ComposeError:
    return ComposeError(Finding("inline-invariant", params={"what": what}, file=file))


def _written(tree: Element) -> str:
    from lxml import etree  # noqa: PLC0415  (comes with premailer)

    return str(etree.tostring(tree, method="html", encoding="utf-8").decode("utf-8"))


def _shown(fact: _Fact | None) -> str | Phrase:
    """An element as markup, for the report of a change; at most 140 characters."""
    if fact is None:
        return phrase("nothing")
    tag, attributes, text, _ = fact
    markup = " ".join((tag, *(f'{name}="{value}"' for name, value in attributes)))
    return f"<{markup}>{text}"[:140]
