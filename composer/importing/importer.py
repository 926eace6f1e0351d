"""Imports a file as an issue: reads a manuscript, builds the issue, checks that no word was lost, writes the folder."""

import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from composer.errors import ComposeError
from composer.importing.files.file_kinds import FileKind, find_kind, read_file
from composer.importing.files.text_encoding import decode_guessed
from composer.importing.manuscript.document_parts import DocumentPart, Manuscript, words_of_block
from composer.importing.manuscript.import_log import LeftOut, LoggedQuestion, RecordedChange, written_question
from composer.importing.manuscript.inline_slicing import SourceLink
from composer.importing.readers.docx.docx_reader import Tracked, read_docx
from composer.importing.readers.html.html_blocks import read_page
from composer.importing.readers.markdown_reader import read_markdown
from composer.importing.readers.pdf.pdf_reader import read_pdf
from composer.importing.readers.text.text_reader import read_text
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.importing.report.import_report import write_report
from composer.importing.report.legibility import find_limits
from composer.importing.report.word_audit import compare_links, compare_words
from composer.importing.structure.issue_builder import build_issue
from composer.issue.document import EditorMark, Issue
from composer.issue.inlines.markdown import parser
from composer.issue.parsing.body import MOST_BRACKETS, MOST_LINES, MOST_NODES, count_nodes
from composer.issue.parsing.head import LARGEST_HEAD
from composer.issue.parsing.issue_file import LARGEST_FILE, parse_issue
from composer.issue.printing.issue_printer import print_issue

LONGEST_SHOWN = 2_000  # characters; more than the longest paragraph of an issue
MOST_SHOWN_LINES = 40


def passages_of(script: Manuscript) -> tuple[str, ...]:
    """Returns a passage for each question in the log; empty where a question is about the whole document.

    Places of plain text are lines, so a passage is quoted as it is in the file. Other readers count paragraphs or pages, whose
    text is that of their parts.
    """
    parts: dict[int, list[DocumentPart]] = defaultdict(list)
    for part in script.parts:
        parts[part.position].append(part)
    if script.wrapped and script.log.unit == "line":
        lines = script.source_text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
        starts = sorted(parts)
        ends = dict(zip(starts, [*starts[1:], len(lines) + 1], strict=True))
        return tuple(
            _shortened(_lines(lines, question.line, ends.get(question.line, question.line + 1)))
            for question in script.log.questions
        )
    return tuple(_shortened(_text(parts.get(question.line, []), question)) for question in script.log.questions)


def _lines(lines: list[str], first: int, end: int) -> str:
    return "\n".join(lines[first - 1 : min(end - 1, first - 1 + MOST_SHOWN_LINES)]).strip() if first else ""


