"""Reads a Word document into a manuscript: opens the archive safely, settles tracked changes, collects all its words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from posixpath import basename, dirname, join
from typing import Literal

from lxml import etree

from composer.importing.files.zip_package import AGAIN, Package, open_package
from composer.importing.manuscript.document_parts import MAX_CHARACTERS, DocumentPart, Manuscript
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_line, usable_links
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.picture_files import PictureFiles
from composer.importing.readers.docx.docx_body import DocxBodyReader
from composer.importing.readers.docx.docx_runs import written_links
from composer.importing.readers.docx.docx_styles import Styles
from composer.importing.readers.docx.docx_xml import (
    PARAGRAPH,
    PLACE,
    A,
    R,
    V,
    W,
    drawn_text,
    embedded_members,
    gather,
    main_part,
    optional,
    outermost,
    read_part,
    read_roles,
    read_targets,
    stray_text,
    symbol,
    text_of_run_child,
    xml_members,
)
from composer.importing.readers.docx.tracked_changes import FORMATS, count_changes, position_of, refuse_changes, settle_changes
from composer.importing.refusals import ImportRefusedError, TooLongError

LONGEST_QUOTE = 100


@dataclass(slots=True)
class Anchor:
    """Where a comment is: its first and last paragraph, and the words between, cut after the limit."""

    first: int = 0
    last: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0

    @property
    def quote(self) -> str:
        text = clean_line("".join(self.pieces))
        return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rstrip()}…"

    def add(self, text: str, position: int) -> None:
        if self.pieces and position != self.last:
            self.pieces.append(" ")
        self.first, self.last = self.first or position, position
        self.pieces.append(text)
        self.length += len(text)


def comment_anchors(roots: Iterable[etree._Element]) -> Mapping[str, Anchor]:
    """Returns the place of each comment by its id. A comment on a point, as some programs write it, has no words."""
    anchors: dict[str, Anchor] = {}
    for root in roots:
        _find_anchors(root, anchors)
    return anchors


def _find_anchors(root: etree._Element, anchors: dict[str, Anchor]) -> None:
    position = 0
    ranges: dict[str, Anchor] = {}  # open ones
    quoted: dict[str, Anchor] = {}  # those of them whose quotation is not long enough yet
    for element in root.iter():
        key = element.get(W + "id", "") if isinstance(element.tag, str) else ""
        if element.tag == PARAGRAPH:
            position = position_of(element)
        elif element.tag == W + "commentRangeStart" and key not in anchors:
            anchors[key] = ranges[key] = quoted[key] = Anchor()
        elif element.tag == W + "commentRangeEnd" and key in ranges:
            anchor = ranges.pop(key)
            quoted.pop(key, None)
            anchor.last = position if anchor.first else 0
        elif element.tag == W + "commentReference":
            anchor = anchors.setdefault(key, Anchor())
            if not anchor.first:
                anchor.first = anchor.last = position
        elif quoted and (text := text_of_run_child(element) if isinstance(element.tag, str) else None):
            for name, anchor in list(quoted.items()) if text.strip() else ():
                anchor.add(text, position)
                if anchor.length > LONGEST_QUOTE:
                    del quoted[name]


RUNNING = "a header or footer of the pages"
# By the name of the root element, because members may have any name.
REASONS = {
    "hdr": RUNNING,
    "ftr": RUNNING,
    "chartSpace": "the text of a chart or diagram",
    "dataModel": "the text of a chart or diagram",
    "drawing": "the text of a chart or diagram",
    "glossaryDocument": "a building block of the template",
}
PROGRAM_CODE = ("vbaproject.bin", "printersettings1.bin")  # macros and settings show nothing
OLDER = "the text of a drawing for older programs"


def leave_stray_out(roots: Iterable[etree._Element], older: Iterable[str], log: ImportLog) -> list[str]:
    """Leaves out the text of the body and the notes that is not in any paragraph; returns it as words of the source."""
    left_out = [piece for text in older for piece in leave(text, OLDER, log)]
    symbols = 0
    for root in roots:
        left_out += leave(stray_text(root), "text outside any paragraph", log)
        for drawing in outermost(root, W + "drawing", W + "pict", W + "object"):
            position = position_of(next(drawing.iterancestors(PARAGRAPH), None))
            left_out += leave(drawn_text(drawing), "the text of a drawing", log, position)
        symbols += sum(symbol(element) == " " for element in root.iter(W + "sym"))
    if symbols:
        what = "character of a symbol font was" if symbols == 1 else "characters of symbol fonts were"
        log.limit(f"{symbols:,} {what} left out: the file does not say what they mean")
    return left_out


def leave_embedded_out(package: Package, log: ImportLog) -> list[str]:
    """Leaves out the files of other programs, such as sheets; returns their names as words of the source."""
    names = [basename(member) for member in embedded_members(package) if not member.lower().endswith(PROGRAM_CODE)]
    for name in names:
        log.limit(f"{name} is embedded in the document and was left out: what it shows may not be in the issue")
    return [word for name in names for word in leave(name, "a file of another program that is embedded in the document", log)]


def leave_header_pictures_out(package: Package, log: ImportLog) -> list[str]:
    """Leaves out the pictures of page headers and footers; returns their names as words of the source."""
    names: list[str] = []
    for member in xml_members(package):
        try:
            root = read_part(package, member)
        except ImportRefusedError:
            continue  # it is refused or reported where its text is read
        if reason_of(root, "") == RUNNING:
            targets = read_targets(package, member)
            keys = (picture.get(R + "embed") or picture.get(R + "id") or "" for picture in root.iter(A + "blip", V + "imagedata"))
            names += [basename(targets[key]) for key in keys if targets.get(key)]
    return [word for name in dict.fromkeys(names) for word in leave(name, "a picture of a header or footer of the pages", log)]


def leave_others_out(
    package: Package, main: str, read: set[str], log: ImportLog, anchors: Mapping[str, Mapping[str, Anchor]]
) -> list[str]:
    """Leaves out the text of all members except those in `read`; returns it as words of the source. `anchors`: member with
    comments -> their places."""
    folder = f"{dirname(main)}/".lstrip("/").lower()
    left_out: list[str] = []
    for member in xml_members(package):
        if member.lower() in read:
            continue
        older: list[str] = []
        try:
            root = read_part(package, member, older)
        except ImportRefusedError:
            if member.lower().startswith(folder):
                raise
            log.limit(f"{member} in the document could not be read")  # usually data of another program
            continue
        left_out += [piece for text in older for piece in leave(text, OLDER, log)]
        reason = "a comment" if root.tag == W + "comments" else reason_of(root, member[len(folder) :])
        log.leave_links(0, usable_links(written_links(root, read_targets(package, member))), reason)
        if root.tag == W + "comments":
            for comment in root.iter(W + "comment"):
                left_out += leave_comment(comment, anchors.get(member.lower(), {}), log)
        else:
            text = " ".join((*gather(root), stray_text(root), drawn_text(root)))
            left_out += leave(" ".join(text.split()), reason, log)
    return left_out


def leave_comment(comment: etree._Element, anchors: Mapping[str, Anchor], log: ImportLog) -> list[str]:
    author = clean_line(comment.get(W + "author", "")) or "an unnamed author"
    text = " ".join((*gather(comment), drawn_text(comment))).strip()
    if not text:
        return []
    anchor = anchors.get(comment.get(W + "id", ""), Anchor())
    about = f' on "{anchor.quote}"' if anchor.quote else ""
    log.leave_out(anchor.first, anchor.last, text, f"a comment by {author}{about}")
    return [text]


def reason_of(root: etree._Element, kind: str) -> str:
    if kind.lower().startswith("glossary/"):
        return REASONS["glossaryDocument"]
    return REASONS.get(etree.QName(root).localname, f"another part of the document, {kind}")


def leave(text: str, reason: str, log: ImportLog, position: int = 0) -> list[str]:
    if text:
        log.leave_out(position, position, text, reason)
    return [text] if text else []


Tracked = Literal["accept", "reject"]
ANOTHER_BODY = "the document has another body, which begins here; a word processor may not show it: does it belong to the issue?"
NOTE_KINDS = (("footnote", "footnotes"), ("endnote", "endnotes"))


@dataclass(slots=True)
class WordDocument:
    """The parts of a package that contain text. `root`: the main part; `notes`: (kind, id) -> footnote; `roots`: both;
    `older`: text from the version of a drawing for older programs, if it differs from the newer version."""

    package: Package
    main: str
    root: etree._Element
    older: list[str] = field(default_factory=list)
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)
    roots: list[etree._Element] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)

    def member(self, role: str) -> str:
        """Returns the member with this role (styles, footnotes), or its usual name if there is no relationship."""
        return self.roles.get(role, join(dirname(self.main), f"{role}.xml"))


def read_docx(data: bytes, name: str, tracked: Tracked | None = None) -> Manuscript:
    """Returns the manuscript of the document in `data`. Raises ImportRefusedError, for example if there are tracked changes and
    `tracked` is None."""
    document = open_document(data, name)
    log = ImportLog(unit="paragraph")
    counts = count_changes(document.roots)
    if counts and tracked is None:
        raise refuse_changes(name, counts, document.roots)
    texts = [text for root in document.roots for text in gather(root)]
    if (length := len("\n".join(texts))) > MAX_CHARACTERS:  # before anything that takes long
        raise TooLongError(name, length, MAX_CHARACTERS, "characters")
    anchors = comment_anchors(document.roots)  # before a rejected change takes commented words away
    for root in document.roots:
        if counts:
            settle_changes(root, log, accept=tracked == "accept")
        if next(root.iter(*FORMATS), None) is not None:
            log.note("tracked changes of formatting were imported as they look now")
    package = document.package
    styles = Styles(optional(package, document.member("styles")), optional(package, document.member("numbering")))
    numbers = number_notes(document)
    reader = DocxBodyReader(
        package, styles, read_targets(package, document.main), numbers, document.notes, log, PictureFiles(),
        {kind: read_targets(package, document.member(plural)) for kind, plural in NOTE_KINDS},
    )  # fmt: skip
    links = usable_links(link for root in document.roots for link in written_links(root, targets_of(root, document, reader)))
    parts = gather_lists(read_bodies(document, reader), log)
    for key, note in document.notes.items():
        if key not in reader.referenced_notes:
            log.leave_out(0, 0, " ".join(gather(note)), f"a {key[0]} that the text does not refer to")
    texts += [*reader.chunks, *leave_stray_out(document.roots, document.older, log)]
    known = {document.main.lower(), *(document.member(plural).lower() for _, plural in NOTE_KINDS)}
    texts += [*leave_embedded_out(package, log), *leave_header_pictures_out(package, log)]
    texts += leave_others_out(package, document.main, known, log, {document.member("comments").lower(): anchors})
    running = [left.text for left in log.left_out if left.reason == RUNNING]
    return Manuscript(name, parts, "\n".join(texts), log, reader.picture_files.pictures, head_lines=running, links=links)


def targets_of(root: etree._Element, document: WordDocument, reader: DocxBodyReader) -> dict[str, str]:
    if root is document.root:
        return reader.targets
    return reader.targets_of_notes["endnote" if root.tag == W + "endnote" else "footnote"]


def read_bodies(document: WordDocument, reader: DocxBodyReader) -> list[DocumentPart]:
    """Returns the parts of the body and of all other elements of the main part: some programs write several bodies."""
    parts: list[DocumentPart] = []
    for child in document.root:
        read = reader.read([child])
        if read and parts:
            read[0] = read[0].with_questions(ANOTHER_BODY)
        parts += read
    return parts


def open_document(data: bytes, name: str) -> WordDocument:
    """Opens the main part and the footnotes, numbers their paragraphs, and keeps one version of drawings that have two."""
    package = open_package(data, name)
    main = main_part(package, name)
    older: list[str] = []
    root = read_part(package, main, older)
    if root.find(W + "body") is None:
        raise ImportRefusedError(f"{name} has no document body, so it is not a Word document. {AGAIN}", "format")
    document = WordDocument(package, main, root, older, roots=[root], roles=read_roles(package, main))
    for kind, plural in NOTE_KINDS:
        member = document.member(plural)
        if package.has(member):
            for note in read_part(package, member, older).iter(W + kind):
                if note.get(W + "type", "normal") == "normal":
                    document.notes[kind, note.get(W + "id", "")] = note
                    document.roots.append(note)
    position = 0
    for part in document.roots:
        for paragraph in part.iter(PARAGRAPH):
            position += 1
            paragraph.set(PLACE, str(position))
    return document


def number_notes(document: WordDocument) -> dict[tuple[str, str], int]:
    """Numbers footnotes in the order in which the text refers to them; endnotes continue the count."""
    numbers: dict[tuple[str, str], int] = {}
    for kind, _ in NOTE_KINDS:
        for reference in document.root.iter(f"{W}{kind}Reference"):
            numbers.setdefault((kind, reference.get(W + "id", "")), len(numbers) + 1)
    return numbers
