"""The policies and the periods of retention: all of them in sentences, and a page on which one is changed.

A change that takes a safeguard away, or that deletes data earlier, is confirmed on a page of its own.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from publication import policies, profile
from publication.installation import publication
from publication.models import Publication
from publication.retention import RETENTIONS
from publication.staff import second_factors
from web.access import may_post
from web.console.console_page import actor_of
from web.console.settings import approval_suggestion
from web.console.settings.sections import show_settings
from web.texts.settings import policy_texts, retention_texts
from web.texts.settings.policy_texts import PolicyText, Value


class PolicyLine(NamedTuple):
    """A policy, its value as an answer to its title, and what that means."""

    policy: str
    title: str
    answer: str
    meaning: str
    is_default: bool


def listing(request: HttpRequest) -> HttpResponse:
    row = publication()
    groups = [
        (
            title,
            *([_line(policy, row) for policy in names if (policy in policy_texts.FINER) is is_fine] for is_fine in (False, True)),
        )
        for title, names in policy_texts.GROUPS
    ]
    return show_settings(
        request, "policies.html", groups=groups, suggestion=approval_suggestion.is_due(request.user, row)
    )  # fmt: skip


def _line(policy: str, row: Publication) -> PolicyLine:
    value = policies.value(policy, row)
    title = str(policy_texts.TEXTS[policy].title)
    answer, meaning = policy_texts.answer_and_meaning(policy_texts.sentence(policy, value))
    return PolicyLine(policy, title, answer, meaning, value == policies.value(policy, Publication()))


def retention(request: HttpRequest) -> HttpResponse:
    """What personal data is deleted when: with a policy, or after a fixed time."""
    row = publication()
    lines: list[dict[str, Any]] = []
    for name, kept in RETENTIONS.items():
        if kept.is_personal:
            limits = policies.POLICIES.get(kept.policy)
            deleted = retention_texts.deleted(name, kept.kept_for(row))
            answer, meaning = policy_texts.answer_and_meaning(deleted)
            lines.append({
                "title": retention_texts.TEXTS[name][0], "answer": answer, "meaning": meaning,
                "policy": kept.policy, "default": retention_texts.period(kept.period),
                "least": retention_texts.period(timedelta(days=limits.lowest)) if limits else "",
            })  # fmt: skip
    return show_settings(
        request, "retention.html", chosen=[line for line in lines if line["policy"]],
        fixed=[line for line in lines if not line["policy"]],
    )  # fmt: skip


def edit_policy(request: HttpRequest, policy: str) -> HttpResponse:
    if policy not in policy_texts.TEXTS:
        raise Http404
    return _edit(request, policy, "settings-policies") or redirect("settings-policies")


def edit_period(request: HttpRequest, period: str) -> HttpResponse:
    if not any(kept.policy == period for kept in RETENTIONS.values()):
        raise Http404
    return _edit(request, period, "settings-retention") or redirect("settings-retention")


def _edit(request: HttpRequest, policy: str, listed: str) -> HttpResponse | None:
    """GET shows the choice; POST stores it and returns None, after a page that asks if the change is one to think about."""
    current = policies.value(policy)
    options = {str(value): value for value in _offered(policy, current)}
    if request.method != "POST":
        return _form(request, policy, listed, str(current))
    if not may_post(request):
        raise PermissionDenied
    chosen, seen = request.POST.get("value", ""), request.POST.get("seen", "")
    if chosen not in options:
        return _form(request, policy, listed, str(current), 422, _("Choose one of the answers."))
    if seen != str(current):
        return _form(request, policy, listed, chosen, 409, _("Somebody changed this meanwhile. Nothing was stored."))
    if request.POST.get("confirmed") != "yes" and _is_grave(policy, current, options[chosen]):
        return show_settings(
            request, "policy_confirm.html", listed=listed, policy=policy, title=_text(policy).title, chosen=chosen, seen=seen,
            before=_sentence(policy, current), after=_sentence(policy, options[chosen]),
            deletes=policy.startswith(policies.PERIODS),
        )  # fmt: skip
    if options[chosen] != current:
        profile.change_profile(actor_of(request), policies={policy: chosen})
    messages.success(request, _("Your choice is stored."))
    return None


def _form(request: HttpRequest, policy: str, listed: str, chosen: str, status: int = 200, fault: str = "") -> HttpResponse:
    text, current = _text(policy), policies.value(policy)
    default = policies.value(policy, Publication())
    options = [
        (str(value), *policy_texts.answer_and_meaning(_sentence(policy, value)), value == default)
        for value in _offered(policy, current)
    ]
    without_factor = policy == "mfa_required" and not second_factors.has_one(request.user.pk or 0)
    return show_settings(
        request, "policy.html", status, listed=listed, title=text.title, about=text.about, options=options, chosen=chosen,
        seen=str(current), fault=fault, without_factor=without_factor,
    )  # fmt: skip


def _text(policy: str) -> PolicyText:
    return policy_texts.TEXTS.get(policy) or retention_texts.text_of(policy)


def _sentence(policy: str, value: Value) -> str:
    if policy in policy_texts.TEXTS:
        return policy_texts.sentence(policy, value)
    return retention_texts.deleted(retention_texts.record_of(policy), timedelta(days=float(value)))


def _offered(policy: str, current: Value) -> list[Value]:
    """What the console offers, with the value that applies: the command line can set any number."""
    offered = _text(policy).offered
    return [*offered] if current in offered else sorted([*offered, current], key=float)


def _is_grave(policy: str, before: Value, after: Value) -> bool:
    """Whether a change takes a safeguard away, or deletes data that is kept now."""
    if policy.startswith(policies.PERIODS):
        return float(after) < float(before)
    return policies.weakens(policy, before, after)
