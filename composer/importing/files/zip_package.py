"""Opens the ZIP archive of an office document, and refuses ZIP bombs before unpacking anything."""

import io
import zipfile
import zlib

from lxml import etree

from composer.importing.refusals import ImportRefusedError

MOST_MEMBERS = 2_000
HIGHEST_RATIO = 100  # unpacked to packed size, of one member and of all together
FREE_OF_RATIO = 64_000  # bytes; a smaller file may have any ratio, as a picture of one colour has
MOST_UNPACKED = 50 * 1024 * 1024
LARGEST_XML = 16 * 1024 * 1024
AGAIN = "Open it in a word processor, save it again as .docx, and import that."


class Package:
    """The members of an archive, read on demand; their names are case-insensitive. `name` is the file name for errors. An archive
    within the archive is a member like any other, and is never unpacked."""

    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        self.name, self.archive = name, archive
        self.infos = {info.filename.lower(): info for info in archive.infolist()}

    def has(self, member: str) -> bool:
        return member.lower() in self.infos

    def read(self, member: str) -> bytes:
        """Returns the bytes of a member. Raises ImportRefusedError if its size is not the one in the directory."""
        info = self.infos[member.lower()]
        data = self.unpack(info, info.file_size + 1)
        if len(data) != info.file_size:
            raise ImportRefusedError(
                f"{self.name} is damaged: {member} has another size than the archive says. {AGAIN}", "damaged"
            )
        return data

    def unpack(self, info: zipfile.ZipInfo, size: int) -> bytes:
        try:
            with self.archive.open(info) as file:
                return file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ImportRefusedError(
                f"{self.name} is damaged: {info.filename} cannot be unpacked ({error}). {AGAIN}", "damaged"
            ) from error

    def xml(self, member: str) -> etree._Element:
        """Returns the root element of an XML member. A member with a document type, which could declare entities, is refused."""
        info = self.infos[member.lower()]
        if info.file_size > LARGEST_XML:
            raise ImportRefusedError(
                f"{self.name} has {info.file_size:,} bytes in {member}; the limit is {LARGEST_XML:,}. "
                "Split the document and import one issue at a time.",
                "large",
            )
        return parse_xml(self.read(member), f"{self.name}: {member}")


def parse_xml(data: bytes, what: str) -> etree._Element:
    """Returns the root element. Resolves no entities and no external references, and downloads nothing."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ImportRefusedError(f"{what} is not valid XML ({error}). {AGAIN}", "damaged") from error
    if root.getroottree().docinfo.doctype:
        raise ImportRefusedError(
            f"{what} has a document type declaration, which is not allowed; nothing was read. {AGAIN}", "damaged"
        )
    return root


def open_package(data: bytes, name: str) -> Package:
    """Opens the archive in `data` after checking its directory against the limits. Raises ImportRefusedError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise ImportRefusedError(f"{name} is a damaged archive ({error}). {AGAIN}", "damaged") from error
    if len(infos) > MOST_MEMBERS:
        raise bomb(name, f"it contains {len(infos):,} files; the limit is {MOST_MEMBERS:,}")
    total = sum(info.file_size for info in infos)
    if total > MOST_UNPACKED:
        raise bomb(name, f"it unpacks to {total:,} bytes; the limit is {MOST_UNPACKED:,}")
    if len({info.filename.lower() for info in infos}) != len(infos):
        raise bomb(name, "it contains two files with the same name")
    for info in infos:
        if info.flag_bits & 1:
            raise ImportRefusedError(f"{name} is protected by a password. Save a copy without one and import that.", "password")
        if info.file_size > FREE_OF_RATIO and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1):
            raise bomb(name, f"{info.filename} is compressed more than {HIGHEST_RATIO} to 1")
    # Members may share their packed bytes, so their total is limited to the size of the file.
    packed = min(sum(info.compress_size for info in infos), len(data))
    if total > FREE_OF_RATIO and total > HIGHEST_RATIO * max(packed, 1):
        raise bomb(name, f"all its files together are compressed more than {HIGHEST_RATIO} to 1")
    return Package(name, archive)


def bomb(name: str, why: str) -> ImportRefusedError:
    return ImportRefusedError(f"{name} was not unpacked: {why}. {AGAIN}", "bomb")
