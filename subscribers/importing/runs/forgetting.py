"""Removes the files of imports after their time, and the lines about people who are erased."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from config import private_files
from subscribers import addresses
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.importing.runs import kept_files, kept_files_sql
from subscribers.models import ImportRun, Suppression

State = ImportRun.State


def forget_files(before: datetime) -> int:
    """Remove the files of refused rows of imports that ended before a moment; returns how many."""
    runs = (
        ImportRun.objects.filter(finished_at__lt=before).exclude(stored_file="").exclude(state__in=[State.DRAFT, State.WAITING])
    )
    removed = 0
    for run in runs[:1000]:
        kept_files.remove(run.stored_file)
        removed += ImportRun.objects.filter(pk=run.pk).update(stored_file="")
    return removed


def forget_people(identifiers: PersonalIdentifiers) -> None:
    """Part of an erasure: remove the lines that quote an address from the files of refused rows and of what rows would do.

    An uploaded file stays as it is until its import has ended: the importer keeps the person out.
    """
    kept_files_sql.lock_results()
    for name in ImportRun.objects.exclude(stored_file="").values_list("stored_file", flat=True):
        for path in kept_files.results(name):
            _remove_lines(path, identifiers.quotes_address)


def forget_erased_since(run: ImportRun) -> None:
    """Remove the lines of people who were erased while this run wrote its results. The caller has locked the results."""
    erased = Suppression.objects.filter(erased_at__gte=run.started_at).values_list("address_key", flat=True)
    keys = {bytes(key) for key in erased}
    if not keys:
        return
    hashed = addresses.hasher()

    def quotes(line: str) -> bool:
        return any(hashed(addresses.normalise(written)) in keys for written in addresses.written_in(line))

    for path in kept_files.results(run.stored_file):
        _remove_lines(path, quotes)


def _remove_lines(path: Path, quotes: Callable[[str], bool]) -> None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            if not any(map(quotes, file)):
                return
    except FileNotFoundError:  # its import has ended meanwhile
        return
    # What a killed process leaves of this is removed by the next one (`kept_files.results`).
    draft = path.with_name(f"{path.name}{kept_files.REWRITTEN}")
    with path.open(encoding="utf-8", newline="") as file, private_files.create(draft) as rest:
        for line in file:
            if not quotes(line):
                rest.write(line)
            elif path.suffix == ".rows":  # these lines keep their places, by which pages find them
                rest.write(" " * (len(line.encode()) - 1) + "\n")
    draft.replace(path)


def forget_drafts(before: datetime) -> int:
    """Delete drafts with their files that nobody went on with; returns how many."""
    removed = 0
    for run in ImportRun.objects.filter(state=State.DRAFT, started_at__lt=before)[:1000]:
        # A process that is killed here leaves a draft without files, which the next one deletes: never files without a draft.
        with transaction.atomic():
            if ImportRun.objects.filter(pk=run.pk, state=State.DRAFT).delete()[0]:
                kept_files.remove(run.stored_file)
                removed += 1
    return removed
