"""The page on which staff begin. Each section is there for people who have the permission to see it."""

from dataclasses import astuple, dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from campaigns.models import Campaign
from campaigns.reporting import issue_list
from editorial.models import IssueRecord
from publication.installation import publication
from publication.models import Sender
from subscribers.models import MailingList
from web.console.console_page import show
from web.console.overview import attention, under_way
from web.middleware.staff_sessions import polled

MOST_ISSUES = 6


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new installation needs before its first campaign. Each field: whether that is done."""

    sender: bool
    list: bool
    issue: bool
    colleagues: bool


def home(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    sees_campaigns, changes_campaigns = (user.has_perm(f"campaigns.{verb}_campaign") for verb in ("view", "change"))
    sees_issues = user.has_perm("editorial.view_issuerecord")
    issues = issue_list.in_progress(MOST_ISSUES + attention.MOST) if sees_issues else ()
    shown: dict[str, Any] = {
        "reviews": attention.reviews(user),
        "held": attention.held_campaigns() if changes_campaigns else [],
        "uncertain": attention.uncertain_campaigns() if changes_campaigns else [],
        "alarms": attention.alarms(user, publication()),
        "issues": issues[:MOST_ISSUES] if sees_issues else None,
        "to_change": attention.to_change(user, issues),
    }
    if sees_campaigns:
        shown |= {
            "drafts": under_way.drafts(), "scheduled": under_way.scheduled(), "sending": under_way.being_sent(),
            "reports": under_way.last_reports(), "sees_campaigns": True,
        }  # fmt: skip
    return show(request, "console/home.html", **shown, steps=_first_steps(), moves=bool(shown.get("sending")))


@polled
def sending(request: HttpRequest) -> HttpResponse:
    """The part of the page with what is being sent, which the page loads again every few seconds."""
    return show(request, "console/_home_sending.html", sending=under_way.being_sent())


def _first_steps() -> FirstSteps | None:
    """None once all are done or a campaign was started: the installation is not new any more."""
    if Campaign.objects.filter(started_at__isnull=False).exists():
        return None
    steps = FirstSteps(
        sender=Sender.objects.exists(),
        list=MailingList.objects.exists(),
        issue=IssueRecord.objects.exists(),
        colleagues=User.objects.filter(is_staff=True, is_active=True).count() > 1,
    )
    return None if all(astuple(steps)) else steps
