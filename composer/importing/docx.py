"""A Word document -> its manuscript: the archive opened safely, tracked changes settled, every word of it gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Literal

from lxml import etree

from composer.importing.account import count_units
from composer.importing.docx_body import BodyReader
from composer.importing.docx_changes import FORMATS, count_changes, refuse_changes, settle_changes
from composer.importing.docx_styles import read_styles
from composer.importing.docx_words import MC, PARAGRAPH, PLACE, STRICT, A, M, W, gather, symbol
from composer.importing.errors import ImportRefusedError, TooLongError
from composer.importing.ledger import Ledger
from composer.importing.lines import MAX_CHARACTERS
from composer.importing.lists import gather_lists
from composer.importing.manuscript import Manuscript, Part
from composer.importing.package import AGAIN, Package, open_package, parse_xml
from composer.importing.pictures import Shelf
from composer.importing.slices import clean_text

Tracked = Literal["accept", "reject"]
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
ANOTHER_BODY = "the document has another body, which begins here; a word processor may not show it: is it meant?"
TEXTS = (W + "t", W + "delText", M + "t")
NO_TEXT = ("styles", "settings", "fontTable", "numbering", "theme/", "webSettings", "stylesWithEffects")
OTHER_PARTS = {
    "header": "a head or foot of the pages",
    "footer": "a head or foot of the pages",
    "diagrams/": "the words of a diagram",
    "charts/": "the words of a diagram",
    "glossary/": "a building block of the template",
}
NOTE_KINDS = (("footnote", "footnotes"), ("endnote", "endnotes"))


@dataclass(slots=True)
class Document:
    """The members of a package that hold text. `root`: the whole main part; `notes`: (kind, id) -> footnote; `roots`: both;
    `older`: text of drawings for older programs that says something else than the drawing for newer ones."""

    package: Package
    main: str
    root: etree._Element
    older: list[str] = field(default_factory=list)
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)
    roots: list[etree._Element] = field(default_factory=list)

    def member(self, name: str) -> str:
        return join(dirname(self.main), name)


def read_docx(data: bytes, name: str, tracked: Tracked | None = None) -> Manuscript:
    """The manuscript of the document in `data`. Raises ImportRefusedError, also for tracked changes nobody decided on."""
    document = open_document(data, name)
    ledger = Ledger(unit="paragraph")
    counts = count_changes(document.roots)
    if counts and tracked is None:
        raise refuse_changes(name, counts)
    words = [text for root in document.roots for text in gather(root)]
    if (length := len("\n".join(words))) > MAX_CHARACTERS:  # before anything that takes long
        raise TooLongError(name, length, MAX_CHARACTERS, "characters")
    settle(document, ledger, accept=tracked == "accept" if counts else None)
    package = document.package
    styles = read_styles(optional(package, document.member("styles.xml")), optional(package, document.member("numbering.xml")))
    numbers = number_notes(document)
    reader = BodyReader(
        package, styles, read_targets(package, document.main), numbers, document.notes, ledger, Shelf(),
        {kind: read_targets(package, document.member(f"{plural}.xml")) for kind, plural in NOTE_KINDS},
    )  # fmt: skip
    parts = gather_lists(read_bodies(document, reader), ledger)
    for key, note in document.notes.items():
        if key not in reader.told:
            ledger.leave_out(0, 0, " ".join(gather(note)), f"a {key[0]} that nothing in the text names")
    words += [*reader.chunks, *leave_others_out(document, ledger)]
    return Manuscript(name, "paragraph", parts, "\n".join(words), ledger, reader.shelf.pictures)


def read_bodies(document: Document, reader: BodyReader) -> list[Part]:
    """The parts of the body, and of whatever else holds text in the main part: some programs write several bodies."""
    parts: list[Part] = []
    for child in document.root:
        read = reader.read([child])
        if read and parts:
            read[0] = read[0].marked(ANOTHER_BODY)
        parts += read
    return parts


def open_document(data: bytes, name: str) -> Document:
    """The main part and the footnotes, with numbered paragraphs and only one spelling of what is there in two."""
    package = open_package(data, name)
    main = main_part(package, name)
    older: list[str] = []
    root = read_part(package, main, older)
    if root.find(W + "body") is None:
        raise ImportRefusedError(f"{name} has no body of text; it is no Word document. {AGAIN}")
    document = Document(package, main, root, older, roots=[root])
    for kind, plural in NOTE_KINDS:
        member = document.member(f"{plural}.xml")
        if package.has(member):
            for note in read_part(package, member).iter(W + kind):
                if note.get(W + "type", "normal") == "normal":
                    document.notes[kind, note.get(W + "id", "")] = note
                    document.roots.append(note)
    place = 0
    for part in document.roots:
        for paragraph in part.iter(PARAGRAPH):
            place += 1
            paragraph.set(PLACE, str(place))
    return document


def main_part(package: Package, name: str) -> str:
    """The member with the text, as the package itself names it."""
    if package.has("_rels/.rels"):
        for relation in package.xml("_rels/.rels").iter(RELATION):
            if relation.get("Type", "").endswith("/officeDocument"):
                target = normpath(relation.get("Target", "").lstrip("/"))
                if package.has(target):
                    return str(target)
    if package.has("word/document.xml"):
        return "word/document.xml"
    raise ImportRefusedError(f"{name} is an archive, but no Word document: it holds no text of one. {AGAIN}")


def read_part(package: Package, member: str, older: list[str] | None = None) -> etree._Element:
    """A member in the usual spelling; where a drawing is there twice, once for older programs, that one is dropped. `older` gets
    its text where that is another one."""
    root = package.xml(member)
    if root.tag.startswith("{http://purl.oclc.org/"):
        data = package.read(member)
        for strict, usual in STRICT:
            data = data.replace(strict, usual)
        root = parse_xml(data, f"{package.name}: {member}")
    for alternative in list(root.iter(MC + "AlternateContent")):
        if (choice := alternative.find(MC + "Choice")) is not None:
            for fallback in alternative.findall(MC + "Fallback"):
                text = " ".join(gather(fallback))
                if older is not None and count_units([text]) - count_units(gather(choice)):
                    older.append(text)
                alternative.remove(fallback)
    return root


def settle(document: Document, ledger: Ledger, *, accept: bool | None) -> None:
    """Leaves one text in the tree; `accept` is None where there are no changes of the text."""
    for root in document.roots:
        if accept is not None:
            settle_changes(root, ledger, accept=accept)
        if any(True for _ in root.iter(*FORMATS)):
            ledger.note("tracked changes of type and layout were taken as they look now")


def number_notes(document: Document) -> dict[tuple[str, str], int]:
    """Footnotes count up in the order in which the text names them, endnotes go on from there."""
    numbers: dict[tuple[str, str], int] = {}
    for kind, _ in NOTE_KINDS:
        for reference in document.root.iter(f"{W}{kind}Reference"):
            numbers.setdefault((kind, reference.get(W + "id", "")), len(numbers) + 1)
    return numbers


def read_targets(package: Package, member: str) -> dict[str, str]:
    """Relationship -> member of the package, or the address of what lies outside."""
    rels = join(dirname(member), "_rels", f"{member.rsplit('/', 1)[-1]}.rels")
    if not package.has(rels):
        return {}
    targets: dict[str, str] = {}
    for relation in package.xml(rels).iter(RELATION):
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            target = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(member), target))
        targets[relation.get("Id", "")] = target
    return targets


def optional(package: Package, member: str) -> etree._Element | None:
    return read_part(package, member) if package.has(member) else None


def leave_others_out(document: Document, ledger: Ledger) -> list[str]:
    """Text that is no part of the body goes into the report; returns it as words of the source."""
    words = [each for text in document.older for each in leave(text, "the text of a drawing for older programs", ledger)]
    for root in document.roots:
        stray = (element for element in root.iter(*TEXTS) if next(element.iterancestors(PARAGRAPH), None) is None)
        text = " ".join(clean_text(element.text or "") for element in stray)
        words += leave(" ".join(text.split()), "text outside of all paragraphs", ledger)
    symbols = sum(symbol(element) == " " for root in document.roots for element in root.iter(W + "sym"))
    if symbols:
        ledger.limit(f"{symbols:,} characters of symbol fonts were left out: the file does not say what they mean")
    folder = dirname(document.main)
    read = {document.main, *(document.member(f"{plural}.xml") for _, plural in NOTE_KINDS)}
    for member in sorted(document.package.archive.NameToInfo):
        kind = member.removeprefix(f"{folder}/")
        if member in read or not member.endswith(".xml") or kind.startswith(NO_TEXT) or kind == member:
            continue
        root = read_part(document.package, member)
        if kind == "comments.xml":
            for comment in root.iter(W + "comment"):
                author = comment.get(W + "author", "") or "somebody"
                words += leave(" ".join(gather(comment)).strip(), f"a comment by {author}", ledger)
        else:
            drawn = (clean_text(found.text or "") for found in root.iter(A + "t"))
            text = " ".join((*gather(root), *drawn))
            words += leave(" ".join(text.split()), reason_of(kind), ledger)
    return words


def reason_of(kind: str) -> str:
    """Which part of the document a member is, by its name in the package."""
    return next(
        (reason for begin, reason in OTHER_PARTS.items() if kind.startswith(begin)), f"another part of the document, {kind}"
    )


def leave(text: str, reason: str, ledger: Ledger) -> list[str]:
    if text:
        ledger.leave_out(0, 0, text, reason)
    return [text] if text else []
