"""Pre-send checks of a campaign: the findings of its issue at the publication's levels, its headers and its subject.

Also records an override, by which an authorised person allows sending despite errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from campaigns import list_headers
from campaigns.launch_guards import CampaignActionError, find_campaign, log, require_draft
from campaigns.models import Campaign
from composer import preflight
from composer.errors import Finding
from editorial import issue_versions, measured_sizes, public_pages
from editorial.models import IssueVersion
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor, Publication
from publication.staff.lost_rights import still_has
from subscribers.models import MailingList

PERMISSION = "campaigns.override_checks"
_TOKEN = "A" * 43  # as long as a real token, to build the headers that a recipient would get


def levelled(findings: Iterable[Finding], row: Publication | None = None) -> tuple[Finding, ...]:
    """The findings at the levels that the publication has set. `row`: the publication, if it is known."""
    return preflight.levelled(findings, (row or publication()).check_levels)


def content_findings(version: IssueVersion) -> tuple[Finding, ...]:
    """What the checks find in a version, at the publication's levels and with the links that it would send now."""
    row = publication()
    return levelled(map(issue_versions.of_file, measured_sizes.findings_of(version, row)), row)


def content_errors(version: IssueVersion) -> tuple[Finding, ...]:
    """The errors of a version: they prevent sending it, unless somebody overrides them."""
    return tuple(finding for finding in content_findings(version) if finding.level == "error")


def findings_of(campaign: Campaign) -> tuple[Finding, ...]:
    """All findings as of now: levels, lists and the public address may have changed since the issue was stored."""
    row = publication()
    findings = [*measured_sizes.findings_of(campaign.version, row)]
    lists = list(campaign.lists.order_by("id"))
    findings += preflight.inspect_headers(
        list_headers.shared_headers(lists[0] if lists else None, campaign.sender) | list_headers.own_headers(_TOKEN)
    )
    if any(mailing_list.advertises_in_china for mailing_list in lists):
        subjects = campaign.version.variants.order_by("number").values_list("subject", flat=True)
        findings += next(filter(None, map(preflight.inspect_subject, subjects)), ())
    if (
        lists
        and all(mailing_list.archive == MailingList.Archive.OFF for mailing_list in lists)
        and public_pages.is_digest(campaign.version)
    ):
        findings += preflight.inspect_digest(lists[0].name, lists[0].slug)
    return levelled(findings, row)


def standing_faults(campaign: Campaign) -> tuple[Finding, ...]:
    excused = set(campaign.override.get("codes", ()))
    return tuple(finding for finding in findings_of(campaign) if finding.level == "error" and finding.code not in excused)


def fixed_faults(faults: Iterable[Finding]) -> tuple[Finding, ...]:
    """The faults that nobody can override."""
    is_fixed = preflight.codes()
    return tuple(fault for fault in faults if is_fixed.get(fault.code, True))


def refuse_fixed(campaign: Campaign, faults: Iterable[Finding]) -> None:
    """Raise CampaignActionError if nobody can override some of the faults. Its `faults` say how each is corrected."""
    if fixed := fixed_faults(faults):
        codes = sorted({fault.code for fault in fixed})
        raise CampaignActionError("fixed", campaign=campaign.pk, codes=codes, faults=fixed)


def override_checks(actor: Actor, campaign_id: int, reason: str, by: User | None = None) -> Campaign:
    """Allow a draft to be sent despite errors of the pre-send checks; record who decided and why.

    From the command line `by` is the account that decides; if the actor is an account, that one counts. Raises
    CampaignActionError.
    """
    person = actor.user or by
    with transaction.atomic():
        if person is None or not still_has(person, PERMISSION):
            raise CampaignActionError("permission", name=person.get_username() if person else str(actor))
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        campaign.override = _excuse(person, campaign, reason)
        campaign.save(update_fields=["override"])
        newest = overrides_of(campaign.override)[-1]
        audit.record(actor, "campaign_override", campaign, **newest)
        log(actor, campaign, "checks_overridden", codes=", ".join(newest["codes"]), by=newest["by"])
    return campaign


def _excuse(person: User, campaign: Campaign, reason: str) -> dict[str, object]:
    """Build the value of `Campaign.override`: it names the current errors. An error that appears later is not overridden.

    The caller locks the account that decides and the campaign, checks that it is a draft and saves the value. Raises
    CampaignActionError.
    """
    if not reason.strip() or not reason.strip().isprintable():
        raise CampaignActionError("reason")
    faults = standing_faults(campaign)
    refuse_fixed(campaign, faults)
    if not faults:
        raise CampaignActionError("nothing", campaign=campaign.pk)
    codes = sorted({fault.code for fault in faults})
    mine = {
        "codes": codes,
        "reason": reason.strip(),
        "by": person.get_username(),
        "at": clock.now().isoformat(timespec="seconds"),
    }
    return _joined([*overrides_of(campaign.override), mine])


def overrides_of(override: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The decisions in the value of `Campaign.override`, the earliest first: `codes`, `reason`, `by`, `at`.

    The value is the newest decision with the codes of all; `earlier` are the others. No code is in two of them.
    """
    if not override:
        return []
    earlier = override.get("earlier", [])
    old = {code for decision in earlier for code in decision["codes"]}
    newest = {name: override.get(name, "") for name in ("reason", "by", "at")}
    return [*earlier, {**newest, "codes": [code for code in override["codes"] if code not in old]}]


def _joined(overrides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The value of `Campaign.override` for these decisions."""
    if not overrides:
        return {}
    *earlier, newest = overrides
    codes = sorted({code for decision in overrides for code in decision["codes"]})
    return {**newest, "codes": codes, **({"earlier": earlier} if earlier else {})}


def is_overridden_by(campaign: Campaign, name: str) -> bool:
    """Whether the account overrode errors of the campaign, alone or beside others."""
    return any(decision["by"] == name for decision in overrides_of(campaign.override))


def withdraw_override(actor: Actor, draft: Campaign, name: str) -> None:
    """The errors of a locked draft that the account overrode prevent sending again."""
    overrides = overrides_of(draft.override)
    draft.override = _joined([decision for decision in overrides if decision["by"] != name])
    draft.save(update_fields=["override"])
    codes = [code for decision in overrides if decision["by"] == name for code in decision["codes"]]
    audit.record(actor, "campaign_override_withdrawn", draft, codes=codes)
