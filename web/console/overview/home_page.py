"""The page on which staff begin. Each section is there for people who have the permission to see it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from campaigns.audience.audiences import with_audience
from campaigns.measuring import missing_clicks
from campaigns.measuring.missing_clicks import MissingClicks
from campaigns.models import Campaign, Campaigns, Slice
from campaigns.recovery import uncertain_slices
from campaigns.reporting import issue_list
from campaigns.reporting.issue_list import ListedIssue
from campaigns.reporting.results import campaign_totals, usual_shares
from campaigns.reporting.results.campaign_totals import Counting
from campaigns.sending import schedule
from campaigns.states import UNCERTAIN_STATES
from campaigns.tracking import webhook_health
from editorial.models import IssueRecord
from editorial.review import requests
from editorial.review.open_reviews import is_overdue
from publication import clock
from publication.installation import publication
from publication.models import Publication, Sender
from publication.staff import sign_in_limits
from subscribers.importing.runs import import_runs
from subscribers.models import ImportRun, MailingList, PeopleAction, Subscription
from subscribers.people import list_counts
from subscribers.sign_up import held_requests
from web.campaign_report import key_numbers
from web.console.campaigns import progress_bars
from web.console.campaigns.progress_bars import CampaignLine
from web.console.console_page import show
from web.console.overview import people_waiting
from web.console.settings import approval_suggestion
from web.middleware.staff_sessions import polled
from web.texts import process_texts

MOST_CAMPAIGNS = 4  # the page shows three, and a link to all if there are more
REPORTS = 3


def _campaigns() -> Campaigns:
    return Campaign.objects.select_related("version__issue").defer("version__findings")  # the name of an issue needs its sources


def drafts() -> list[Campaign]:
    return list(with_audience(_campaigns()).filter(state="draft").order_by("-id")[:MOST_CAMPAIGNS])


def scheduled() -> list[CampaignLine]:
    campaigns = list(with_audience(_campaigns()).filter(state="scheduled").order_by("scheduled_at", "id")[:MOST_CAMPAIGNS])
    hours = schedule.local_hours([campaign.pk for campaign in campaigns])
    return [CampaignLine(campaign, [], 0, hours.get(campaign.pk)) for campaign in campaigns]


def being_sent() -> list[CampaignLine]:
    campaigns = _campaigns().newsletters().filter(state__in=("filling", "sending", "paused")).order_by("-id")
    return progress_bars.lines_of(list(campaigns[:MOST_CAMPAIGNS]), exact=False)


def last_reports() -> list[dict[str, Any]]:
    """The campaigns that were sent last, with their numbers beside the usual ones; no numbers while they are not counted."""
    campaigns = list(_campaigns().newsletters().filter(state="sent").order_by("-finished_at", "-id")[:REPORTS])
    totals = campaign_totals.totals(campaigns, Counting.NONE)  # the worker counts
    return [
        {
            "campaign": line.campaign, "accepted": line.accepted,
            "figures": key_numbers(totals[line.campaign.pk], usual_shares.usual(line.campaign, Counting.NONE))
            if line.campaign.pk in totals else (),
        }
        for line in progress_bars.lines_of(campaigns, exact=False)
    ]  # fmt: skip


MOST = 20
MOST_OF_PEOPLE = 5  # imports and actions


@dataclass(frozen=True, slots=True)
class Alarms:
    """Problems of the installation that the person may see. A field without a problem is empty or false."""

    quarantined_since: datetime | None = None
    webhook_fails: bool = False
    held_lists: tuple[MailingList, ...] = ()
    attacked: tuple[str, ...] = ()
    missing_processes: tuple[str, ...] = ()
    missing_clicks: MissingClicks | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, alarm.name) for alarm in fields(self))


def reviews(user: User) -> list[dict[str, Any]]:
    """Return the open reviews that a person was asked for, the most urgent first."""
    open_requests = requests.open_requests(user)[:MOST]
    return [
        {
            "version": review.version, "asked_by": review.actor.name, "due_at": review.due_at, "note": review.note,
            "is_late": is_overdue(review),
        }
        for review in (request.review for request in open_requests)
    ]  # fmt: skip


def held_campaigns() -> list[Campaign]:
    held = Campaign.objects.filter(state="held").select_related("version__issue").order_by("-id")
    return list(held[:MOST])


def uncertain_campaigns() -> list[dict[str, Any]]:
    """Campaigns with recipients about whom staff must decide, because no evidence can be awaited any more.

    `others`: those of the same campaign for which evidence may still come. The campaign's page counts both as uncertain.
    """
    waiting = uncertain_slices.awaiting_decision().values("campaign_id").annotate(people=Sum("count"))
    rows = {row["campaign_id"]: row for row in waiting.order_by("-campaign_id")[:MOST]}
    uncertain = Slice.objects.filter(state__in=UNCERTAIN_STATES, campaign_id__in=list(rows)).order_by()
    total = dict(uncertain.values_list("campaign_id").annotate(people=Sum("count")))
    campaigns = Campaign.objects.select_related("version__issue").in_bulk(list(rows))
    return [
        {"campaign": campaigns[number], "people": row["people"], "others": total[number] - row["people"]}
        for number, row in rows.items()
    ]


class PeopleNews(NamedTuple):
    """Subscribers of this month, as in the charts of lists, and work on them that waits or is under way."""

    joined: int
    left: int
    bounced: int
    work: Sequence[tuple[str, ImportRun | PeopleAction]]  # (kind, row): under way, and imports that were undone this month
    pending: Sequence[tuple[MailingList, int]]  # requests that the people did not confirm yet


def people_news() -> PeopleNews:
    counts = list_counts.by_month(months=1)
    sums = dict.fromkeys(list_counts.KINDS, 0)
    for (kind, _), months in counts.people.items():
        sums[kind] += sum(months.values())
    open_states = (ImportRun.State.DRAFT, ImportRun.State.WAITING, ImportRun.State.RUNNING)
    runs = ImportRun.objects.filter(state__in=open_states).select_related("actor").order_by("-id")
    actions = PeopleAction.objects.filter(state__in=(PeopleAction.State.WAITING, PeopleAction.State.RUNNING))
    work: list[tuple[str, ImportRun | PeopleAction]] = [("action", row) for row in actions.order_by("-id")[:MOST_OF_PEOPLE]]
    unchecked = [run for run in runs if not import_runs.is_checked(run)]  # a checked one waits for staff
    work += [("import", run) for run in unchecked[:MOST_OF_PEOPLE]] + [("undone", run) for run in _undone(counts.months[0])]
    return PeopleNews(sums["joined"], sums["left"], sums["bounced"], work, _pending())


def _undone(month: date) -> list[ImportRun]:
    """The imports that were undone since this day, in the publication's zone: people who joined by them left no list."""
    begin = datetime.combine(month, time(), clock.place_of(publication().zone) or UTC)
    undone = ImportRun.objects.filter(state=ImportRun.State.UNDONE, undone_at__gte=begin).select_related("actor")
    return list(undone.order_by("-undone_at")[:MOST_OF_PEOPLE])


