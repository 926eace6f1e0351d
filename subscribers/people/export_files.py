"""The private store of exports that staff began in the console, in the data directory. Nothing but their page serves them."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from config import private_files
from publication import clock
from subscribers.models import PeopleAction
from subscribers.people.export_files_sql import wait_for_erasures

KEPT_FOR = timedelta(days=7)


def begin(action: PeopleAction) -> Path:
    """The path of the file of an export that is to be written, under a new name, which is stored before anybody is read.

    So an erasure from now on removes the file, also if it is not complete yet. What a killed worker left is removed.
    """
    private_files.make_folder(_folder())
    remove([action])
    name = f"{secrets.token_hex(16)}.{action.parameters['format']}"
    PeopleAction.objects.filter(pk=action.pk).update(stored_file=name)
    action.stored_file = name
    wait_for_erasures()
    return _folder() / name


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Write the file; it appears when it is complete. Raises FileNotFoundError if an erasure removed it meanwhile."""
    part = _part(path)
    try:
        with private_files.create(part) as stream:
            yield stream.buffer
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def end(action: PeopleAction, path: Path, people: int, parameters: Mapping[str, Any]) -> bool:
    """Record that the export is complete; False if an erasure removed it, or somebody else goes on with it.

    parameters: what is kept of the action's.
    """
    values = {"parameters": parameters, "handled": people, "total": people, "changed": people}
    known = PeopleAction.objects.filter(pk=action.pk, stored_file=path.name)
    if known.update(state=PeopleAction.State.DONE, finished_at=clock.now(), **values):
        return True
    path.unlink(missing_ok=True)
    return False


def path_of(action: PeopleAction) -> Path | None:
    """The file of an export; None if it is not kept any more."""
    path = _folder() / action.stored_file
    return path if action.stored_file and path.is_file() else None


def remove(actions: list[PeopleAction]) -> int:
    """Remove the files of these exports."""
    for action in actions:
        if action.stored_file:
            path = _folder() / action.stored_file
            _part(path).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
    return PeopleAction.objects.filter(pk__in=[action.pk for action in actions]).update(stored_file="")


def kept(before: datetime | None = None) -> list[PeopleAction]:
    """The exports whose files are kept or being written; of those that ended before a moment, if one is given."""
    exports = PeopleAction.objects.exclude(stored_file="")
    return list(exports if before is None else exports.filter(finished_at__lt=before))


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "exports-of-people"
