"""Reads Markdown of another program into a manuscript: renders it to HTML, then reads that like any web page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from composer.importing.files.text_encoding import decode_guessed
from composer.importing.manuscript.document_parts import MAX_CHARACTERS, TITLE, DocumentPart, Manuscript
from composer.importing.manuscript.inline_slicing import clean_line
from composer.importing.manuscript.issue_dates import names_issue
from composer.importing.readers.html.html_blocks import make_manuscript
from composer.importing.readers.html.html_nodes import read_tree
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue.document import Paragraph, Text
from composer.issue.inlines.emphasis import EmphasisInline
from composer.issue.inlines.table_rows import keep_more_cells

FRONT = re.compile(r"\A(?:---|\+\+\+)[ \t]*\n(.{0,20000}?)\n(?:---|\+\+\+|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
TITLE_LINE = re.compile(r"title\s*[:=]\s*(.+)", re.IGNORECASE)
RUNS = re.compile(r"(?:[\[(!<`>*_][ \t]*){300}")  # the parser's time grows with the square of the length of a run
DATE_LINE = re.compile(
    r"(?:date|published|pubdate)[ \t]{0,9}[:=][ \t]{0,9}[\"']?([^\"'T\n]{4,60})", re.IGNORECASE
)  # without its time
NUMBER_LINE = re.compile(r"(?:number|issue|no)[ \t]{0,9}[:=][ \t]{0,9}[\"']?([^\"'\n]{1,60})", re.IGNORECASE)
OURS = ("preheader:", "organisation:", "footer:")


def read_markdown(data: bytes, name: str, folder: Path) -> Manuscript:
    written, guess = decode_guessed(data, name)
    source = written.replace("\r\n", "\n").replace("\r", "\n")
    if len(source) > 4 * MAX_CHARACTERS:
        raise TooLongError(name, len(source), MAX_CHARACTERS, "characters")
    front = FRONT.match(source)
    if front and all(f"\n{key}" in f"\n{front[1]}" for key in OURS):
        raise ImportRefusedError(
            f"{name} is already an issue file: put it into its own folder as issue.md, with its images/ folder next to it."
        )
    if RUNS.search(source):
        raise ImportRefusedError(
            f"{name} has hundreds of characters such as [, * or > in a row, which is not text. Delete them and import it again."
        )
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 100, "store_labels": True}).enable(["table", "strikethrough"])
    parser.inline = EmphasisInline(parser.inline.ruler, parser.inline.ruler2)
    keep_more_cells(parser)
    definitions: dict[str, Any] = {}
    tokens = parser.parse(source[front.end() :] if front else source, definitions)
    page = read_tree(parser.renderer.render(tokens, parser.options, definitions), name)
    script = make_manuscript(page, name, folder, titles=True)
    script.log.limit_encoding(guess)
    read_unused(tokens, definitions, script)
    if front:
        read_front(front[1], script)
    return script


def read_unused(tokens: Sequence[Token], definitions: Mapping[str, Any], script: Manuscript) -> None:
    """Logs link definitions that no link uses, and duplicate ones: the parser drops them."""
    used = {inner.meta.get("label") for token in tokens for inner in walk_tokens(token)}
    unused = [(label, definition) for label, definition in definitions.get("references", {}).items() if label not in used]
    unused += [(definition["label"], definition) for definition in definitions.get("duplicate_refs", [])]
    for label, definition in unused:
        text = clean_line(f"{label} {definition['href']} {definition['title']}")
        script.log.leave_out(1, 1, text, "the definition of a link that is not used")
        script.source_text += f"\n{text}"


def walk_tokens(token: Token) -> Iterator[Token]:
    """Yields the token and all its descendants: a picture in a link is two levels down."""
    yield token
    for child in token.children or ():
        yield from walk_tokens(child)


def read_front(lines: str, script: Manuscript) -> None:
    """Reads front matter: its title becomes the masthead, its date and number may be those of the issue, and the rest is logged
    for the report."""
    for number, line in enumerate(lines.split("\n"), start=2):
        text = clean_line(line)
        match = TITLE_LINE.match(text)
        if match and (title := match[1].strip(" \"'")):
            script.parts.insert(0, DocumentPart(Paragraph((Text(title),)), 1, TITLE))
            script.log.change(number, number, "title", "", "a label; the head has a field for it")
        elif text:
            script.log.leave_out(number, number, text, "from the head of the file")
        if dated := DATE_LINE.match(text):
            script.head_lines.append(dated[1])
        elif numbered := NUMBER_LINE.match(text):
            script.head_lines.append(numbered[1] if names_issue(numbered[1]) else f"No. {numbered[1]}")
        script.source_text += f"\n{text}"
