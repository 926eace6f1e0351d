"""The list of campaigns, the page of one with its report and its mails, and pausing, resuming and cancelling."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import campaign_approvals, launch, launch_checks
from campaigns.audience import audience_variants as choosing
from campaigns.audience.audiences import Exclusions, with_audience
from campaigns.campaign_mails import BRAKES
from campaigns.follow_ups import followed_people
from campaigns.models import Campaign, DeliveryLog
from campaigns.recovery import recall, uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import schedule, waves
from campaigns.states import DELIVERED_STATES, FACTS_WITHIN_ACCEPTED
from campaigns.totals import sending_pace, slice_totals
from composer.issue.merge_fields import fill, preview_values
from editorial.models import IssueVariant
from editorial.review import decisions, open_reviews, version_differences
from editorial.stored_variants import find_variant, merge_fields
from publication import clock
from subscribers import addresses
from subscribers.models import Subscriber
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError
from web.console.campaigns import progress_bars
from web.console.campaigns.resume_page import RESUMABLE
from web.console.campaigns.schedule_pages import first_handover, seconds_to_undo
from web.console.console_page import campaign_or_404, move, show
from web.console.issues.sending.send_audience import count_of_campaign
from web.content_policies import mail_policy
from web.mail_bytes import MailBytes
from web.middleware.staff_sessions import polled
from web.texts import audience_texts, stored_texts
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address

PER_PAGE = 20
MOST_ROWS = 200
MOST_ENTRIES = 50
LONGEST_SEARCH = 100
FIRST_BALANCE = ("accepted", "skipped", "failed", "abandoned", "unknown", "held", "in_flight", "claimed", "planned")
# The parts of the list of campaigns: id, states, title. Campaigns with uncertain recipients are in the first, too.
STAGES = (
    ("waiting", ("held",), gettext_lazy("Waiting for a decision")),
    ("being-sent", ("sending", "filling", "paused"), gettext_lazy("Being sent")),
    ("scheduled", ("scheduled",), gettext_lazy("Scheduled")),
    ("drafts", ("draft",), gettext_lazy("Drafts")),
    ("ended", ("sent", "cancelled"), gettext_lazy("Sent and cancelled")),
)
# Such a campaign goes on as soon as all processes run.
WAITING = ("scheduled", "filling", "sending")
CANCELLABLE = ("scheduled", "filling", "sending", "paused", "held")


class Balance(NamedTuple):
    """The states that add up to a total, with their numbers; `empty`: those of nobody. `whole`: that of everybody."""

    title: str
    total: int
    lines: Sequence[tuple[str, int]]
    empty: Sequence[str]
    whole: str = ""

    @classmethod
    def of(cls, title: str, total: int, counts: Mapping[str, Any], states: Sequence[str]) -> "Balance":
        filled = [(state, counts[state]) for state in states if counts[state]]
        return cls(title, total, filled, [state for state in states if not counts[state]])


class Stage(NamedTuple):
    """A part of the list of campaigns, with its lines on this page."""

    name: str
    title: str
    lines: Sequence[tuple[progress_bars.CampaignLine, Any]]


def overview(request: HttpRequest) -> HttpResponse:
    """Every campaign: first those that wait for somebody, then what is being sent, and what was sent at the end.

    `?stage=` shows only those of one stage, `?q=` those that have this in their name, their subject or the title of their issue.
    """
    states = (When(state__in=states, then=number) for number, (_name, states, _title) in enumerate(STAGES))
    uncertain = When(pk__in=uncertain_slices.awaiting_decision().values("campaign_id"), then=0)
    campaigns = with_audience(Campaign.objects.select_related("version__issue")).annotate(
        stage=Case(uncertain, *states, default=len(STAGES) - 1), begins=Case(When(state="scheduled", then=F("scheduled_at")))
    )  # fmt: skip
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    if search:
        in_texts = Q(version__subject__icontains=search) | Q(version__issue__title__icontains=search)
        campaigns = campaigns.filter(Q(name__icontains=search) | in_texts)
    totals = dict(campaigns.values_list("stage").annotate(total=Count("pk")).order_by())
    tabs = [(name, title, totals[number]) for number, (name, _states, title) in enumerate(STAGES) if totals.get(number)]
    numbers_of_stages = {name: number for number, (name, _states, _title) in enumerate(STAGES)}
    chosen = request.GET.get("stage", "") if request.GET.get("stage") in numbers_of_stages else ""
    listed = campaigns.filter(stage=numbers_of_stages[chosen]) if chosen else campaigns
    page = Paginator(listed.order_by("stage", "begins", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    lines = progress_bars.lines_of(list(page.object_list))
    sent = [line.campaign for line in lines if line.campaign.state == "sent"]
    outcomes = slice_totals.outcomes(sent, (*DELIVERED_STATES, "bounced"))
    shown = [line.campaign for line in lines]
    return show(
        request,
        "console/campaigns.html",
        tabs=tabs,
        chosen=chosen,
        search=search,
        kept=urlencode({"q": search}) + "&" if search else "",
        one_audience=_only_audience(shown),
        stages=list(_stages(lines, outcomes)),
        lines=lines,
        page=page,
        moves=any(progress_bars.moves(row) for row in shown if row.welcome_to_id is None),
        waits=any(campaign.state in WAITING for campaign in shown),
    )


def _stages(lines: Sequence[progress_bars.CampaignLine], outcomes: Mapping[int, Mapping[str, int]]) -> Iterator[Stage]:
    numbers = {
        pk: {"delivered": sum(own[state] for state in DELIVERED_STATES), "bounced": own["bounced"]}
        for pk, own in outcomes.items()
    }
    for number, (name, _states, title) in enumerate(STAGES):
        here = [(line, numbers.get(line.campaign.pk)) for line in lines if vars(line.campaign)["stage"] == number]
        if here:
            yield Stage(name, str(title), here)


def _only_audience(campaigns: Sequence[Campaign]) -> str:
    """The audience that all of several campaigns have; empty if they differ."""
    audiences = {audience_texts.in_short(campaign) for campaign in campaigns}
    return audiences.pop() if len(campaigns) > 1 and len(audiences) == 1 else ""


def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_or_404(campaign_id)
    figures = _numbers(campaign)
    local_hour = schedule.local_hours([campaign_id]).get(campaign_id)
    return show(
        request,
        "console/campaign.html",
        **figures,
        **_recipients(request, campaign, figures["report"]),
        lists=campaign.lists.order_by("id"),
        excluded=Exclusions.of(campaign),
        faults=sorted({fault.code for fault in launch_checks.standing_faults(campaign)}) if campaign.state == "draft" else [],
        is_behind=campaign.state in ("draft", "scheduled") and version_differences.is_changed(campaign.version),
        overrides=launch_checks.overrides_of(campaign.override),
        not_accepted=_not_accepted(request, campaign_id),
        waves=waves.lines(campaign_id),
        most_rows=MOST_ROWS,
        log=log_of(campaign),
        undo_seconds=seconds_to_undo(campaign),
        local_hour=local_hour,
        handover_at=first_handover(campaign, local_hour),
        begins_at=_beginning(campaign, local_hour),
        held_detail=_held_detail(campaign),
        **approvals_of(campaign),
    )


def log_of(campaign: Campaign) -> QuerySet[DeliveryLog]:
    """The latest entries of a campaign's log."""
    return DeliveryLog.objects.filter(campaign_id=campaign.pk).select_related("actor").order_by("-id")[:MOST_ENTRIES]


