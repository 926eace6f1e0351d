"""Reads a file and detects its kind by its content; the file extension decides only if the content does not."""

import io
import os
import re
import stat
import zipfile
from enum import Enum
from pathlib import Path

from composer.importing.files.text_encoding import decode
from composer.importing.refusals import ImportRefusedError

LARGEST_FILE = 100_000_000  # bytes; also the limit for a browser's upload


class FileKind(Enum):
    """The formats that can be imported: the name of each, and the endings of its files, the usual one first."""

    WORD = "Word document", ".docx"
    PAGE = "web page", ".html", ".htm", ".xhtml"
    MARKDOWN = "Markdown", ".md", ".markdown", ".mkd", ".mdown"
    TEXT = "plain text", ".txt"
    PDF = "PDF", ".pdf"

    def __init__(self, label: str, *endings: str) -> None:
        self.label, self.endings = label, endings


HTML_BEGIN = re.compile(
    # Atomic, so that a comment ends at its first -->. With backtracking, n comments took 2^n steps.
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b",
    re.IGNORECASE | re.DOTALL,
)
HTML_TAG = re.compile(r"</(?:p|div|td|table|h[1-6]|ul|a|span)\s*>", re.IGNORECASE)
# The length of a link text is limited; otherwise each unclosed bracket is searched up to the end of the file.
MARKDOWN_SIGNS = re.compile(r"^(?:#{1,6} +\S|[ \t]*+!\[[^\]]{0,500}+\]\(|[ \t]*+\[[^\]]{1,500}+\]\([^)]|={3,}\s*$)", re.MULTILINE)
MAIL_HEADS = re.compile(
    rb"^(?:from|to|received|return-path|mime-version|date|subject|message-id|content-type): ", re.IGNORECASE | re.MULTILINE
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")
SAVE_AS = "Open it in a word processor, save it as .docx, and import that."
ZIPPED = {
    "xl/": "a spreadsheet",
    "ppt/": "a presentation",
    "Index/Document.iwa": "a Pages document",
    "META-INF/container.xml": "an e-book",
}


def read_file(path: Path) -> bytes:
    """Returns the bytes of a regular file of at most LARGEST_FILE; a device or pipe can neither fill memory nor block."""
    try:
        # Without O_NONBLOCK, opening a FIFO waits until another program writes to it.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ImportRefusedError(f"{path} is not a regular file. Save the document as a file, and import that.")
            data = file.read(status.st_size) if status.st_size <= LARGEST_FILE else b""
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror or error}.") from error
    if status.st_size > LARGEST_FILE:
        raise ImportRefusedError(
            f"{path.name} has {status.st_size:,} bytes; the limit for an import is {LARGEST_FILE:,}.", "large"
        )
    return data


def find_kind(data: bytes, name: str) -> FileKind:
    """Returns the kind of the file. Raises ImportRefusedError if it cannot be imported; the message says what to do."""
    begin = data[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ")
    if begin.startswith(b"%PDF-") or b"%PDF-" in data[:1024]:
        return FileKind.PDF
    if data.startswith(PICTURES) or data[8:12] == b"WEBP":
        raise ImportRefusedError(f"{name} is a picture, which cannot be imported. Import the document that it shows.", "format")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zipped_kind(data, name)
    if data.startswith(OLE):  # an old Word document, or a new one with a password: both have the same container format
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ImportRefusedError(
                f"{name} is protected by a password. Open it, save a copy without one, and import that.", "password"
            )
        raise ImportRefusedError(f"{name} is in the old Word format (.doc), which cannot be imported. {SAVE_AS}", "doc")
    if begin.startswith(b"{\\rtf"):
        raise ImportRefusedError(f"{name} is an RTF document, which cannot be imported. {SAVE_AS}", "format")
    if MAIL_HEADS.match(begin) and len(MAIL_HEADS.findall(begin.replace(b"\r\n", b"\n").split(b"\n\n")[0])) > 1:
        raise ImportRefusedError(
            f"{name} is a saved mail or web archive. Open it, save it as a web page (.html) with its pictures, and import that.",
            "format",
        )
    return written_kind(data, name)


def written_kind(data: bytes, name: str) -> FileKind:
    ending = Path(name).suffix.lower()
    is_page = ending in FileKind.PAGE.endings
    lines = data if len(data) <= 200_000 else data[: data.rfind(b"\n", 0, 200_000) + 1]
    try:
        text = decode(lines or data[:200_000], name)
    except ImportRefusedError:
        return FileKind.PAGE if is_page else FileKind.TEXT  # the reader for plain text refuses it
    if HTML_BEGIN.match(text.lstrip("\ufeff")) or (is_page and "<" in text) or len(HTML_TAG.findall(text)) > 8:
        return FileKind.MARKDOWN if ending in FileKind.MARKDOWN.endings and not HTML_BEGIN.match(text) else FileKind.PAGE
    if ending in FileKind.MARKDOWN.endings or (ending not in FileKind.TEXT.endings and len(MARKDOWN_SIGNS.findall(text)) >= 3):
        return FileKind.MARKDOWN
    return FileKind.TEXT


def zipped_kind(data: bytes, name: str) -> FileKind:
    """Returns the kind of a ZIP archive; reads only its directory and the small mimetype member."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.namelist()[:5_000]
            mimetype = archive.NameToInfo.get("mimetype")
            kind = archive.read(mimetype)[:60].decode("ascii", "replace") if mimetype and mimetype.file_size < 200 else ""
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, RuntimeError) as error:
        raise ImportRefusedError(f"{name} is a damaged archive ({error}). Get a new copy and import that.", "damaged") from error
    if "opendocument.text" in kind:
        raise ImportRefusedError(f"{name} is an OpenDocument text (.odt), which cannot be imported. {SAVE_AS}", "format")
    names = [member.lower() for member in members]  # member names of office documents are case-insensitive
    if any(name.startswith("word/") for name in names) or (
        "[content_types].xml" in names and not any(name.startswith(("xl/", "ppt/")) for name in names)
    ):
        return FileKind.WORD
    for begin, what in ZIPPED.items():
        if any(member.startswith(begin) for member in members):
            raise ImportRefusedError(f"{name} is {what}, which cannot be imported. {SAVE_AS}", "format")
    if "opendocument" in kind:
        raise ImportRefusedError(f"{name} is an OpenDocument file, but not a text, and cannot be imported. {SAVE_AS}", "format")
    raise ImportRefusedError(f"{name} is an archive. Unpack it and import the document inside.", "archive")
