"""Writes all people of an installation to one file, with their subscriptions, suppressions and consent."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from config import private_files
from publication import audit, clock
from publication.models import Actor, Publication
from subscribers.models import Subscriber
from subscribers.moving import moving_sql
from subscribers.moving.move_file import FILES, MANIFEST, NOT_CARRIED, VERSION
from subscribers.signals import people_exported


class MovedOut(NamedTuple):
    """The rows of each file, and how many of each kind are not carried."""

    rows: dict[str, int]
    not_carried: dict[str, int]


def write_people(actor: Actor, path: Path) -> MovedOut:
    """Write the file `path`, which only its owner can read. All tables are as they were at one moment.

    Erased people are listed by their number in `not-carried.csv`, and so are suppressions of which only the keyed hash is known.
    Raises private_files.TargetExistsError.
    """
    with private_files.new_file(path) as text, moving_sql.snapshot():
        schema: dict[str, Any] = Publication.objects.values_list("attribute_schema", flat=True).first() or {}
        with ZipFile(text.buffer, "w", ZIP_DEFLATED) as archive:
            rows = {file: _write(archive, file) for file in (*FILES, NOT_CARRIED)}
            moved = MovedOut({file: rows[file] for file in FILES}, dict(moving_sql.not_carried()))
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
