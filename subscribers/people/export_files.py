"""The private store of exports that staff began in the console, in the data directory. Nothing but their page serves them."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from config import private_files
from subscribers.models import PeopleAction

KEPT_FOR = timedelta(days=7)


def new(action: PeopleAction) -> Path:
    """The path of the file of an export that is to be written, under a new name."""
    private_files.make_folder(_folder())
    return _folder() / f"{secrets.token_hex(16)}.{action.parameters['format']}"


def path_of(action: PeopleAction) -> Path | None:
    """The file of an export; None if it is not kept any more."""
    path = _folder() / action.stored_file
    return path if action.stored_file and path.is_file() else None


def remove(actions: list[PeopleAction]) -> int:
    """Remove the files of these exports."""
    for action in actions:
        (_folder() / action.stored_file).unlink(missing_ok=True)
    return PeopleAction.objects.filter(pk__in=[action.pk for action in actions]).update(stored_file="")


def kept(before: datetime | None = None) -> list[PeopleAction]:
    """The exports whose files are kept; of those that ended before a moment, if one is given."""
    exports = PeopleAction.objects.exclude(stored_file="")
    return list(exports if before is None else exports.filter(finished_at__lt=before))


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "exports-of-people"
