"""What the rules before sending say of a campaign: its issue's findings at the publication's levels, headers, subject; and the
word of somebody authorised that it may go all the same."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User

from campaigns import list_headers
from campaigns.launch_guards import LaunchRefused
from campaigns.models import Campaign
from composer import preflight
from composer.errors import Finding
from publication import clock
from publication.installation import publication
from publication.models import Actor

PERMISSION = "campaigns.override_checks"
_TOKEN = "A" * 43  # as long as a token, for asking which headers a recipient would get


def levelled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings at the levels that the publication has set."""
    return preflight.levelled(findings, publication().check_levels)


def findings_of(campaign: Campaign) -> tuple[Finding, ...]:
    """Everything found, as of now: levels, lists and the public address may have changed since the issue was stored."""
    found = [Finding(**finding) for finding in campaign.version.findings]
    lists = list(campaign.lists.order_by("id"))
    found += preflight.inspect_headers(
        list_headers.shared_headers(lists[0] if lists else None) | list_headers.own_headers(_TOKEN)
    )
    if any(each.advertises_in_china for each in lists):
        subjects = campaign.version.variants.order_by("number").values_list("subject", flat=True)
        found += next(filter(None, map(preflight.inspect_subject, subjects)), ())
    return levelled(found)


def standing_faults(campaign: Campaign) -> tuple[Finding, ...]:
    """The errors that nobody has overridden."""
    excused = set(campaign.override.get("codes", ()))
    return tuple(finding for finding in findings_of(campaign) if finding.level == "error" and finding.code not in excused)


def excuse(actor: Actor, campaign: Campaign, reason: str, by: User | None) -> dict[str, object]:
    """What `Campaign.override` is to hold: the errors that stand are excused, by name; one that comes up later is not.

    `by` is the account of who decides: of staff the actor's own. The caller holds the campaign, checks that it is a draft, and
    writes it. Raises LaunchRefused.
    """
    person = actor.user or by
    if person is None or not person.is_active or not person.has_perm(PERMISSION):
        named = person.get_username() if person else str(actor)
        raise LaunchRefused("permission", name=named)
    if not reason.strip() or not reason.strip().isprintable():
        raise LaunchRefused("reason")
    faults = standing_faults(campaign)
    fixed = sorted({each.code for each in faults if preflight.codes().get(each.code, True)})
    if fixed:
        raise LaunchRefused("fixed", codes=fixed)
    if not faults:
        raise LaunchRefused("nothing", campaign=campaign.pk)
    codes = sorted({each.code for each in faults} | set(campaign.override.get("codes", ())))
    return {
        "codes": codes, "reason": reason.strip(), "by": person.get_username(), "at": clock.now().isoformat(timespec="seconds"),
    }  # fmt: skip
