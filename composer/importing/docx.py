"""A Word document -> its manuscript: the archive opened safely, tracked changes settled, every word of it gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Literal

from lxml import etree

from composer.importing.docx_body import BodyReader
from composer.importing.docx_changes import FORMATS, count_changes, refuse_changes, settle_changes
from composer.importing.docx_styles import read_styles
from composer.importing.docx_words import MC, PARAGRAPH, PLACE, STRICT, A, W, gather
from composer.importing.errors import ImportRefusedError, TooLongError
from composer.importing.ledger import Ledger
from composer.importing.lines import MAX_CHARACTERS
from composer.importing.lists import gather_lists
from composer.importing.manuscript import Manuscript
from composer.importing.package import AGAIN, Package, open_package, parse_xml
from composer.importing.pictures import Shelf

Tracked = Literal["accept", "reject"]
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
NOTE_KINDS = (("footnote", "footnotes"), ("endnote", "endnotes"))


@dataclass(slots=True)
class Document:
    """The members of a package that hold text. `notes`: (kind, id) -> footnote; `others`: text that is no part of the body."""

    package: Package
    main: str
    body: etree._Element
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)
    roots: list[etree._Element] = field(default_factory=list)

    def member(self, name: str) -> str:
        return join(dirname(self.main), name)


def read_docx(data: bytes, name: str, tracked: Tracked | None = None) -> Manuscript:
    """The manuscript of the document in `data`. Raises ImportRefusedError, also for tracked changes nobody decided on."""
    document = open_document(data, name)
    ledger = Ledger(unit="paragraph")
    words = [text for root in document.roots for text in gather(root)]
    if (length := len("\n".join(words))) > MAX_CHARACTERS:  # before anything that takes long
        raise TooLongError(name, length, MAX_CHARACTERS, "characters")
    settle(document, name, ledger, tracked)
    package = document.package
    styles = read_styles(optional(package, document.member("styles.xml")), optional(package, document.member("numbering.xml")))
    numbers = number_notes(document)
    reader = BodyReader(
        package, styles, read_targets(package, document.main), numbers, document.notes, ledger, Shelf(),
        {kind: read_targets(package, document.member(f"{plural}.xml")) for kind, plural in NOTE_KINDS},
    )  # fmt: skip
    parts = gather_lists(reader.read(document.body), ledger)
    for key, note in document.notes.items():
        if key not in reader.told:
            ledger.leave_out(0, 0, " ".join(gather(note)), f"a {key[0]} that nothing in the text names")
    words += leave_others_out(document, ledger)
    return Manuscript(name, "paragraph", parts, "\n".join(words), ledger, reader.shelf.pictures)


def open_document(data: bytes, name: str) -> Document:
    """The main part and the footnotes, with numbered paragraphs and only one spelling of what is there in two."""
    package = open_package(data, name)
    main = main_part(package, name)
    root = read_part(package, main)
    body = root.find(W + "body")
    if body is None:
        raise ImportRefusedError(f"{name} has no body of text; it is no Word document. {AGAIN}")
    document = Document(package, main, body, roots=[body])
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


def read_part(package: Package, member: str) -> etree._Element:
    """A member in the usual spelling; where a drawing is there twice, once for older programs, that one is dropped."""
    root = package.xml(member)
    if root.tag.startswith("{http://purl.oclc.org/"):
        data = package.read(member)
        for strict, usual in STRICT:
            data = data.replace(strict, usual)
        root = parse_xml(data, f"{package.name}: {member}")
    for alternative in list(root.iter(MC + "AlternateContent")):
        if alternative.find(MC + "Choice") is not None:
            for older in alternative.findall(MC + "Fallback"):
                alternative.remove(older)
    return root


def settle(document: Document, name: str, ledger: Ledger, tracked: Tracked | None) -> None:
    counts = count_changes(document.roots)
    if counts and tracked is None:
        raise refuse_changes(name, counts)
    for root in document.roots:
        if counts and tracked:
            settle_changes(root, ledger, accept=tracked == "accept")
        if any(True for _ in root.iter(*FORMATS)):
            ledger.note("tracked changes of type and layout were taken as they look now")


def number_notes(document: Document) -> dict[tuple[str, str], int]:
    """Footnotes count up in the order in which the text names them, endnotes go on from there."""
    numbers: dict[tuple[str, str], int] = {}
    for kind, _ in NOTE_KINDS:
        for reference in document.body.iter(f"{W}{kind}Reference"):
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
    """Heads, feet, comments and the words of diagrams go into the report; returns them as words of the source."""
    words: list[str] = []
    folder = dirname(document.main)
    for member in sorted(document.package.archive.NameToInfo):
        kind = member.removeprefix(f"{folder}/")
        if kind.startswith(("header", "footer")) and kind.endswith(".xml"):
            text = " ".join(" ".join(gather(read_part(document.package, member))).split())
            words += leave(text, "a head or foot of the pages", ledger)
        elif kind == "comments.xml":
            for comment in read_part(document.package, member).iter(W + "comment"):
                author = comment.get(W + "author", "") or "somebody"
                words += leave(" ".join(gather(comment)).strip(), f"a comment by {author}", ledger)
        elif kind.startswith(("diagrams/data", "charts/chart")) and kind.endswith(".xml"):
            text = " ".join(found.text or "" for found in read_part(document.package, member).iter(A + "t"))
            words += leave(" ".join(text.split()), "the words of a diagram", ledger)
    return words


def leave(text: str, reason: str, ledger: Ledger) -> list[str]:
    if text:
        ledger.leave_out(0, 0, text, reason)
    return [text] if text else []
