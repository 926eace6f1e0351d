"""Compiles MJML to HTML. The only module that calls the MJML engine; checks its input and repairs its output.

The engine does not validate and reports no lines, and a document with some thousand levels of nesting crashes the process.
"""

import re
from itertools import islice

from composer.errors import ComposeError, Finding
from composer.messages.phrases import Phrase, phrase

FILE = "issue.mjml"
DEEPEST = 60
_TAG = re.compile(r"<mj-[^<>]*>")
_PADDING = re.compile(r'(?<=\s)((?:inner-)?padding|height)="([^"]*)"')
# The engine also writes a given height into the style, where the width is 100 %: phones would distort the picture.
_FIXED = re.compile(r'(<img\b[^<>]*\bstyle="[^"<>]*\b)height:\d+px;(?=width:100%;)')
# Groups: close, name, empty, comment (up to the end if not closed). All parts are possessive, so there is no backtracking.
_MARKUP = re.compile(
    r"<(?:(/?)([A-Za-z][A-Za-z0-9:-]*+)(?:>|[^'\"<>/]*+(?:(?:\"[^\"]*+\"|'[^']*+'|/(?!>))[^'\"<>/]*+)*+(/?)>)|(!--.*?(?:-->|\Z)))?",
    re.DOTALL,
)
_VOID = frozenset({"br", "hr", "img", "wbr"})
_POSITION = re.compile(r"(?<!\d)(\d++):(\d+)")


def compile_mjml(source: str) -> str:
    """Compiles a whole MJML document. Raises ComposeError with the line and column in `source`."""
    import mjml  # noqa: PLC0415  (an engine; loaded only for composing)

    prepared = prepare(source)
    try:
        html = mjml.mjml2html(prepared, disable_comments=False, fonts={})
    except (ValueError, UnicodeError) as problem:
        line, column = _place(prepared, str(problem))
        raise ComposeError(Finding("mjml-engine", "error", {"problem": str(problem)}, FILE, line, column)) from problem
    return _FIXED.sub(r"\1height:auto;", str(html))


def prepare(source: str) -> str:
    """Checks that the document is well-formed, and replaces 0 by 0px in paddings.

    If a padding contains a 0 without unit, the engine ignores the whole padding when it computes widths for Outlook.
    """
    source = source.removeprefix("\ufeff")
    check_shape(source)
    return _TAG.sub(lambda tag: _PADDING.sub(_with_units, tag[0]), source)


def _with_units(match: re.Match[str]) -> str:
    values = " ".join("0px" if value == "0" else value for value in match[2].split())
    return f'{match[1]}="{values}"'


def check_shape(source: str) -> None:
    """Checks that every tag is closed in order, without includes and without excessive nesting. Raises ComposeError for the first
    fault.

    The engine itself accepts a wrong end tag silently and closes the innermost open tag.
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
    """Returns line and column of a piece of markup. Called only for a fault."""
    match = next(islice(_MARKUP.finditer(source), number, None))
    return line_and_column(source, match.start())


def _wrong_end(name: str, open_tags: list[tuple[str, int]], source: str) -> Phrase:
    if not open_tags:
        return phrase("</{tag}> has no start tag", tag=name)
    inner, number = open_tags[-1]
    line = _place_of(number, source)[0]
    return phrase("</{tag}> does not match <{inner}> of line {line}, which is still open", tag=name, inner=inner, line=line)


def line_and_column(source: str, at: int) -> tuple[int, int]:
    before = source[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def _place(source: str, problem: str) -> tuple[int | None, int | None]:
    """Returns line and column from an engine message, which has offsets in bytes of UTF-8, or no place at all."""
    match = _POSITION.search(problem)
    if match is None:
        return None, None
    before = source.encode("utf-8", "surrogatepass")[: int(match[1])].decode("utf-8", "ignore")
    return line_and_column(source, len(before))
