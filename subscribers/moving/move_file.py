"""Writes all people of an installation to a file, and reads it into an empty one: a zip of CSV files, and a manifest.

docs/moving.md describes it. PostgreSQL writes and reads the CSV files itself, so that an empty text and a missing value stay
different.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django.db import DatabaseError, transaction

from config import private_files
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor, Publication
from subscribers import addresses, attribute_declarations, attributes
from subscribers.errors import InputError
from subscribers.models import Subscriber
from subscribers.moving import moving_sql
from subscribers.signals import people_exported, people_imported

VERSION = 3
MANIFEST = "manifest.json"
NOT_CARRIED = "not-carried.csv"
# In the order in which they are read: later ones refer to earlier ones.
FILES = (
    "lists.csv", "people.csv", "imports.csv", "subscriptions.csv", "wordings.csv", "consent.csv", "suppressions.csv",
    "suppressed-domains.csv", "lifts.csv",
)  # fmt: skip
# What reading a file raises that lacks its end, or in which bytes were changed.
_DAMAGES = (BadZipFile, zlib.error, EOFError, NotImplementedError)
_BLOCK = 1024 * 1024
_LONGEST_MANIFEST = 16 * 1024 * 1024
# Tokens hold the number of a campaign or a list as their scope. Links are made for later rows, too.
_SCOPES = frozenset({"campaign", "mailing_list"})


class MoveFileError(DomainError):
    """The file cannot be imported; nothing was changed."""


class MovedPeople(NamedTuple):
    """The rows of each file, and how many of each kind are not carried."""

    rows: dict[str, int]
    not_carried: dict[str, int]


def write_people(actor: Actor, path: Path) -> MovedPeople:
    """Write the file `path`, which only its owner can read. All tables are as they were at one moment.

    Erased people are listed by their number in `not-carried.csv`, and so are suppressions of which only the keyed hash is known.
    Raises private_files.TargetExistsError.
    """
    with private_files.new_file(path) as text, moving_sql.snapshot():
        schema: dict[str, Any] = Publication.objects.values_list("attribute_schema", flat=True).first() or {}
        with ZipFile(text.buffer, "w", ZIP_DEFLATED) as archive:
            rows = {file: _write(archive, file) for file in (*FILES, NOT_CARRIED)}
            moved = MovedPeople({file: rows[file] for file in FILES}, dict(moving_sql.not_carried()))
            manifest = {
                "mailroom_people": VERSION, "made_at": clock.now().isoformat(), "attributes": schema, "rows": moved.rows,
                "not_carried": moved.not_carried, "highest": _highest(),
            }  # fmt: skip
            archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    audit.record(actor, "export_people", None, **{name.removesuffix(".csv"): count for name, count in moved.rows.items()})
    return moved


def _highest() -> dict[str, int]:
    """Table -> the highest number that it gave, of the tables whose numbers are in mails and in events of the provider."""
    answers: Iterable[tuple[Any, Any]] = people_exported.send(Subscriber)
    return {table: number for _, highest in answers for table, number in highest.items()}


def _write(archive: ZipFile, file: str) -> int:
    with archive.open(file, "w", force_zip64=True) as stream:
        return moving_sql.write(file, stream)


def read_people(actor: Actor, path: Path) -> MovedPeople:
    """Import the file `path`, in one transaction. People, lists and subscriptions keep their numbers, and nobody is mailed.

    Raises MoveFileError.
    """
    try:
        with ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            with transaction.atomic():
                moved = _read(actor, archive, manifest)
    except _DAMAGES:
        raise MoveFileError("damaged" if _begins_as_zip(path) else "not_ours", path=path) from None
    except OSError as error:
        raise MoveFileError("unreadable", path=path, reason=error.strerror or str(error)) from None
    moving_sql.analyse()
    return moved


def _begins_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _manifest(archive: ZipFile, path: Path) -> Mapping[str, Any]:
    names = set(archive.namelist())
    try:
        if archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
            raise MoveFileError("not_ours", path=path)
        manifest = json.loads(archive.read(MANIFEST))
        version = manifest["mailroom_people"]
    except (KeyError, TypeError, ValueError):
        raise MoveFileError("not_ours", path=path) from None
    if version != VERSION:
        raise MoveFileError("version", path=path, version=version)
    if not all(isinstance(manifest.get(key), dict) for key in ("attributes", "rows", "highest")) or not all(
        isinstance(number, int) and 0 <= number <= (moving_sql.LARGEST_SCOPE if table in _SCOPES else moving_sql.LARGEST)
        for table, number in manifest["highest"].items()
    ):
        raise MoveFileError("not_ours", path=path)
    if missing := [file for file in FILES if file not in names]:
        raise MoveFileError("incomplete", path=path, file=missing[0])
    return manifest  # type: ignore[no-any-return]


def _read(actor: Actor, archive: ZipFile, manifest: Mapping[str, Any]) -> MovedPeople:
    moving_sql.lock()
    people, suppressions = moving_sql.people_and_suppressions()
    if people or suppressions:
        raise MoveFileError("not_empty", people=people, suppressions=suppressions)
    _declare(actor, manifest["attributes"])
    rows = {file: _load(archive, file) for file in FILES}
    for file, count in rows.items():
        if manifest["rows"].get(file) != count:
            raise MoveFileError("mismatch", file=file, expected=manifest["rows"].get(file), imported=count)
    if (slug := moving_sql.other_list()) is not None:
        raise MoveFileError("list", list=slug)
    moving_sql.make_keys(_key())
    shift = moving_sql.highest_import()
    for file in FILES:
        _insert(file, rows[file], actor, shift, [*manifest["attributes"]])
    moving_sql.continue_numbers()
    people_imported.send(Subscriber, actor=actor, highest=manifest["highest"])
    audit.record(actor, "import_people", None, **{name.removesuffix(".csv"): count for name, count in rows.items()})
    return MovedPeople(rows, {str(what): int(count) for what, count in manifest.get("not_carried", {}).items()})


def _declare(actor: Actor, schema: Mapping[str, Any]) -> None:
    here = attributes.schema()
    for name, facts in schema.items():
        attribute_type = facts.get("type", "text") if isinstance(facts, dict) else ""
        if name in here and here[name] != attribute_type:
            raise MoveFileError("attribute", name=name, there=attribute_type)
        try:
            attribute_declarations.declare(actor, name, attribute_type)
            attribute_declarations.configure(actor, name, is_open=facts.get("open"), label=facts.get("label"))
        except (InputError, ValueError):
            raise MoveFileError("attribute", name=name, there=attribute_type) from None


def _load(archive: ZipFile, file: str) -> int:
    def blocks() -> Iterator[bytes]:
        with archive.open(file) as stream:
            while block := stream.read(_BLOCK):
                yield block

    try:
        with transaction.atomic():
            return moving_sql.load(file, blocks())
    except DatabaseError as error:
        raise MoveFileError("broken", file=file, line=moving_sql.line_of(error)) from None


def _insert(file: str, expected: int, actor: Actor, shift: int, attributes: list[str]) -> None:
    try:
        with transaction.atomic():
            inserted = moving_sql.insert(file, actor.pk, shift, attributes)
    except DatabaseError:  # two rows of one person, or a text that the table does not take
        raise MoveFileError("mismatch", file=file, expected=expected, imported=0) from None
    if inserted != expected and file not in moving_sql.FEWER:
        raise MoveFileError("mismatch", file=file, expected=expected, imported=inserted)


def _key() -> Callable[[str], tuple[bytes, str]]:
    """A function from address to its key and domain; suppressed addresses may be in any spelling, valid or not."""
    key = addresses.hasher()

    def of(email: str) -> tuple[bytes, str]:
        plain = addresses.normalise(email)
        return key(plain), plain.rpartition("@")[2]

    return of
