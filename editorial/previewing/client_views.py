"""The mail as several mail clients show it (dark, without images, Outlook ...), made by small changes to the finished HTML."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from html import escape

from composer.preflight.parsed_html import outlook_view
from editorial.previewing.sample_reader import READ_MARK

HERE = "mailroom-here"
_FRAME = "outline:3px solid #d9480f!important;outline-offset:3px!important"
# Above backgrounds of the mail and below its text; around a picture there is the outline.
_TINT = "outline:4px solid rgb(46 139 154/.18)!important;box-shadow:inset 0 0 0 100vmax rgb(46 139 154/.18)!important"
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME_META = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")[^"]*(")', re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^<>]*+>.*?(?:</style>\s*|\Z)", re.DOTALL | re.IGNORECASE)
_MEDIA_RULE = re.compile(r"@media[^{@]*+\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}")
_TAG = re.compile(r"<[a-zA-Z][a-zA-Z0-9:]*")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_XML = re.compile(r"<xml\b.*?(?:</xml>|\Z)", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"""<a\b(?=[^<>]*\shref=["'](?!#))(?![^<>]*\starget=)""", re.IGNORECASE)
_LINK_WITH_TARGET = re.compile(r"""(<a\b[^<>]*\starget=)(["'])(?:(?!\2).)*+\2""", re.IGNORECASE)

_ARTICLE_LINK = re.compile(rf'(<a\b[^<>]*\shref="){READ_MARK}/([a-z0-9-]+)("[^<>]*>)')
_TARGET = re.compile(r"""\starget=(["'])(?:(?!\1).)*+\1""", re.IGNORECASE)


def _pinned(html: str, scheme: str) -> str:
    """The mail as on a screen with that colour scheme, whatever scheme the viewer's screen has."""
    held = _SCHEME.sub(lambda match: "(min-width:0px)" if match[1].lower() == scheme else "(max-width:0px)", html)
    held = _SCHEME_META.sub(rf"\g<1>{scheme}\g<2>", held)
    return re.sub(r"(color-scheme\s*:\s*)light dark", rf"\g<1>{scheme}", held)


def _without_styles(html: str) -> str:
    """As Gmail shows it to accounts of other providers: without style blocks, only with inline styles."""
    return _STYLE.sub("", _COMMENT.sub("", html))


def _word(html: str) -> str:
    """As Outlook on Windows reads it: with the parts for Outlook, without everything that its engine does not know."""
    opened = _XML.sub("", outlook_view(html))
    bare = _STYLE.sub(lambda match: _MEDIA_RULE.sub("", match[0]), _pinned(opened, "light"))  # Word skips them
    return _into_head(bare, "*{border-radius:0!important;background-image:none!important;box-shadow:none!important}")


# By their names in the URL. `designed` is the light mail.
VIEWS: dict[str, Callable[[str], str]] = {
    "designed": partial(_pinned, scheme="light"),
    "dark": partial(_pinned, scheme="dark"),
    "no-pictures": partial(_pinned, scheme="light"),
    "no-styles": _without_styles,
    "outlook": _word,
}


def render_view(html: str, view: str, mail_prefix: str, preview_prefix: str) -> str:
    """The mail in a view, with the preview's own picture URLs, and with links that open outside its frame.

    `mail_prefix`: what the addresses of pictures begin with in the mail; `preview_prefix`: in the preview.
    """
    shown = VIEWS[view](html).replace(mail_prefix, preview_prefix)
    return _LINK.sub('<a target="_blank"', _LINK_WITH_TARGET.sub(r"\1\2_blank\2", shown))


def lead_to_articles(html: str, address: str) -> str:
    """The mail with links to articles that lead to `address`, which has `{}` for the id of the article, in the same frame."""

    def leading(match: re.Match[str]) -> str:
        before, article, after = (_TARGET.sub("", part) for part in match.groups())
        return f"{before}{escape(address.replace('{}', article))}{after}"

    return _ARTICLE_LINK.sub(leading, html)


def open_outside(html: str, inside: str) -> str:
    """A page with links that open outside its frame, where the sandbox blocks them, except those that begin with `inside`."""
    links = re.compile(rf"""<a\b(?=[^<>]*\shref=["'](?!#|{re.escape(inside)}))""", re.IGNORECASE)
    return links.sub('<a target="_blank"', html)


def mark(html: str, at: int | None, style: str = _FRAME) -> str:
    """The HTML with the mark HERE, an id and a style, on the element whose tag begins at `at`; unchanged where there is none."""
    if at is None:
        return html
    end = html.index(">", at)
    tag = re.sub(r"""\sid=(["']).*?\1""", "", html[at:end], count=1)
    word = _TAG.match(tag)
    if word is None:
        return html
    named = f'{word[0]} id="{HERE}"{tag[word.end() :]}'
    return _into_head(html[:at] + named + html[end:], f"#{HERE}{{scroll-margin-top:20vh;{style}}}")


def mark_part(html: str, start: int | None, blocks: Sequence[int | None]) -> str:
    """The HTML with the mark HERE on the tag at `start`, and with the number of its block on each tag of `blocks`.

    The page that shows the mail sets `data-mailroom-now` on the block that is being edited; only that one then has a tint.
    """
    numbers: dict[int, int] = {}
    for number, at in enumerate(blocks):
        if at is not None:
            numbers.setdefault(at, number)
    for at in sorted(numbers, reverse=True):
        tag = _TAG.match(html, at)
        if tag is None:
            continue
        named = f'{tag[0]} data-mailroom-block="{numbers[at]}"'
        html = html[:at] + named + html[tag.end() :]
        start = start + len(named) - len(tag[0]) if start is not None and at < start else start
    others = f"[data-mailroom-follows] #{HERE}:not([data-mailroom-now]){{outline:none!important;box-shadow:none!important}}"
    return _into_head(mark(html, start, _TINT), f"[data-mailroom-now]{{{_TINT}}}{others}")


def _into_head(html: str, style: str) -> str:
    return html.replace("</head>", f"<style>{style}</style></head>", 1)
