"""Notice that the database went back in time, and stop sending: the quarantine.

Fail-over to a standby that lagged and a restored backup take back what was recorded, so people who seem planned may have been
sent to. Signs: another identity than the mark's, gates that the mark knows and the database does not, an event of an
attempt that the database does not know. Any sign means quarantine, committed before anything else of that connection;
claim and gate read it in their own statements. campaigns/recovery/restore_check.py says what was lost, and lifts it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from campaigns import hold_details
from campaigns.models import Campaign, DeliveryLog
from campaigns.sending import high_water_mark
from campaigns.sending import quarantine_sql as sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, clock, profile
from publication.installation import publication
from publication.models import Actor

log = structlog.get_logger("mailroom.restoring")
LOOK_SECONDS = 1.0


# ----------------------------------------------------------------------------------------------------------------- look
@dataclass(frozen=True)
class Look:
    """The mark against the database. `signs` in words; `lost`: something that passed a gate is not in the database."""

    known: high_water_mark.Mark
    identity: high_water_mark.Identity
    attempt_id: int
    attempt_at: datetime | None
    signs: list[str] = field(default_factory=list)
    missing: int = 0
    compared: int = 0
    strangers: list[int] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        return bool(self.missing or self.strangers)


def look() -> Look | None:
    """Compare; None where the database holds no tables of ours. Raises OperationalError on a standby."""
    if sql.is_standby():
        raise OperationalError("the database is a standby: nothing can be sent before it is promoted")
    if not sql.has_schema():
        return None
    known, here = high_water_mark.known(), high_water_mark.Identity(*sql.identity())
    last_id, last_at = sql.last_attempt()
    lifted = sql.last_audit("lift_quarantine").get("adopted", {})
    first: dict[str, int] = lifted.get("first", {})
    signs = []
    if known.identity not in (None, here, _identity(lifted)):
        signs.append(_other(known.identity, here))
    missing, compared = _missing(known, first, last_id)
    if missing:
        last = f"{last_id} of {clock.with_zone(last_at, publication().zone)}" if last_at else last_id
        signs.append(hold_details.text("missing", missing=missing, last=last, highest=known.attempt_id))
    strangers = sql.strange_attempts(int(lifted.get("log", 0)))
    if strangers:
        signs.append(hold_details.text("strangers", count=len(strangers), attempt=strangers[0]))
    return Look(known, here, last_id, last_at, signs, missing, compared, strangers)


def _identity(lifted: dict[str, Any]) -> high_water_mark.Identity | None:
    try:
        return high_water_mark.Identity(lifted["system_identifier"], lifted["timeline"], lifted["database"])
    except KeyError:
        return None


def _other(before: high_water_mark.Identity | None, here: high_water_mark.Identity) -> str:
    if before is None:
        return ""
    if before.system_identifier != here.system_identifier:
        return hold_details.text("other-server", here=here.system_identifier, before=before.system_identifier)
    if before.timeline != here.timeline:
        return hold_details.text("other-timeline", here=here.timeline, before=before.timeline)
    return hold_details.text("other-database", here=here.database, before=before.database)


def _missing(known: high_water_mark.Mark, first: dict[str, int], last_id: int) -> tuple[int, int]:
    """(how many that passed a gate here are missing, how many were looked up one by one).

    Ids below `first` are those an operator knew of when the last quarantine was lifted.
    """
    earliest = first.get("attempt", 0)
    attempts = [attempt_id for attempt_id in known.attempts if attempt_id >= earliest]
    missing = len(sql.missing_attempts(attempts)) if attempts else 0
    if last_id < known.attempt_id >= earliest:
        missing = max(missing, known.attempt_id - last_id)
    compared = len(attempts)
    singles = known.singles
    for table in high_water_mark.KINDS[1:]:
        passed = [(one.id, one.number) for one in singles if one.kind == table and one.id >= first.get(table, 0)]
        compared += len(passed)
        missing += len(set(sql.missing_singles(table, passed))) if passed else 0
    return missing, compared


# ---------------------------------------------------------------------------------------------------------------- check
def check() -> bool:
    """Look, and quarantine on any sign; without one the mark follows the database. Whether sending is allowed."""
    found = look()
    if found is None:
        return False
    quarantined = publication().quarantined_at is not None
    if found.signs:
        if not quarantined:
            quarantine("; ".join(found.signs), found)
        return False
    high_water_mark.fold(found.identity, found.attempt_id)
    _seen.take(found.identity)
    return not quarantined


_checking = threading.RLock()


def check_connection(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """For Django's connection_created, in every process that sends: nothing is asked of a connection before this.

    A connection on which the check could not be made is closed: whoever tries next checks again.
    """
    try:
        # One thread of a process at a time: thousands of entries are compared, and twenty slots connect at once.
        with _checking:
            check()
    except BaseException:
        connection.close()
        raise


class _Seen:
    """What this process saw last, for the quick look between claims."""

    def __init__(self) -> None:
        self.identity: high_water_mark.Identity | None = None
        self.at = 0.0
        self.lock = threading.Lock()

    def take(self, identity: high_water_mark.Identity) -> None:
        self.identity, self.at = identity, time.monotonic()

    def is_old(self) -> bool:
        with self.lock:
            if time.monotonic() - self.at < LOOK_SECONDS:
                return False
            self.at = time.monotonic()  # one thread looks, the others go on
            return True


_seen = _Seen()


def look_again() -> None:
    """Before a claim: once a second a process compares by two cheap queries what it knows by itself.

    For a database that was put back under living connections; any other way breaks them, and check_connection sees it.
    """
    if not _seen.is_old():
        return
    if (
        sql.is_standby()
        or high_water_mark.Identity(*sql.identity()) != _seen.identity
        or sql.last_attempt()[0] < high_water_mark.highest_here()
    ):
        check()


def quarantine(reason: str, found: Look | None = None) -> bool:
    """Nothing is sent until an operator lifts it, and the campaigns under way are held; False where that was so before."""
    system = audit.system()
    with transaction.atomic():
        if not profile.quarantine(system, reason[:500]):
            return False
        if found is not None and found.lost:
            advance_ids(system, found)
        failpoint("quarantine_before_commit")
    log.error("quarantine", reason=reason)
    for campaign_id in Campaign.objects.filter(state__in=["filling", "sending"]).values_list("id", flat=True):
        hold_campaign(system, campaign_id, "quarantine", reason)
    failpoint("quarantine_committed")
    return True


def hear_strangers(told: list[tuple[int, int | None, int | None]]) -> None:
    """Events name (attempt, campaign, subscriber) whose attempt this database does not know: a sign, and no proof.

    Not a new one where an operator lifted a quarantine since ids began anew above it: the lost part is still being told
    of, for days. Who was sent to in the lost part and again is a possible duplicate.
    """
    first = sql.last_audit("lift_quarantine").get("adopted", {}).get("first", {}).get("attempt", 0)
    for attempt_id in sorted({each[0] for each in told}):
        kind = "event_for_unknown_attempt" if attempt_id >= first else "event_for_lost_attempt"
        if kind == "event_for_unknown_attempt":
            log.error(kind, attempt=attempt_id)
        DeliveryLog.objects.create(kind=kind, detail={"attempt": attempt_id})
    for campaign_id, slice_id, attempt_id, current in sql.sent_again(told):
        log.error("possible_duplicate", campaign=campaign_id, slice=slice_id, attempt=attempt_id, current=current)
        DeliveryLog.objects.create(
            kind="possible_duplicate", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id,
            detail={"current_attempt": current},
        )  # fmt: skip
    new = [each[0] for each in told if each[0] >= first]
    if new:
        quarantine(hold_details.text("stranger", attempt=min(new)))


def advance_ids(actor: Actor, found: Look) -> None:
    highest = max([found.known.attempt_id, found.attempt_id, *found.strangers])
    audit.record(actor, "advance_ids", publication(), first=sql.advance_ids(highest))
