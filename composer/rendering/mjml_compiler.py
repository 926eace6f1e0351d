"""MJML -> HTML: the only caller of the MJML engine, with the checks before it and the repairs after it.

The engine validates nothing, names no line, and a document nested some thousand levels deep kills the process.
"""

from __future__ import annotations

import re
from itertools import islice

from composer.errors import ComposeError, Finding
from composer.messages.phrases import Phrase, phrase

FILE = "issue.mjml"
DEEPEST = 60
_TAG = re.compile(r"<mj-[^<>]*>")
_PADDING = re.compile(r'(?<=\s)((?:inner-)?padding|height)="([^"]*)"')
# The engine writes a given height into the style, too, where the width follows the screen: phones would distort the picture.
_FIXED = re.compile(r'(<img\b[^<>]*\bstyle="[^"<>]*\b)height:\d+px;(?=width:100%;)')
# close, name, empty, comment (to the end where it is not closed). Nothing is tried twice: what follows a part can never be in it.
_MARKUP = re.compile(
    r"<(?:(/?)([A-Za-z][A-Za-z0-9:-]*+)(?:>|[^'\"<>/]*+(?:(?:\"[^\"]*+\"|'[^']*+'|/(?!>))[^'\"<>/]*+)*+(/?)>)|(!--.*?(?:-->|\Z)))?",
    re.DOTALL,
)
_VOID = frozenset({"br", "hr", "img", "wbr"})
_POSITION = re.compile(r"(?<!\d)(\d++):(\d+)")


def compile_mjml(source: str) -> str:
    """The HTML of a whole MJML document. Raises ComposeError with the line and column in `source`."""
    import mjml  # noqa: PLC0415  (an engine: loaded only when something is composed)

    prepared = prepare(source)
    try:
        html = mjml.mjml2html(prepared, disable_comments=False, fonts={})
    except (ValueError, UnicodeError) as problem:
        line, column = _place(prepared, str(problem))
        raise ComposeError(Finding("mjml-engine", "error", {"problem": str(problem)}, FILE, line, column)) from problem
    return _FIXED.sub(r"\1height:auto;", str(html))


def prepare(source: str) -> str:
    """The document after the pre-pass: known to be well-formed, and every 0 of a padding written 0px.

    With a bare 0 in a padding the engine ignores the whole padding when it computes widths for Outlook.
    """
    source = source.removeprefix("\ufeff")
    check_shape(source)
    return _TAG.sub(lambda tag: _PADDING.sub(_with_units, tag[0]), source)


def _with_units(match: re.Match[str]) -> str:
    values = " ".join("0px" if value == "0" else value for value in match[2].split())
    return f'{match[1]}="{values}"'


def check_shape(source: str) -> None:
    """Every tag closed, in order, no includes, not too deep. Raises ComposeError at the first fault.

    The engine accepts a wrong end tag silently and closes whatever is open.
    """

    def refuse(code: str, number: int, **params: object) -> ComposeError:
        return ComposeError(Finding(code, "error", params, FILE, *_place_of(number, source)))

    open_tags: list[tuple[str, int]] = []  # each with its number among all markup
    for number, (close, name, empty, comment) in enumerate(_MARKUP.findall(source)):
        if not name:
            if not comment.endswith("-->") or len(comment) < len("!---->"):
                raise refuse("mjml-tag", number, problem=phrase("a < does not begin a tag"))
            if "--" in comment[3:-3]:
                raise refuse("mjml-tag", number, problem=phrase("a comment contains --"))
            continue
        if name == "mj-include":
            raise refuse("mjml-include", number)
        if close:
            if not open_tags or open_tags[-1][0] != name:
                raise refuse("mjml-tag", number, problem=_wrong_end(name, open_tags, source))
            open_tags.pop()
        elif not empty and name not in _VOID:
            open_tags.append((name, number))
            if len(open_tags) > DEEPEST:
                raise refuse("mjml-deep", number, limit=DEEPEST)
    if open_tags:
        name, number = open_tags[-1]
        raise refuse("mjml-tag", number, problem=phrase("<{tag}> is never closed", tag=name))


def _place_of(number: int, source: str) -> tuple[int, int]:
    """Line and column of a piece of markup: sought only where there is a fault."""
    match = next(islice(_MARKUP.finditer(source), number, None))
    return line_and_column(source, match.start())


def _wrong_end(name: str, open_tags: list[tuple[str, int]], source: str) -> Phrase:
    if not open_tags:
        return phrase("</{tag}> closes nothing", tag=name)
    inner, number = open_tags[-1]
    line = _place_of(number, source)[0]
    return phrase("</{tag}> closes nothing while <{inner}> of line {line} is open", tag=name, inner=inner, line=line)


def line_and_column(source: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character."""
    before = source[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def _place(source: str, problem: str) -> tuple[int | None, int | None]:
    """The engine names places as offsets in bytes of UTF-8, or not at all."""
    match = _POSITION.search(problem)
    if match is None:
        return None, None
    before = source.encode("utf-8", "surrogatepass")[: int(match[1])].decode("utf-8", "ignore")
    return line_and_column(source, len(before))