def _text(parts: list[DocumentPart], question: LoggedQuestion) -> str:
    """Returns the text of the parts that have this question; if a later step asked it, that of all parts at its place."""
    named = [part for part in parts if question.text in part.questions]
    return "\n".join(filter(None, (" ".join(words_of_block(part.block)).strip() for part in named or parts)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


_TOO_LONG = frozenset({"file-too-big", "too-much", "head-too-big"})


def print_fitting(issue: Issue, name: str) -> tuple[str, Issue]:
    """Returns the text of the issue file, and the issue parsed from it. Raises TooLongError if it exceeds a limit of issue files,
    ImportRefusedError if it cannot be parsed."""
    blocks = len(issue.opening) + sum(len(article.blocks) for article in issue.articles())
    if blocks > MOST_LINES:  # each takes at least a line, so there is no need to print them
        raise TooLongError(name, blocks, MOST_LINES, "paragraphs, pictures and questions")
    text = print_issue(issue)
    if (size := len(text.encode())) > LARGEST_FILE:
        raise TooLongError(name, size, LARGEST_FILE, "bytes")
    try:
        return text, parse_issue(text, unfinished=True)
    except ComposeError as error:
        if _TOO_LONG.isdisjoint(finding.code for finding in error.findings):
            message = f"{name} cannot be written as an issue. This is a fault of the import, please report it:\n{error}"
            raise ImportRefusedError(message) from error
        raise _limit_error(text, name) from error


def _limit_error(text: str, name: str) -> TooLongError:
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    if len(head) > LARGEST_HEAD:
        return TooLongError(name, len(head), LARGEST_HEAD, "characters outside the articles")
    if (lines := body.count("\n")) > MOST_LINES:
        return TooLongError(name, lines, MOST_LINES, "lines")
    if (brackets := body.count("[")) > MOST_BRACKETS:
        return TooLongError(name, brackets, MOST_BRACKETS, "pictures, links and other brackets")
    return TooLongError(name, count_nodes(parser().parse(body)), MOST_NODES, "paragraphs, links and marked words")


LOST = "words of the source are missing in this issue; add them"
LINKS_LOST = "links of the source are missing in this issue; add them"
INVENTED = "these words are not in the source; delete them"


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import. `issue_md` can be built as it is; `missing` is empty unless the import has a bug."""

    name: str
    issue_md: str
    left_out: tuple[LeftOut, ...]
    changes: tuple[RecordedChange, ...]
    questions: tuple[LoggedQuestion, ...]
    report: str
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = field(default=(), repr=False)
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # name in images/ -> bytes
    unit: str = "line"  # what the places in the source count: line, paragraph or page
    complete: bool = False  # every word of the source could be read, and is in the issue or in `left_out`
    missing_links: tuple[SourceLink, ...] = ()  # as `missing`
    passages: tuple[str, ...] = field(default=(), repr=False)  # for each question the text in the source that it is about


def import_file(path: Path, *, tracked: Tracked | None = None) -> Imported:
    """Imports a file. `tracked`: accept or reject the tracked changes of a Word document. Raises ImportRefusedError."""
    data = read_file(path)
    kind = find_kind(data, path.name)
    if tracked is not None and kind is not FileKind.WORD:
        raise ImportRefusedError(f"{path.name} is not a Word document ({kind.label}), so leave out --tracked.")
    return import_manuscript(read_manuscript(data, path, kind, tracked))


def import_manuscript(script: Manuscript) -> Imported:
    """Builds the issue of a manuscript, prints it, parses it again and counts its words. Raises ImportRefusedError."""
    log = script.log
    issue, added = build_issue(script)
    find_limits(script.source_text, log)
    issue = replace(issue, opening=(*log.ask(0, log.limits), *issue.opening))
    text, written = print_fitting(issue, script.name)
    audit = compare_words(script.source_text, written, log, added)
    links = compare_links(script.links, written, log)
    lost_links = tuple(f'"{link.text}" ({link.href})' for link in links.missing)
    faults = [(LOST, audit.missing), (INVENTED, audit.invented), (LINKS_LOST, lost_links)]
    if questions := [EditorMark(written_question(f"{fault}: {', '.join(words[:30])}")) for fault, words in faults if words]:
        text, written = print_fitting(replace(issue, opening=(*issue.opening, *questions)), script.name)
    return Imported(
        script.name,
        text,
        tuple(log.left_out),
        tuple(log.changes),
        tuple(log.questions),
        write_report(script.name, written, log, audit, links),
        audit.missing,
        tuple(added),
        script.pictures,
        log.unit,
        not (log.limits or audit.missing or audit.invented),
        links.missing,
        passages_of(script),
    )


def read_manuscript(data: bytes, path: Path, kind: FileKind, tracked: Tracked | None) -> Manuscript:
    name = path.name
    match kind:
        case FileKind.TEXT:
            text, guess = decode_guessed(data, name)
            script = read_text(text, name)
            script.log.limit_encoding(guess)
            return script
        case FileKind.WORD:
            return read_docx(data, name, tracked)
        case FileKind.PDF:
            return read_pdf(data, name)
        case FileKind.PAGE:
            return read_page(data, name, path.parent)
        case FileKind.MARKDOWN:
            return read_markdown(data, name, path.parent)
        case other:
            assert_never(other)


def write_import(imported: Imported, folder: Path) -> None:
    """Writes issue.md, import-report.txt and the pictures, all or none. Raises ImportRefusedError if the folder is not empty.

    The files are written into a temporary folder next to it, which is then renamed.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ImportRefusedError(f"{folder} is not a folder. Name a new folder for the issue.")
    if folder.is_dir() and any(folder.iterdir()):
        raise ImportRefusedError(f"{folder} is not empty; nothing was written. Name a new folder, or empty this one first.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = folder.parent / f".{folder.name[:50]}.{secrets.token_hex(6)}"
        made.mkdir()  # with the umask's permissions, as `issue new`; mkdtemp would allow only the owner
    except OSError as error:
        raise ImportRefusedError(f"{folder} cannot be created: {error.strerror or error}.") from error
    pictures = {f"images/{name}": data for name, data in imported.pictures.items()}
    files = {"issue.md": imported.issue_md.encode(), "import-report.txt": imported.report.encode(), **pictures}
    try:
        (made / "images").mkdir()
        for name, data in files.items():
            with (made / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        # Renaming onto an empty folder succeeds; it fails if another process put a file there, so nothing is overwritten.
        made.rename(folder)
    except OSError as error:
        raise ImportRefusedError(f"{folder} could not be written: {error.strerror or error}. Nothing was changed.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
