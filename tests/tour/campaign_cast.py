"""The campaigns of the tour that are not really sent: each is brought into its state step by step, and stays there."""

import shutil
from datetime import timedelta
from pathlib import Path

from campaigns import launch
from campaigns.drafts import follow_up_drafts
from campaigns.follow_ups.followed_people import NOT_REACHED
from campaigns.models import Campaign, DomainOutcome, LostCampaign
from campaigns.recovery import uncertain_slices
from campaigns.sending import settling_sql
from campaigns.tracking.brakes import campaign_brakes
from cli import bootstrap
from cli.system import demo_run
from composer.errors import Finding
from editorial import issue_versions
from editorial.models import IssueVersion
from publication import clock
from tests.campaigns import attempt_steps
from tests.support import issues, people
from transport.outcomes import Cause, Outcome, OutcomeKind

REJECTED = "550 5.7.26 Unauthenticated email from cast.example is not accepted due to the domain's DMARC policy"
COMPLAINING = "univ-valfleury.example"
UNANSWERED = Outcome(OutcomeKind.UNKNOWN, None, detail="time-out")  # as transport writes it
WRONG_KEY = Outcome(
    OutcomeKind.REFUSED, 401, cause=Cause.CREDENTIALS, detail="The provided authorization grant is invalid, expired, or revoked"
)


def unsent(sent: Campaign, bilingual: IssueVersion, folder: Path) -> dict[str, int]:
    """Drafts, scheduled campaigns and a cancelled one."""
    actor, in_a_month = bootstrap.actor(), clock.now() + timedelta(days=30)
    made = {
        label: make_draft(sent, name, version)
        for label, name, version in (
            ("draft", "April issue", sent.version), ("variants", "Tidelines, December", bilingual),
            ("faulty", "April issue, second try", _faulty_version(folder)), ("scheduled", "April issue for engineers", sent.version),
            ("zones", "Tidelines at nine o'clock", bilingual), ("cancelled", "March issue, wrong list", sent.version),
        )
    }  # fmt: skip
    made["followed"] = follow_up_drafts.create(actor, sent.pk, NOT_REACHED).pk
    launch.schedule(actor, made["scheduled"], in_a_month, zone="Asia/Shanghai")
    launch.schedule_each_zone(actor, made["zones"], f"{in_a_month:%Y-%m-%d} 09:00", zone="Asia/Shanghai")
    launch.schedule(actor, made["cancelled"], in_a_month)
    launch.cancel(actor, made["cancelled"])
    return made


def lost(sent: Campaign, version: IssueVersion) -> int:
    """A draft whose issue was sent in a part of the database that a restore lost."""
    draft = Campaign.objects.get(pk=make_draft(sent, "CAST Newsletter, December", version))
    LostCampaign.objects.create(
        campaign_id=draft.pk + 1000, campaign_created_at=clock.now(), digest=version.digest, name="CAST Newsletter, December",
        lists=[each.slug for each in draft.lists.all()], first_at=clock.now() - timedelta(days=2), people={"one": 19_316},
    )  # fmt: skip
    return draft.pk


def interrupted(sent: Campaign) -> dict[str, int]:
    """One paused, two on hold, one that is being sent: in this order, because the next batch is that of the oldest campaign."""
    made = {
        label: make_draft(sent, name, sent.version)
        for label, name in (
            ("paused", "Call for papers"), ("held", "Annual report"), ("braked", "Summer school"), ("sending", "World Engineering Day"),
        )
    }  # fmt: skip
    _pause(_started(made["paused"]))
    attempt_steps.send_next(_started(made["held"]), WRONG_KEY)
    _brake(_started(made["braked"]))
    sending = _started(made["sending"])
    attempt_steps.send_next(sending, UNANSWERED)
    settling_sql.hold_unsettled(0.0)
    for outcome in (UNANSWERED, attempt_steps.ACCEPTED, attempt_steps.ACCEPTED):
        attempt_steps.send_next(sending, outcome)
    return made


def _started(campaign_id: int) -> Campaign:
    return people.start(Campaign.objects.get(pk=campaign_id))


def _pause(campaign: Campaign) -> None:
    """Paused, after a domain has rejected the sender and a batch has perhaps been received twice."""
    first = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    lost = attempt_steps.send_next(campaign, UNANSWERED)
    (uncertain,) = uncertain_slices.uncertain(campaign.pk)
    uncertain_slices.decide(bootstrap.actor(), [uncertain.slice], "resend", "the provider's log does not have them", force=True)
    again = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    assert first is not None
    assert lost is not None
    assert again is not None
    rejection = {"type": "blocked", "status": "5.7.26", "reason": REJECTED}
    attempt_steps.hear(
        *({**attempt_steps.event(campaign, person, first.attempt, "bounce"), **rejection} for person in first.people[:12]),
        *(attempt_steps.event(campaign, person, first.attempt, "delivered") for person in first.people[12:]),
        attempt_steps.event(campaign, lost.people[0], lost.attempt, "delivered"),
        attempt_steps.event(campaign, lost.people[0], again.attempt, "delivered"),
    )
    launch.pause(bootstrap.actor(), campaign.pk)


def _brake(campaign: Campaign) -> None:
    """On hold, because people at the largest domain complained; the numbers are those of a larger campaign."""
    attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    numbers = {"": (9_120, 21, 9_215, 95), COMPLAINING: (2_480, 13, 2_496, 16), "univ.example": (861, 1, 870, 9)}
    DomainOutcome.objects.bulk_create(
        DomainOutcome(
            campaign_id=campaign.pk,
            domain=domain,
            delivered=delivered,
            complained=complained,
            answered=answered,
            hard_bounced=hard,
        )
        for domain, (delivered, complained, answered, hard) in numbers.items()
    )
    campaign_brakes.judge()


def make_draft(sent: Campaign, name: str, version: IssueVersion) -> int:
    lists = list(sent.lists.all())
    return launch.create(
        bootstrap.actor(), version=version, lists=lists, segment=sent.segment, sender=sent.sender, name=name
    ).pk  # fmt: skip


def _faulty_version(folder: Path) -> IssueVersion:
    """A version of the long example in which a check finds an error."""
    copy = folder / "issue"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(demo_run.ISSUE, copy)
    file = copy / "issue.md"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join("subject: April at a glance\n" if x.startswith("subject:") else x for x in lines), encoding="utf-8")
    version = issue_versions.store(bootstrap.actor(), copy).version
    params = {"fore": "#777777", "back": "#888888", "ratio": "1.2", "wanted": "4.5", "words": "Read the whole report"}
    found = Finding("contrast", "error", params)
    version.findings = [{"code": found.code, "level": found.level, "params": found.params}]
    version.save(update_fields=["findings"])
    return version


def unsent_version(folder: Path) -> IssueVersion:
    """A version of an issue that is in no campaign yet."""
    shutil.rmtree(folder, ignore_errors=True)
    return issue_versions.store(bootstrap.actor(), issues.two_languages(folder)).version
