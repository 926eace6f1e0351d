"""Finds the parts of a Word document by their relationships and types, and reads them with the usual namespaces."""

import re
from posixpath import basename, dirname, join, normpath

from lxml import etree

from composer.importing.files.zip_package import AGAIN, Package, parse_xml
from composer.importing.manuscript.vocabulary import count_units
from composer.importing.readers.docx.docx_xml import MC, STRICT, USUAL, drawn_text, gather
from composer.importing.refusals import ImportRefusedError

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