def _beginning(campaign: Campaign, local_hour: schedule.LocalHour | None) -> datetime | None:
    """When the first mails of a scheduled campaign arrive, unless that time is over or so near that it is counted down."""
    at = local_hour.first if local_hour else campaign.scheduled_at
    is_ahead = campaign.state == "scheduled" and at is not None and at > clock.now() and seconds_to_undo(campaign) is None
    return at if is_ahead else None


def approvals_of(campaign: Campaign) -> dict[str, Any]:
    """Return the approvals that a campaign's pages show; before it begins, also the present decisions about its content."""
    now = campaign.state in ("draft", "scheduled", "held") and campaign.recipients is None
    return {
        "kept": campaign_approvals.kept(campaign),
        "standing": decisions.standing(campaign.version) if now else None,
        "waiting": open_reviews.waiting(campaign.version) if now else (),
    }


def _worst_domain(campaign: Campaign, report: reports.Report) -> str:
    """Return the domain because of which a brake holds the campaign; empty if it is none, or all of them together."""
    passed = [outcome for outcome in report.brakes if outcome["domain"] and campaign.held_reason in outcome["limits"]]
    named = [outcome["domain"] for outcome in passed if campaign.held_detail.startswith(f"{outcome['domain']}: ")]
    return named[0] if named else ""


