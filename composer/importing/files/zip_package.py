"""Opens the ZIP archive of an office document; one that would burst memory is refused before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib

from lxml import etree

from composer.importing.refusals import ImportRefusedError

MOST_MEMBERS = 2_000
HIGHEST_RATIO = 100  # unpacked to packed, of one member and of all together
FREE_OF_RATIO = 64_000  # bytes; a small file of one colour may be packed better without doing harm
MOST_UNPACKED = 50 * 1024 * 1024
LARGEST_XML = 16 * 1024 * 1024
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zX")
ARCHIVE_NAMES = (".zip", ".gz", ".7z", ".rar", ".bz2", ".xz", ".docx", ".xlsx", ".pptx", ".jar", ".tar")
NESTED = "it holds another archive, {}; delete the embedded object, or paste it as a picture"
AGAIN = "Open it in a word processor, save it anew as .docx, and import that."


class Package:
    """The members of an archive, read when asked for, in whatever case their names are. `name` is that of the file."""

    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        self.name, self.archive = name, archive
        self.infos = {info.filename.lower(): info for info in archive.infolist()}

    def has(self, member: str) -> bool:
        return member.lower() in self.infos

    def read(self, member: str) -> bytes:
        """The bytes of a member; never more than it says it has."""
        info = self.infos[member.lower()]
        data = self.unpack(info, info.file_size + 1)
        if len(data) != info.file_size:
            raise ImportRefusedError(f"{self.name} is damaged: {member} has another size than the archive says. {AGAIN}")
        return data

    def unpack(self, info: zipfile.ZipInfo, size: int) -> bytes:
        """The first bytes of a member, `size` at the most."""
        try:
            with self.archive.open(info) as file:
                return file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ImportRefusedError(f"{self.name} is damaged: {info.filename} cannot be unpacked ({error}). {AGAIN}") from error

    def xml(self, member: str) -> etree._Element:
        """The root of an XML member. Entities are never resolved: a member that declares any is refused."""
        info = self.infos[member.lower()]
        if info.file_size > LARGEST_XML:
            raise ImportRefusedError(
                f"{self.name} has {info.file_size:,} bytes in {member}; {LARGEST_XML:,} are the most. "
                "Split the document and import one issue at a time."
            )
        return parse_xml(self.read(member), f"{self.name}: {member}")


def parse_xml(data: bytes, what: str) -> etree._Element:
    """The root element. Neither entities nor external references are resolved, nothing is fetched."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ImportRefusedError(f"{what} is no XML that can be read ({error}). {AGAIN}") from error
    if root.getroottree().docinfo.doctype:
        raise ImportRefusedError(f"{what} declares entities, which a document never needs; nothing was read. {AGAIN}")
    return root


def open_package(data: bytes, name: str) -> Package:
    """The archive in `data`, after its directory was held against the limits. Raises ImportRefusedError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise ImportRefusedError(f"{name} is a damaged archive ({error}). {AGAIN}") from error
    if len(infos) > MOST_MEMBERS:
        raise bomb(name, f"it holds {len(infos):,} files; {MOST_MEMBERS:,} are the most")
    total = sum(info.file_size for info in infos)
    if total > MOST_UNPACKED:
        raise bomb(name, f"it unpacks to {total:,} bytes; {MOST_UNPACKED:,} are the most")
    if len({info.filename.lower() for info in infos}) != len(infos):
        raise bomb(name, "it holds two files of one name")
    for info in infos:
        if info.flag_bits & 1:
            raise ImportRefusedError(f"{name} is protected by a password. Save a copy without one and import that.")
        if info.file_size > FREE_OF_RATIO and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1):
            raise bomb(name, f"{info.filename} is packed more than {HIGHEST_RATIO} to 1")
        if info.filename.lower().endswith(ARCHIVE_NAMES):
            raise bomb(name, NESTED.format(info.filename))
    # Members may share their packed bytes: together they are never counted as more than the file has.
    packed = min(sum(info.compress_size for info in infos), len(data))
    if total > FREE_OF_RATIO and total > HIGHEST_RATIO * max(packed, 1):
        raise bomb(name, f"all its files together are packed more than {HIGHEST_RATIO} to 1")
    package = Package(name, archive)
    for info in infos:  # an archive within the archive, whatever its name
        if package.unpack(info, 4).startswith(ARCHIVES):
            raise bomb(name, NESTED.format(info.filename))
    return package


def bomb(name: str, why: str) -> ImportRefusedError:
    return ImportRefusedError(f"{name} is not unpacked: {why}. {AGAIN}")
