"""Removes the files of imports after their time, and the rows about people who are erased."""

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from config import private_files
from subscribers import addresses
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.importing.runs import kept_files, kept_files_sql
from subscribers.models import ImportRun

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
    """Part of an erasure: remove the rows that quote an address from the files of refused rows and of what rows would do.

    An uploaded file stays as it is until its import has ended: the importer keeps the person out. What it writes meanwhile is
    completed later, so the keys are noted for it.
    """
    kept_files_sql.lock_results()
    keys = {addresses.key_of_spelling(spelling).hex() for spelling in identifiers.spellings}
    for name, state in ImportRun.objects.exclude(stored_file="").values_list("stored_file", "state"):
        for path in kept_files.results(name):
            _remove_rows(path, identifiers.quotes_address)
        if state in (State.WAITING, State.RUNNING, State.STOPPING):
            noted = sorted(keys | _noted(name))
            with private_files.create(kept_files.beside(name, kept_files.ERASED)) as file:
                file.write("\n".join(noted))


def _noted(name: str) -> set[str]:
    try:
        return set(kept_files.beside(name, kept_files.ERASED).read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return set()


def forget_erased_meanwhile(run: ImportRun) -> None:
    """Remove the rows of people who were erased while this run wrote its results. The caller has locked the results."""
    keys = {bytes.fromhex(key) for key in _noted(run.stored_file)}
    if not keys:
        return
    hashed = addresses.hasher()

    def quotes(text: str) -> bool:
        return any(hashed(addresses.normalise(written)) in keys for written in addresses.written_in(text))

    for path in kept_files.results(run.stored_file):
        _remove_rows(path, quotes)


def _remove_rows(path: Path, quotes: Callable[[str], bool]) -> None:
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError:  # its import has ended meanwhile
        return
    # What a killed process leaves of this is removed by the next one (`kept_files.results`).
    draft = path.with_name(f"{path.name}{kept_files.REWRITTEN}")
    is_csv = path.suffix == ".csv"
    with file:
        if not any(quotes(text) for text in (map("\n".join, csv.reader(file)) if is_csv else file)):
            return
        file.seek(0)
        with private_files.create(draft) as rest:
            if is_csv:  # its cells may have several lines
                csv.writer(rest).writerows(row for row in csv.reader(file) if not quotes("\n".join(row)))
            else:  # these lines keep their places, by which pages find them
                rest.writelines(" " * (len(line.encode()) - 1) + "\n" if quotes(line) else line for line in file)
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
