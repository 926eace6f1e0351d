"""Reads the pictures of a web page: embedded in it, or files in its folder. Nothing is ever downloaded."""

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from composer.images.picture_encoder import LARGEST_FILE
from composer.importing.manuscript.document_parts import DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_line, clean_text
from composer.importing.manuscript.picture_files import SPECK, PictureFiles
from composer.importing.readers.html.html_nodes import HtmlNode
from composer.issue.document import MISSING_PICTURE, Figure, Text

ELSEWHERE = "this picture is not in the page but at {}, and an import downloads nothing: put it into images/"
NOT_THERE = "this picture should be next to the page as {}, but is missing: put it into images/"
TOO_LARGE = "this picture is too large: put a smaller one into images/"
OUTSIDE = "this picture is at {}, outside the folder of the page, so it was not read: put it into images/"


class PagePictures:
    """Reads `img` elements. `folder`: the folder of the page. `titles`: the title of a picture is its caption (Markdown)."""

    def __init__(self, folder: Path, log: ImportLog, *, titles: bool = False) -> None:
        self.folder, self.log, self.titles = folder.resolve(), log, titles
        self.picture_files = PictureFiles()

    def read(self, node: HtmlNode, position: int, href: str = "") -> list[DocumentPart]:
        """Returns the figure for an element; an empty list for a tracking pixel."""
        if is_speck(node):
            return []
        alt = clean_line(node.get("alt"))
        source = node.get("src").strip()
        content = self.find(source)
        figure: Figure | None = Figure(MISSING_PICTURE, alt)
        questions = [content] if isinstance(content, str) else []
        if isinstance(content, bytes):
            figure, questions = self.picture_files.figure(content, "" if source[:5].lower() == "data:" else unquote(source), alt)
        if figure is None:
            return []
        if href and not href.startswith("#"):
            questions.append(f"the picture was a link to {clean_text(href[:200])}; a picture in an issue cannot be a link")
        if self.titles and (title := clean_line(node.get("title"))):
            self.log.change(position, position, "", title, "the title of a picture, used as its caption")
            figure = Figure(figure.src, figure.alt, (Text(title),))
        return [DocumentPart(figure, position, questions=tuple(questions))]

    def find(self, source: str) -> bytes | str:
        """Returns the bytes of a picture, or a question that says why it was not read."""
        if source[:5].lower() == "data:":
            return read_data_url(source)
        shown = clean_text(source)[:200] or "an empty address"
        try:
            parts = urlsplit(source)
        except ValueError:
            return ELSEWHERE.format(shown)
        if parts.scheme or parts.netloc:
            return ELSEWHERE.format(shown)
        try:
            path = (self.folder / unquote(parts.path)).resolve()
            if not path.is_relative_to(self.folder):
                return OUTSIDE.format(shown)
            if not path.is_file():  # an upload has no folders: the picture may be directly next to the page
                path = self.folder / path.name
            if not path.is_file():
                return NOT_THERE.format(shown)
            return path.read_bytes() if path.stat().st_size <= LARGEST_FILE else TOO_LARGE
        except (OSError, ValueError):
            return NOT_THERE.format(shown)


def is_speck(node: HtmlNode) -> bool:
    sizes = [node.get(name).removesuffix("px").strip() for name in ("width", "height")]
    return any(size.isdecimal() and len(size) < 6 and int(size) <= SPECK for size in sizes)


def read_data_url(source: str) -> bytes | str:
    head, _, data = source.partition(",")
    try:
        if head.lower().endswith(";base64"):
            return base64.b64decode(re.sub(r"\s", "", unquote(data)), validate=True)
        return unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        return "this picture is damaged in the page: put an undamaged copy into images/"
