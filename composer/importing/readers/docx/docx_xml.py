"""The element names of Word's XML, the members of a document, and functions that collect plain text from its elements."""

import re
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath

from lxml import etree

from composer.importing.files.zip_package import AGAIN, Package, parse_xml
from composer.importing.manuscript.inline_slicing import clean_line, clean_text
from composer.importing.manuscript.vocabulary import count_units
from composer.importing.refusals import ImportRefusedError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
V = "{urn:schemas-microsoft-com:vml}"
# The strict variant of the format has other namespaces for the same elements.
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|officeDocument|drawingml)/(\w+)")
USUAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"
PARAGRAPH = W + "p"
BOX = W + "txbxContent"
PLACE = "place"  # our own attribute on paragraphs: the number of the paragraph in the document
SPACES = {W + "tab", W + "br", W + "cr", W + "ptab"}
ON = ("", "1", "true", "on")


def text_of_run_child(run_child: etree._Element) -> str | None:
    """Returns the text of one child of a run; None if the element contains no text."""
    tag = run_child.tag
    if tag in (W + "t", W + "delText", M + "t"):
        return clean_text(run_child.text or "")
    if tag in SPACES:
        return " "
    if tag == W + "noBreakHyphen":
        return "-"
    if tag == W + "sym":
        return symbol(run_child)
    return None


def symbol(element: etree._Element) -> str:
    """Returns the character of a `w:sym` element; a space for control characters and those in the private use area, whose meaning
    is not known."""
    try:
        code = int(element.get(W + "char", "0"), 16)
    except ValueError:
        return ""
    return clean_text(chr(code)) if 0x20 < code < 0xD800 else " "


def gather(element: etree._Element) -> Iterator[str]:
    """Yields the text of every paragraph in the element, also in boxes and deletions; a box does not split the text around it."""
    for paragraph in element.iter(PARAGRAPH):
        yield "".join(pieces(paragraph))


def pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        text = text_of_run_child(child)
        if text is not None:
            yield text
        elif child.tag not in (BOX, PARAGRAPH) and isinstance(child.tag, str):
            yield from pieces(child)


def outermost(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """Yields the elements with these tags that are not nested in another one of them."""
    return (element for element in root.iter(*tags) if next(element.iterancestors(*tags), None) is None)


def drawn_text(root: etree._Element) -> str:
    """Returns the text of charts, diagrams and word art in the element, which is not in any paragraph of the document."""
    texts = (
        element.get("string") if element.tag == V + "textpath" else element.text
        for element in root.iter(A + "t", C + "v", CX + "v", CX + "pt", V + "textpath")
    )
    return clean_line(" ".join(text or "" for text in texts))


def stray_text(root: etree._Element) -> str:
    """Returns the text outside any paragraph."""
    stray = (
        element for element in root.iter(W + "t", W + "delText", M + "t") if next(element.iterancestors(PARAGRAPH), None) is None
    )
    return clean_line(" ".join(element.text or "" for element in stray))


def is_on(properties: etree._Element | None, name: str) -> bool | None:
    """Whether a property such as bold is on or off; None if it is not given."""
    element = properties.find(W + name) if properties is not None else None
    return None if element is None else element.get(W + "val", "").lower() in ON


def value_of(element: etree._Element | None, path: str) -> str:
    child = element.find(path) if element is not None else None
    return str(child.get(W + "val", "")) if child is not None else ""


def number_of(text: str, otherwise: int = 0) -> int:
    try:
        return int(text)
    except ValueError:
        return otherwise


RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
TYPES = "[Content_Types].xml"
# Sheets and other files of programs are in embeddings/, whatever their type; an archive is one wherever it is.
EMBEDDED = re.compile(r"(?:^|/)embeddings/|\.(?:zip|gz|7z|rar|bz2|xz|docx|docm|xlsx|xlsm|xlsb|xls|pptx|ppt|doc|jar|tar|ole|bin)$")
TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def main_part(package: Package, name: str) -> str:
    """Returns the name of the member with the text, from the relationships of the package."""
    for relation in relations_of(package, ""):
        target = normpath(relation.get("Target", "").lstrip("/"))
        if relation.get("Type", "").endswith("/officeDocument") and package.has(target):
            return str(target)
    if package.has("word/document.xml"):
        return "word/document.xml"
    raise ImportRefusedError(f"{name} is an archive, but not a Word document. {AGAIN}", "format")


def read_part(package: Package, member: str, older: list[str] | None = None) -> etree._Element:
    """Reads a member, with the usual namespaces instead of the strict ones. If a drawing has a version for older programs, that
    version is dropped; if its text differs, it is added to `older`."""
    root = package.xml(member)
    if root.tag.startswith("{http://purl.oclc.org/"):
        root = parse_xml(STRICT.sub(USUAL, package.read(member)), f"{package.name}: {member}")
    for alternative in list(root.iter(MC + "AlternateContent")):
        if (choice := alternative.find(MC + "Choice")) is not None:
            for fallback in alternative.findall(MC + "Fallback"):
                text = " ".join((*gather(fallback), drawn_text(fallback))).strip()
                if older is not None and count_units([text]) - count_units((*gather(choice), drawn_text(choice))):
                    older.append(text)
                alternative.remove(fallback)
    return root


def relations_of(package: Package, member: str) -> list[etree._Element]:
    """Returns the relationships of a member, or of the package itself if `member` is empty."""
    rels = join(dirname(member), "_rels", f"{basename(member)}.rels")
    return list(package.xml(rels).iter(RELATION)) if package.has(rels) else []


def read_targets(package: Package, member: str) -> dict[str, str]:
    """Returns relationship id -> member of the package, or the address of an external target."""
    targets: dict[str, str] = {}
    for relation in relations_of(package, member):
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            target = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(member), target))
        targets[relation.get("Id", "")] = target
    return targets


def read_roles(package: Package, main: str) -> dict[str, str]:
    """Returns role (styles, footnotes) -> member, from the relationships of the main part: programs may name members freely."""
    roles: dict[str, str] = {}
    targets = read_targets(package, main)
    for relation in relations_of(package, main):
        target = targets[relation.get("Id", "")]
        if relation.get("TargetMode") != "External" and package.has(target):
            roles.setdefault(relation.get("Type", "").rsplit("/", 1)[-1], target)
    return roles


def xml_members(package: Package) -> list[str]:
    """Returns all members that are XML by extension or content type, except relationships and content types."""
    types: dict[str, str] = {}
    if package.has(TYPES):
        for entry in package.xml(TYPES).iter(TYPE + "Default", TYPE + "Override"):
            key = entry.get("PartName", "").lstrip("/") or f".{entry.get('Extension', '')}"
            types[key.lower()] = entry.get("ContentType", "").lower()
    members = sorted(info.filename for info in package.infos.values() if not info.is_dir())
    return [name for name in members if is_xml(name.lower(), types) and name.lower() != TYPES.lower()]


def embedded_members(package: Package) -> list[str]:
    """Returns the files of other programs in the document, such as sheets: everything that is neither XML nor a picture nor a
    font."""
    xml = {name.lower() for name in xml_members(package)}
    others = (info.filename for info in package.infos.values() if not info.is_dir() and info.filename.lower() not in xml)
    return sorted(name for name in others if EMBEDDED.search(name.lower()))


def is_xml(name: str, types: dict[str, str]) -> bool:
    ending = f".{name.rpartition('.')[2]}"
    return ending != ".rels" and (ending == ".xml" or types.get(name, types.get(ending, "")).endswith(("+xml", "/xml")))


def optional(package: Package, member: str) -> etree._Element | None:
    return read_part(package, member) if package.has(member) else None
