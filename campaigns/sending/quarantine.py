"""The database going back in time: noticed, kept from sending, what became uncertain listed, and lifted by an operator.

Fail-over to a standby that lagged and a restored backup take back what was recorded: whoever seems planned may have been
sent to. Signs: another identity than the mark's, gates that the mark knows and the database does not, an event of an
attempt that the database does not know. Any sign means quarantine, committed before anything else of that connection;
claim and gate read it in their own statements. docs/operations.md tells what staff do then.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from campaigns.models import Campaign, DeliveryLog, Occurrence
from campaigns.sending import gate, high_water_mark, schedule_sql
from campaigns.sending import quarantine_sql as sql
from campaigns.states import hold_campaign, move_campaign
from config.failpoints import failpoint
from publication import audit, clock, profile
from publication.installation import publication
from publication.models import Actor

log = structlog.get_logger("mailroom.restoring")
LOOK_SECONDS = 1.0


class RestoreRefused(Exception):
    """The database cannot be judged or released so; `hint` tells the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


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
        signs.append(
            f"up to {missing} mails or attempts that were let through the gate here are missing from it; "
            f"its last attempt is {last_id}{f' of {last_at:%Y-%m-%d %H:%M:%S} UTC' if last_at else ''}, "
            f"the highest known here is {known.attempt_id}"
        )
    strangers = sql.strange_attempts(int(lifted.get("log", 0)))
    if strangers:
        signs.append(f"the provider tells of {len(strangers)} attempts that it does not know, such as {strangers[0]}")
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
        return f"it is another database server: system identifier {here.system_identifier}, not {before.system_identifier}"
    if before.timeline != here.timeline:
        return f"its history branched off: timeline {here.timeline}, not {before.timeline} (a fail-over or a recovery)"
    return f"it is another database of the same server: {here.database}, not {before.database}"


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
            _advance_ids(system, found)
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
        quarantine(f"the provider tells of attempt {min(new)}, which this database does not know as such")


def _advance_ids(actor: Actor, found: Look) -> None:
    highest = max([found.known.attempt_id, found.attempt_id, *found.strangers])
    audit.record(actor, "advance_ids", publication(), first=sql.advance_ids(highest))


# -------------------------------------------------------------------------------------------------------- restore-check
@dataclass(frozen=True)
class Checked:
    """What restore_check found and did."""

    look: Look
    quarantined: bool
    doubted: bool
    campaigns: list[dict[str, Any]]
    singles: dict[str, int]
    unlaunched: list[dict[str, Any]]
    machines: list[str]

    @property
    def intact(self) -> bool:
        """Nothing that was sent is missing, as far as the mark of this machine tells."""
        return self.look.known.exists and not self.look.lost and not self.doubted

    def as_dict(self) -> dict[str, Any]:
        found = self.look
        return {
            "intact": self.intact, "signs": found.signs, "missing": found.missing, "compared": found.compared,
            "mark": found.known.as_dict() if found.known.exists else None,
            "database": {**asdict(found.identity), "attempt_id": found.attempt_id, "attempt_at": found.attempt_at},
            "quarantined": self.quarantined, "doubted": self.doubted, "campaigns": self.campaigns, "singles": self.singles,
            "unlaunched": self.unlaunched, "machines": self.machines,
        }  # fmt: skip


def restore_check(actor: Actor, *, always: bool = False) -> Checked:
    """Compare the database with the mark; on a sign quarantine it, and where something is lost doubt what may be part of it.

    `always`: an operator knows that the database went back, whatever the mark says. Doubting happens once a quarantine;
    later calls list. With everything intact nothing is touched.
    """
    found = look()
    if found is None:
        raise RestoreRefused("the database holds no tables of Mailroom", "restore it, or run `mailroom system migrate`")
    if found.signs or always:
        quarantine("; ".join(found.signs) or "an operator says that the database went back in time", found)
    if (found.lost or always) and not _is_doubted():
        _doubt(actor, found)
    return Checked(
        look=found,
        quarantined=publication().quarantined_at is not None,
        doubted=_is_doubted(),
        campaigns=[
            dict(zip(("id", "name", "state", "slices", "people"), row, strict=True)) for row in sql.uncertain_by_campaign()
        ],
        singles=sql.count_uncertain_singles(),
        unlaunched=_unlaunched() if found.signs or _is_doubted() else [],
        machines=sql.machines(),
    )


