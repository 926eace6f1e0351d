"""What waits for staff about people: requests that are held, imports that were checked and not started, rows left refused."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User

from publication import clock
from subscribers.importing.runs import corrected_rows, corrections, import_runs
from subscribers.models import ImportRun, MailingList
from subscribers.sign_up import held_requests
from web.texts.people.shown_people import SEE_ADDRESSES

MOST = 5
REMEMBERED = timedelta(days=30)  # for which refused rows wait to be corrected
State = ImportRun.State


class WaitingImport(NamedTuple):
    """An import, its file's name for roles that see addresses, and how many of its refused rows are open."""

    run: ImportRun
    file_name: str
    refused: int = 0


class PeopleWaiting(NamedTuple):
    """What waits. `held`: lists with the number of their requests."""

    held: Sequence[tuple[MailingList, int]] = ()
    checked: Sequence[WaitingImport] = ()
    refused: Sequence[WaitingImport] = ()


def waiting(user: User) -> PeopleWaiting:
    """What waits for this account; nothing of what it may not do."""
    held, checked, refused = [], [], []
    if user.has_perm("subscribers.view_subscription"):
        counts = held_requests.counts()
        held = [(row, counts[row.pk]) for row in MailingList.objects.filter(pk__in=counts).order_by("name", "id")]
    if user.has_perm("subscribers.add_importrun"):
        may_see = user.has_perm(SEE_ADDRESSES)  # the name of a file may be that of a person
        drafts = ImportRun.objects.filter(state=State.DRAFT).select_related("actor").order_by("-id")
        checked = [_import(run, may_see=may_see) for run in drafts if import_runs.is_checked(run)][:MOST]
        since = clock.now() - REMEMBERED
        ended = ImportRun.objects.filter(state__in=(State.DONE, State.STOPPED), refused_count__gt=0, finished_at__gt=since)
        kept = [run for run in ended.order_by("-id")[: 4 * MOST] if corrected_rows.can_be_corrected(run)]
        handled = corrected_rows.handled_in(*kept)
        with_refused = [
            _import(run, may_see=may_see, refused=run.refused_count - len(handled[run.pk].lines))
            for run in kept
            if not corrections.is_set_aside(run, handled[run.pk].lines)
        ]
        refused = [line for line in with_refused if line.refused > 0][:MOST]
    return PeopleWaiting(held, checked, refused)


def _import(run: ImportRun, *, may_see: bool, refused: int = 0) -> WaitingImport:
    return WaitingImport(run, run.file_name if may_see else "", refused)