def _pending() -> list[tuple[MailingList, int]]:
    counts = {pk: states["pending"] for pk, states in list_counts.totals().items() if states["pending"]}
    lists = MailingList.objects.filter(pk__in=counts).order_by("name", "id")[:MOST_OF_PEOPLE]
    return [(mailing_list, counts[mailing_list.pk]) for mailing_list in lists]


def alarms(user: User, publication: Publication) -> Alarms:
    """What the doctor would report, by permission."""
    sees_campaigns = user.has_perm("campaigns.view_campaign")
    # Before the first campaign nothing can be missing.
    has_sent = sees_campaigns and Campaign.objects.filter(started_at__isnull=False).exists()
    return Alarms(
        quarantined_since=publication.quarantined_at if sees_campaigns else None,
        webhook_fails=has_sent and webhook_health.webhook_health().level == "red",
        held_lists=tuple(held_requests.lists_with_held()) if user.has_perm("subscribers.view_subscriber") else (),
        attacked=tuple(sign_in_limits.attacked_accounts()) if user.has_perm("auth.view_user") else (),
        missing_clicks=missing_clicks.lately() if user.has_perm("publication.change_publication") else None,
        # Before the first campaign the page shows first steps.
        missing_processes=tuple(process_texts.missing(publication.zone)) if has_sent else (),
    )


MOST_ISSUES = 4  # as of campaigns


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new installation needs before its first campaign. Each field: whether that is done."""

    sender: bool
    list: bool  # with somebody on it
    issue: bool
    colleagues: bool


def home(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    sees_campaigns = user.has_perm("campaigns.view_campaign")
    sees_issues = user.has_perm("editorial.view_issuerecord")
    issues, row = issue_list.in_progress(MOST_ISSUES + MOST) if sees_issues else (), publication()
    shown: dict[str, Any] = {
        "alarms": alarms(user, row),
        "suggestion": approval_suggestion.is_due(user, row),
        "issues": issues[:MOST_ISSUES] if sees_issues else None,
        "waiting": _waiting(user, issues),
        "different_versions": process_texts.different_versions() if user.has_perm("auth.change_user") else (),
    }
    if user.has_perm("subscribers.view_subscriber"):
        shown["people_news"] = people_news()
    if sees_campaigns:
        shown |= {
            "drafts": drafts(), "scheduled": (ahead := scheduled()), "sending": being_sent(),
            "scheduled_total": Campaign.objects.filter(state="scheduled").count() if len(ahead) == MOST_CAMPAIGNS else 0,
            "reports": last_reports(), "sees_campaigns": True,
        }  # fmt: skip
    steps = _first_steps()
    return show(
        request,
        "console/home.html",
        **shown,
        steps=steps,
        has_list=bool(steps) and MailingList.objects.exists(),
        moves=bool(shown.get("sending")),
    )


def _waiting(user: User, issues: Sequence[ListedIssue]) -> list[tuple[str, Any]]:
    """(kind, row) of all that waits for this account, in the order in which the page shows it."""
    acts, people = user.has_perm("campaigns.change_campaign"), people_waiting.waiting(user)
    rows: dict[str, Sequence[Any]] = {
        "to_change": issue_list.to_change(user, issues), "review": reviews(user), "held": held_campaigns() if acts else (),
        "uncertain": uncertain_campaigns() if acts else (), "requests": people.held, "checked": people.checked,
        "refused": people.refused,
    }  # fmt: skip
    return [(kind, row) for kind in rows for row in rows[kind]]


@polled
def sending(request: HttpRequest) -> HttpResponse:
    """The part of the page with what is being sent, which the page loads again every few seconds."""
    return show(request, "console/_home_sending.html", sending=being_sent())


def _first_steps() -> FirstSteps | None:
    """None once all are done or a campaign was started: the installation is not new any more."""
    if Campaign.objects.filter(started_at__isnull=False).exists():
        return None
    steps = FirstSteps(
        sender=Sender.objects.exists(),
        list=Subscription.objects.filter(state=Subscription.State.CONFIRMED).exists(),
        issue=IssueRecord.objects.exists(),
        colleagues=User.objects.filter(is_staff=True, is_active=True).count() > 1,
    )
    return None if all(astuple(steps)) else steps
