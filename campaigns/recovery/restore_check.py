"""After a restore or fail-over: lists what may have been sent in the lost part as uncertain, and lifts the quarantine.

campaigns/sending/quarantine.py detects it and stops sending; docs/operations.md says what staff do then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from campaigns import hold_details
from campaigns.marks import high_water_mark
from campaigns.models import Campaign, DeliveryLog, LostCampaign, Occurrence
from campaigns.recovery import lost_campaigns
from campaigns.recovery import restore_check_sql as sql
from campaigns.sending import filling, quarantine, quarantine_sql, schedule_sql
from campaigns.states import hold_campaign, move_campaign
from config.failpoints import failpoint
from publication import audit, clock, profile
from publication.domain_errors import DomainError
from publication.installation import publication
from publication.models import Actor
from publication.staff import session_epochs


class RestoreRefusedError(DomainError):
    """The database cannot be checked, or the quarantine cannot be lifted, in this state."""


@dataclass(frozen=True)
class Checked:
    """What restore_check found and did."""

    comparison: quarantine.MarkComparison
    quarantined: bool
    doubted: bool
    campaigns: list[dict[str, Any]]
    singles: dict[str, int]
    lost_campaigns: list[dict[str, Any]]
    unlaunched: list[dict[str, Any]]
    machines: list[str]
    sessions_ended: bool

    @property
    def intact(self) -> bool:
        """Whether nothing that was sent is missing, as far as this machine's mark shows."""
        return self.comparison.known.exists and not self.comparison.lost and not self.doubted

    def as_dict(self) -> dict[str, Any]:
        comparison = self.comparison
        return {
            "intact": self.intact, "signs": comparison.signs, "missing": comparison.missing, "compared": comparison.compared,
            "mark": comparison.known.as_dict() if comparison.known.exists else None,
            "database": {**asdict(comparison.identity), "attempt_id": comparison.attempt_id, "attempt_at": comparison.attempt_at},
            "quarantined": self.quarantined, "doubted": self.doubted, "campaigns": self.campaigns, "singles": self.singles,
            "lost_campaigns": self.lost_campaigns, "unlaunched": self.unlaunched, "machines": self.machines,
            "sessions_ended": self.sessions_ended,
        }  # fmt: skip


def restore_check(actor: Actor, *, always: bool = False) -> Checked:
    """Compare the database with the mark. Any sign of a restore puts it in quarantine; lost mails become uncertain.

    `always`: an operator knows that the database was restored, whatever the mark says. Recipients are marked uncertain once
    per quarantine; later calls only list them. All staff are signed out once per quarantine: accounts that were blocked in the
    lost part, and their sessions, are in the restored database. Without a quarantine nothing changes.
    """
    comparison = quarantine.compare()
    if comparison is None:
        raise RestoreRefusedError("no-tables")
    if comparison.signs or always:
        quarantine.quarantine("; ".join(comparison.signs) or "an operator says that the database went back in time", comparison)
    quarantine.note_lost(comparison)
    with transaction.atomic():
        _sign_out(actor)
    if (comparison.lost or always) and not _is_doubted():
        _doubt(actor, comparison)
    lost = lost_campaigns.unrecorded()
    return Checked(
        comparison=comparison,
        quarantined=publication().quarantined_at is not None,
        doubted=_is_doubted(),
        campaigns=[
            dict(zip(("id", "name", "state", "slices", "people"), row, strict=True)) for row in sql.uncertain_by_campaign()
        ],
        singles=sql.count_uncertain_singles(),
        lost_campaigns=[lost_campaigns.as_dict(lost_campaign) for lost_campaign in lost],
        unlaunched=_unlaunched(lost) if (comparison.signs or _is_doubted()) and not _names_all(comparison) else [],
        machines=sql.machines(),
        sessions_ended=_is_done("end_all_sessions"),
    )


def _sign_out(actor: Actor) -> None:
    """End the sessions of all staff, once per quarantine. Call it in a transaction."""
    if publication().quarantined_at is not None and not _is_done("end_all_sessions"):
        audit.record(actor, "end_all_sessions", publication(), accounts=session_epochs.end_all_sessions())


def _unlaunched(lost: Iterable[LostCampaign]) -> list[dict[str, Any]]:
    """Campaigns without recipients so far: it is not known whether they were launched in the lost part.

    Those that the mark names are left out: it is known that they were.
    """
    waiting = Campaign.objects.filter(recipients=None, state__in=["draft", "scheduled", "held"]).order_by("id")
    for lost_campaign in lost:
        waiting = waiting.exclude(pk=lost_campaign.campaign_id, created_at=lost_campaign.campaign_created_at)
    return [
        {"id": campaign.pk, "name": campaign.name, "state": campaign.state, "scheduled_at": campaign.scheduled_at}
        for campaign in waiting
    ]