def _unlaunched() -> list[dict[str, Any]]:
    """Campaigns without recipients so far: nothing tells whether they were launched in the lost part."""
    waiting = Campaign.objects.filter(recipients=None, state__in=["draft", "scheduled", "held"]).order_by("id")
    return [{"id": each.pk, "name": each.name, "state": each.state, "scheduled_at": each.scheduled_at} for each in waiting]


def _is_doubted() -> bool:
    """Whether this quarantine's uncertain mails were listed already."""
    since = publication().quarantined_at
    done = sql.last_audit("restore_check")
    return since is not None and bool(done) and done["at"] >= since


def _doubt(actor: Actor, found: Look) -> None:
    """Whatever may have been sent in the lost part becomes unknown. One transaction: killed, it starts again."""
    system = audit.system()
    with transaction.atomic():
        advanced = sql.last_audit("advance_ids")
        if not advanced or advanced["at"] < (publication().quarantined_at or clock.now()):
            _advance_ids(actor, found)
        # Held first: their row locks end a fill that is under way.
        for campaign_id in _ids(state__in=["scheduled", "filling", "sending"]):
            hold_campaign(system, campaign_id, "quarantine", "may have been sent in the part that was lost")
        filled = [campaign_id for campaign_id in _ids(state="held", recipients=None) if _fill_due(actor, campaign_id)]
        doubted = sql.doubt_slices()
        singles = sql.doubt_singles()
        sql.hear_again(filled)
        for campaign_id, slices, people in doubted:
            DeliveryLog.objects.create(
                kind="restore_doubt", campaign_id=campaign_id, actor=actor, detail={"slices": slices, "people": people}
            )
        people = sum(row[2] for row in doubted)
        audit.record(actor, "restore_check", publication(), missing=found.missing, people=people, singles=singles, filled=filled)
        failpoint("doubt_before_commit")
    failpoint("doubt_committed")


def _ids(**which: object) -> list[int]:
    return list(Campaign.objects.filter(**which).order_by("id").values_list("id", flat=True))


def _fill_due(actor: Actor, campaign_id: int) -> bool:
    """A campaign that was due may have been filled and sent in the lost part: filled now, each of its people can be listed.

    Its deliveries are what events of that sending speak of. False where it was not due.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.scheduled_at is None or campaign.scheduled_at > clock.now():
        return False
    for occurrence_id in Occurrence.objects.filter(campaign=campaign, state="waiting").values_list("id", flat=True):
        schedule_sql.decide(occurrence_id, "started", clock.now())
    move_campaign(actor, campaign_id, "filling", sources=["held"])
    gate.fill(campaign_id)
    hold_campaign(audit.system(), campaign_id, "quarantine", "was due: may have been sent in the part that was lost")
    return True


# ----------------------------------------------------------------------------------------------------------------- lift
def lift(actor: Actor, reason: str) -> bool:
    """The present database is the truth from here on; False where there was no quarantine. Raises RestoreRefused.

    What is unknown stays unknown: only an operator's decision sends to it again. Held campaigns stay held.
    """
    found = look()
    if found is None or publication().quarantined_at is None:
        return False
    if found.lost and not _is_doubted():
        raise RestoreRefused(
            f"mails that were sent may be missing from the database: {'; '.join(found.signs)}",
            "`mailroom system restore-check` lists whom that may concern; then lift",
        )
    adopted = {**asdict(found.identity), "first": sql.last_audit("advance_ids").get("first", {}), "log": sql.last_log()}
    lifted = profile.lift_quarantine(actor, reason, adopted=adopted)
    high_water_mark.fold(found.identity, found.attempt_id)
    return lifted


count_uncertain = sql.count_uncertain
