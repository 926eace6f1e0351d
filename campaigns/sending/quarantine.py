"""Detects that the database went back in time, and stops sending: the quarantine.

A restored backup, or fail-over to a lagging standby, undoes what was recorded; people who seem planned may have got the mail.
Any of four signs causes quarantine: the identity differs from the mark's, and no operator has adopted it since; the database
lacks gates that the mark has; it does not know that a campaign was sent that the mark names; an event names an attempt that it
lacks. The quarantine is committed before anything else on that connection; claims and gates check it in their own statements.
campaigns/recovery/restore_check.py says what was lost, and lifts the quarantine.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from campaigns import hold_details
from campaigns.marks import campaign_marks, high_water_mark
from campaigns.models import Campaign, DeliveryLog, LostCampaign
from campaigns.sending import evidence
from campaigns.sending import quarantine_sql as sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, clock, profile
from publication.installation import publication
from publication.models import Actor

log = structlog.get_logger("mailroom.restoring")
LOOK_SECONDS = 1.0


# -------------------------------------------------------------------------------------------------------------- compare
@dataclass(frozen=True)
class MarkComparison:
    """The result of comparing the mark with the database. `signs`: texts; `lost`: mails that passed a gate are missing.

    `campaigns` were sent from here, and neither does the database know that nor has an operator confirmed it.
    """

    known: high_water_mark.Mark
    identity: high_water_mark.DatabaseIdentity
    attempt_id: int
    attempt_at: datetime | None
    signs: list[str] = field(default_factory=list)
    missing: int = 0
    compared: int = 0
    strangers: list[int] = field(default_factory=list)
    machine: str = ""
    campaigns: list[campaign_marks.CampaignMark] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        return bool(self.missing or self.strangers or self.campaigns)


def compare() -> MarkComparison | None:
    """Compare this machine's mark with the database; None if the database does not have Mailroom's tables.

    Raises OperationalError on a standby.
    """
    if sql.is_standby():
        raise OperationalError("the database is a standby: promote it before anything can be sent")
    if not sql.has_schema():
        return None
    known, here = high_water_mark.known(), high_water_mark.DatabaseIdentity(*sql.identity())
    last_id, last_at = sql.last_attempt()
    last_lift = sql.last_audit("lift_quarantine")
    lifted = last_lift.get("adopted", {})
    first: dict[str, int] = lifted.get("first", {})
    signs = []
    if known.identity not in (None, here) and not _is_adopted(known, here, last_lift):
        signs.append(_other(known.identity, here))
    missing, compared = _missing(known, first, last_id)
    if missing:
        last = f"{last_id} of {clock.with_zone(last_at, publication().zone)}" if last_at else last_id
        signs.append(hold_details.text("missing", missing=missing, last=last, highest=known.attempt_id))
    strangers = sql.strange_attempts(int(lifted.get("log", 0)))
    if strangers:
        signs.append(hold_details.text("strangers", count=len(strangers), attempt=strangers[0]))
    machine, campaigns = _lost_campaigns()
    if campaigns:
        people = sum(mark.people for mark in campaigns)
        signs.append(hold_details.text("campaigns", count=len(campaigns), people=people, campaign=campaigns[0].campaign))
    return MarkComparison(known, here, last_id, last_at, signs, missing, compared, strangers, machine, campaigns)


def _lost_campaigns() -> tuple[str, list[campaign_marks.CampaignMark]]:
    """(the id of this machine's mark, the campaigns of `MarkComparison.campaigns`)."""
    known = campaign_marks.known()
    missing = sql.unknown_campaigns([mark.key for mark in known.marks])
    unknown = [mark for mark in known.marks if mark.key in missing]
    if not unknown:
        return known.machine, []
    if not known.machine:
        campaign_marks.collect()  # gives this machine its id
        known = campaign_marks.known()
    rows = LostCampaign.objects.filter(campaign_id__in=[mark.campaign for mark in unknown])
    confirmed = {(row.campaign_id, row.campaign_created_at): row.confirmed.get(known.machine, 0) for row in rows}
    return known.machine, [mark for mark in unknown if mark.people > confirmed.get(mark.key, 0)]


def note_lost(comparison: MarkComparison) -> None:
    """Store the campaigns that only this machine's mark knows, so that every machine and the console know them, too."""
    if comparison.campaigns:
        failpoint("lost_before_commit")
        sql.write_lost(comparison.machine, comparison.campaigns)
        failpoint("lost_committed")


def _is_adopted(known: high_water_mark.Mark, here: high_water_mark.DatabaseIdentity, last_lift: Mapping[str, Any]) -> bool:
    """Whether an operator lifted a quarantine of this very database after this machine wrote its mark.

    A mark that is newer than the lift saw another database since then, so this one may be an old copy.
    """
    adopted = last_lift.get("adopted", {})
    if any(adopted.get(name) != value for name, value in asdict(here).items()):
        return False
    return known.written is not None and known.written <= last_lift["at"]


def _other(before: high_water_mark.DatabaseIdentity | None, here: high_water_mark.DatabaseIdentity) -> str:
    if before is None:
        return ""
    if before.system_identifier != here.system_identifier:
        return hold_details.text("other-server", here=here.system_identifier, before=before.system_identifier)
    if before.timeline != here.timeline:
        return hold_details.text("other-timeline", here=here.timeline, before=before.timeline)
    return hold_details.text("other-database", here=here.database, before=before.database)


def _missing(known: high_water_mark.Mark, first: dict[str, int], last_id: int) -> tuple[int, int]:
    """(number of missing mails that passed a gate here, number of mails looked up one by one).

    Ids below `first` are ignored: an operator knew of them when the last quarantine was lifted.
    """
    earliest = first.get("attempt", 0)
    attempts = [attempt_id for attempt_id in known.attempts if attempt_id >= earliest]
    missing = len(sql.missing_attempts(attempts)) if attempts else 0
    if last_id < known.attempt_id >= earliest:
        missing = max(missing, known.attempt_id - last_id)
    compared = len(attempts)
    singles = known.singles
    for table in high_water_mark.KINDS[1:]:
        passed = [(single.id, single.number) for single in singles if single.kind == table and single.id >= first.get(table, 0)]
        compared += len(passed)
        missing += len(set(sql.missing_singles(table, passed))) if passed else 0
    return missing, compared


# ---------------------------------------------------------------------------------------------------------------- check
def check(*, update: bool = True) -> bool:
    """Compare, and quarantine on any sign; otherwise update the mark from the database. Returns whether sending is allowed.

    Without `update`, a mark of this database stays as it is: what this process sends is in its own files.
    """
    comparison = compare()
    if comparison is None:
        return False
    quarantined = publication().quarantined_at is not None
    if comparison.signs:
        campaign_marks.ledgers.close()
        note_lost(comparison)
        if not quarantined:
            quarantine("; ".join(comparison.signs), comparison)
        return False
    if update or comparison.known.identity != comparison.identity:
        high_water_mark.fold(comparison.identity, comparison.attempt_id)
        campaign_marks.collect()
    _seen.take(comparison.identity)
    return not quarantined


_checking = threading.RLock()


def check_connection(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Handler of Django's connection_created in every sending process: no query runs on a connection before this check.

    If the check fails, the connection is closed, so that the next attempt checks again.
    """
    try:
        # One thread at a time per process, because thousands of entries are compared and twenty slots connect at once.
        with _checking:
            check(update=False)
    except BaseException:
        connection.close()
        raise


class _Seen:
    """What this process saw last, for the quick check between claims."""

    def __init__(self) -> None:
        self.identity: high_water_mark.DatabaseIdentity | None = None
        self.at = 0.0
        self.lock = threading.Lock()

    def take(self, identity: high_water_mark.DatabaseIdentity) -> None:
        self.identity, self.at = identity, time.monotonic()

    def is_old(self) -> bool:
        with self.lock:
            if time.monotonic() - self.at < LOOK_SECONDS:
                return False
            self.at = time.monotonic()  # one thread checks, the others go on
            return True


_seen = _Seen()


def look_again() -> None:
    """Before a claim: once a second, compare what this process knows with the database by cheap queries.

    This is for a database that was restored without breaking connections; otherwise check_connection sees it.
    """
    if not _seen.is_old():
        return
    if (
        sql.is_standby()
        or high_water_mark.DatabaseIdentity(*sql.identity()) != _seen.identity
        or sql.last_attempt()[0] < high_water_mark.highest_here()
    ):
        check()


def quarantine(reason: str, comparison: MarkComparison | None = None) -> bool:
    """Stop all sending until an operator lifts the quarantine, and hold running campaigns; False if it was on already."""
    system = audit.system()
    with transaction.atomic():
        if not profile.quarantine(system, reason[:500]):
            return False
        if comparison is not None and comparison.lost:
            advance_ids(system, comparison)
        failpoint("quarantine_before_commit")
    log.error("quarantine", reason=reason)
    for campaign_id in Campaign.objects.filter(state__in=["filling", "sending"]).values_list("id", flat=True):
        hold_campaign(system, campaign_id, "quarantine", reason)
    failpoint("quarantine_committed")
    return True


def hear_strangers(named_attempts: list[tuple[int, int | None, int | None]]) -> None:
    """Handle events that name (attempt, campaign, subscriber) whose attempt this database does not have: a sign of a restore.

    Attempts below the first id given after a lifted quarantine are not a new sign, because events about the lost part keep
    coming for days; nor are those below the first id given after all people of another installation were imported.
    Recipients who were mailed in the lost part and again since are possible duplicates.
    """
    lifted = sql.last_audit("lift_quarantine").get("adopted", {}).get("first", {}).get("attempt", 0)
    moved = sql.last_audit("continue_ids").get("first", {}).get("attempt", 0)
    first = max(lifted, moved)
    for attempt_id in sorted({named[0] for named in named_attempts}):
        kind = "event_for_unknown_attempt" if attempt_id >= first else "event_for_lost_attempt"
        if kind == "event_for_unknown_attempt":
            log.error(kind, attempt=attempt_id)
        DeliveryLog.objects.create(kind=kind, detail={"attempt": attempt_id})
    evidence.note_duplicates(sql.sent_again(named_attempts))
    new = [named[0] for named in named_attempts if named[0] >= first]
    if new:
        quarantine(hold_details.text("stranger", attempt=min(new)))


def advance_ids(actor: Actor, comparison: MarkComparison) -> None:
    highest = max([comparison.known.attempt_id, comparison.attempt_id, *comparison.strangers])
    campaign = max((mark.campaign for mark in comparison.campaigns), default=0)
    audit.record(actor, "advance_ids", publication(), first=sql.advance_ids({"attempt": highest, "campaign": campaign}))


def highest_ids(**_: Any) -> dict[str, int]:
    """Receiver of `people_exported`: the ids that another installation must not give again, because mails name them."""
    return sql.highest_ids()


def continue_ids(actor: Actor, highest: dict[str, int], **_: Any) -> None:
    """Receiver of `people_imported`: continue behind the ids that the other installation gave, and may still give."""
    audit.record(actor, "continue_ids", publication(), first=sql.advance_ids(highest))