def _names_all(comparison: quarantine.MarkComparison) -> bool:
    """Whether this machine's mark names every campaign that was sent in the lost part.

    It knows more than the database, so it was not restored with it, and no other machine sent mail as far as is known.
    """
    return bool(comparison.missing or comparison.campaigns) and len(sql.machines()) <= 1


def _is_doubted() -> bool:
    """Whether the uncertain mails of this quarantine were listed already."""
    return _is_done("restore_check")


def _is_done(verb: str) -> bool:
    """Whether the audit has this verb since the quarantine began."""
    since = publication().quarantined_at
    done = quarantine_sql.last_audit(verb)
    return since is not None and bool(done) and done["at"] >= since


def _doubt(actor: Actor, comparison: quarantine.MarkComparison) -> None:
    """Mark everything that may have been sent in the lost part as unknown. One transaction: if killed, it starts again."""
    system = audit.system()
    with transaction.atomic():
        advanced = quarantine_sql.last_audit("advance_ids")
        if not advanced or advanced["at"] < (publication().quarantined_at or clock.now()):
            quarantine.advance_ids(actor, comparison)
        # Hold first: the row locks wait for a fill that is under way.
        for campaign_id in _ids(state__in=["scheduled", "filling", "sending"]):
            hold_campaign(system, campaign_id, "quarantine", hold_details.text("lost"))
        filled = [campaign_id for campaign_id in _ids(state="held", recipients=None) if _fill_due(actor, campaign_id)]
        doubted = sql.doubt_slices()
        singles = sql.doubt_singles()
        sql.hear_again(filled)
        for campaign_id, slices, people in doubted:
            DeliveryLog.objects.create(
                kind="restore_doubt", campaign_id=campaign_id, actor=actor, detail={"slices": slices, "people": people}
            )
        people = sum(row[2] for row in doubted)
        audit.record(
            actor, "restore_check", publication(), missing=comparison.missing, people=people, singles=singles, filled=filled
        )
        failpoint("doubt_before_commit")
    failpoint("doubt_committed")


def _ids(**which: object) -> list[int]:
    return list(Campaign.objects.filter(**which).order_by("id").values_list("id", flat=True))


def _fill_due(actor: Actor, campaign_id: int) -> bool:
    """Fill a campaign that was due: it may have been sent in the lost part, and once filled its recipients can be listed.

    Events of that sending then find their deliveries. False where the campaign was not due.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.scheduled_at is None or campaign.scheduled_at > clock.now():
        return False
    for occurrence_id in Occurrence.objects.filter(campaign=campaign, state="waiting").values_list("id", flat=True):
        schedule_sql.decide(occurrence_id, "started", clock.now())
    move_campaign(actor, campaign_id, "filling", sources=["held"])
    filling.fill(campaign_id)
    hold_campaign(audit.system(), campaign_id, "quarantine", hold_details.text("lost-due"))
    return True


def lift(actor: Actor, reason: str, *, already_sent: int | None = None) -> bool:
    """Lift the quarantine: the present database counts from here on; False where there was none. Raises RestoreRefusedError.

    Unknown mails stay unknown: only staff can resend them. Campaigns on hold stay on hold. If campaigns were sent that the
    database does not know, `already_sent` must be the number of their people: the operator has read it. All staff are signed out,
    unless the check after the restore did that.
    """
    comparison = quarantine.compare()
    if comparison is None or publication().quarantined_at is None:
        return False
    quarantine.note_lost(comparison)
    if comparison.lost and not _is_doubted():
        raise RestoreRefusedError("lost", signs="; ".join(comparison.signs))
    lost = lost_campaigns.unconfirmed()
    require_number(already_sent, lost)
    adopted = {
        **asdict(comparison.identity),
        "first": quarantine_sql.last_audit("advance_ids").get("first", {}),
        "log": quarantine_sql.last_log(),
        "already_sent": sum(lost_campaign.count for lost_campaign in lost),
    }
    with transaction.atomic():
        _sign_out(actor)
        lost_campaigns.confirm(lost)
        lifted = profile.lift_quarantine(actor, reason, adopted=adopted)
    high_water_mark.fold(comparison.identity, comparison.attempt_id)
    return lifted


def require_number(already_sent: int | None, lost: Sequence[LostCampaign]) -> None:
    """Check that `already_sent` is the number of people of these campaigns; without campaigns, any number is right.

    Raises RestoreRefusedError.
    """
    people = sum(campaign.count for campaign in lost)
    if lost and already_sent != people:
        raise RestoreRefusedError("sent", people=people, campaigns=[campaign.campaign_id for campaign in lost])


count_uncertain = sql.count_uncertain
