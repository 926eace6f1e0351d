"""Any file that can be imported -> an issue: its kind is found, its reader called, its manuscript arranged."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from composer.importing.files.file_kinds import Kind, find_kind, read_file
from composer.importing.imported_issue import Imported, write_import
from composer.importing.manuscript.document_parts import Manuscript
from composer.importing.readers.text.text_reader import import_text, read_text_file
from composer.importing.refusals import ImportRefusedError
from composer.importing.structure.issue_builder import arrange

if TYPE_CHECKING:
    from composer.importing.readers.docx.docx_reader import Tracked

__all__ = ["Imported", "import_file", "write_import"]


def import_file(path: Path, *, tracked: Tracked | None = None, today: date | None = None) -> Imported:
    """The issue in a file. `tracked`: what becomes of the tracked changes of a Word document. Raises ImportRefusedError."""
    data = read_file(path)
    kind = find_kind(data, path.name)
    if tracked is not None and kind is not Kind.WORD:
        raise ImportRefusedError(f"{path.name} is a {kind.value} and holds no tracked changes; leave --tracked away.")
    if kind is Kind.TEXT:
        return import_text(read_text_file(path), name=path.name, today=today)
    return arrange(read_manuscript(data, path, kind, tracked), today)


def read_manuscript(data: bytes, path: Path, kind: Kind, tracked: Tracked | None) -> Manuscript:
    """Each reader is loaded when it is needed: a page of text does not wait for the reader of PDF files."""
    if kind is Kind.WORD:
        from composer.importing.readers.docx.docx_reader import read_docx  # noqa: PLC0415

        return read_docx(data, path.name, tracked)
    if kind is Kind.PDF:
        from composer.importing.readers.pdf.pdf_reader import read_pdf  # noqa: PLC0415

        return read_pdf(data, path.name)
    if kind is Kind.PAGE:
        from composer.importing.readers.html.html_document import read_page  # noqa: PLC0415

        return read_page(data, path.name, path.parent)
    from composer.importing.readers.markdown_reader import read_markdown  # noqa: PLC0415

    return read_markdown(data, path.name, path.parent)