def _held_detail(campaign: Campaign) -> str:
    """Return why the campaign is on hold. A faulty segment is compiled again, because the stored text is in English."""
    if campaign.held_reason in ("audience", "unmeasured"):
        try:
            if campaign.followed_id is not None:
                followed_people.of_campaign(campaign)
                return stored_texts.stored(campaign.held_detail)
            compiler.compile_stored(campaign.segment_text)
        except SegmentError as error:
            return stored_texts.segment_fault(error)
    return stored_texts.stored(campaign.held_detail)


@polled
def numbers(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The numbers of a campaign's page, which the page loads again every few seconds."""
    return show(request, "console/_numbers.html", **_numbers(campaign_or_404(campaign_id)))


def pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return move(request, campaign_id, launch.pause, _("Paused. Requests that are being sent are finished; no new ones begin."))


def cancel(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET shows in numbers what cancelling would do; POST cancels."""
    campaign = campaign_or_404(campaign_id)
    if request.method == "POST":
        nobody = _("Cancelled. Nobody gets it.")
        some = _("Cancelled. Recipients who had not been sent to are skipped.")
        return move(request, campaign_id, launch.cancel, nobody if campaign.recipients is None else some)
    report = reports.report(campaign_id)
    return show(
        request,
        "console/cancel.html",
        campaign=campaign,
        report=report,
        waiting=report.unsent,
        kept=recall.with_provider(campaign_id),
        may_cancel=campaign.state in CANCELLABLE,
        undo_seconds=seconds_to_undo(campaign),
    )


def _numbers(campaign: Campaign) -> dict[str, Any]:
    report = reports.report(campaign.pk)
    counts = report.as_dict()
    balances, is_over = _balances(report, counts), campaign.state in ("sent", "cancelled")
    return {
        "campaign": campaign,
        "report": report,
        "parts": progress_bars.parts_of(counts, report.recipients),
        "percent": progress_bars.percent_of(counts, report.recipients),
        "balances": balances,
        "empty_states": [state for balance in balances for state in balance.empty],
        "skipped_reasons": sorted(report.skipped_reasons.items(), key=lambda item: -item[1]),
        "listed": reports.OUTCOMES,
        "is_braked": campaign.held_reason in BRAKES,
        "worst_domain": _worst_domain(campaign, report),
        "remedies": dict.fromkeys(rejection["remedy"] for rejection in report.rejections if rejection["remedy"]),
        "folds_brakes": is_over and not report.left_out_domains and not any(outcome["limits"] for outcome in report.brakes),
        "moves": progress_bars.moves(campaign),
        "waits": campaign.state in WAITING,
        "unsent": report.unsent,
        "under_way": report.in_flight + report.uncertain,
        "pace": sending_pace.of_campaign(campaign.pk, report.unsent) if campaign.state == "sending" else None,
        "may_resume": campaign.state in RESUMABLE,
        "may_cancel": campaign.state in CANCELLABLE,
        "is_over": is_over,
    }


def _balances(report: reports.Report, counts: Mapping[str, Any]) -> list[Balance]:
    """Return the recipients, and those whose mail was accepted; as one if that is everybody."""
    recipients = Balance.of(_("Recipients"), report.recipients, counts, FIRST_BALANCE)
    accepted = Balance.of(_("Accepted by the provider"), report.accepted, counts, FACTS_WITHIN_ACCEPTED)
    if not report.recipients or report.accepted != report.recipients:
        return [recipients, accepted]
    return [accepted._replace(title=recipients.title, empty=[*recipients.empty, *accepted.empty], whole="accepted")]


def _recipients(request: HttpRequest, campaign: Campaign, report: reports.Report) -> dict[str, Any]:
    """Return each variant with its number of recipients; before they are chosen, those who would get it now and who would not."""
    if campaign.recipients is not None or campaign.state == "cancelled":
        return {"variants": report.variants, "uncounted": False}
    # The page on which it is scheduled shows what is wrong with a segment.
    counted = count_of_campaign(campaign, request.user)
    uncounted = counted["known"] is not None and counted["numbers"] is None
    expected = choosing.lines(campaign.version, {}) if uncounted else counted["expected"]
    return counted | {"variants": expected or report.variants, "uncounted": uncounted, "query": f"campaign={campaign.pk}"}


def _not_accepted(request: HttpRequest, campaign_id: int) -> list[dict[str, Any]]:
    """The first recipients who are not accepted, as this account sees people."""
    rows = reports.not_accepted(campaign_id, MOST_ROWS)
    for row in rows:
        if row["state"] == "skipped":
            row["attempt"] = None  # their slice's request went out without them
        row["answer"] = _answer(row)
    if request.user.has_perm("subscribers.view_subscriber"):
        people = Subscriber.objects.in_bulk([row["subscriber"] for row in rows])
        for row in rows:
            person = people.get(row["subscriber"])
            row["address"] = shown_address(request.user, person.address) if person and person.address else None
    if not request.user.has_perm(SEE_ADDRESSES):
        for row in rows:  # a server's answer may quote the address
            row["reason"], row["answer"] = addresses.masked(row["reason"] or ""), addresses.masked(row["answer"])
    return rows


def _answer(row: dict[str, Any]) -> str:
    """What the provider answered to the attempt, unless the reason says it already."""
    if row["attempt"] is None:
        return ""
    return stored_texts.answer(row["http_status"], row["detail"] if row["detail"] != row["reason"] else "")


_QUOTED_URL = re.compile(r'"(https?://[^"]*+)"')


class VersionMail(MailBytes):
    """GET only, as MailBytes. ?select: for the frames of a review, whose page reads what is selected."""

    def policy(self) -> str:
        return mail_policy(keeps_origin="select" in self.request.GET)

    def html(self, **where: Any) -> str:
        try:
            mail = find_variant(where["version_id"], where.get("number", 0))
        except IssueVariant.DoesNotExist:
            raise Http404 from None
        return preview_of(mail, mail.html)


def preview_of(mail: IssueVariant, html: str) -> str:
    """The HTML of a stored mail as the console shows it: with example values, and with its pictures from the host under which
    the console was opened. The policy blocks all other hosts, and the stored mail has the public address, which may be another
    name of the same server or may have changed since.
    """
    here = resolve_url("media", "x").removesuffix("x")
    known = frozenset(str(name) for _path, name in mail.version.pictures)

    def own(match: re.Match[str]) -> str:
        name = match[1].rpartition("/")[2]
        return f'"{here}{name}"' if name in known else match[0]

    return _QUOTED_URL.sub(own, fill(html, preview_values(merge_fields(mail))).replace(settings.MEDIA_URL, here))
