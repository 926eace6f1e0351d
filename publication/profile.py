"""Changes the publication's profile, policies, check levels and quarantine: the only writer; checks and audits each change."""

from typing import Any

from django.db import transaction

from composer import preflight
from composer.errors import nearest
from composer.issue import languages
from publication import audit, clock
from publication import policies as policies_
from publication.domain_errors import DomainError
from publication.installation import publication
from publication.models import Actor, Publication
from publication.staff import account_notices, roles, staff_mails

DEFAULT = "default"  # a check's level, as if nothing had been set


class ProfileError(DomainError):
    """An invalid value for the publication's profile."""


def change_profile(
    actor: Actor,
    *,
    name: str | None = None,
    zone: str | None = None,
    language: str | None = None,
    languages: list[str] | None = None,
    organisation: str | None = None,
    postal_address: str | None = None,
    policies: dict[str, str] | None = None,
    check_levels: dict[str, str] | None = None,
) -> Publication:
    """Change what is given; None leaves a field. Raises ProfileError, and then nothing was changed.

    All admins get a mail about each policy that protects less than before.
    """
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _line("name", name)
    if zone is not None:
        changes["zone"] = check_zone(zone)
    if language is not None:
        changes["language"] = _tag(language)
    if languages is not None:
        changes["languages"] = [_tag(tag) for tag in languages]
    if organisation is not None:
        changes["organisation"] = _line("organisation", " ".join(organisation.split()))
    if postal_address is not None:
        changes["postal_address"] = _line("postal_address", " ".join(postal_address.split()))
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if policies:
            given = {policy: _policy(policy, text) for policy, text in policies.items()}
            differing = {policy: value for policy, value in given.items() if _applied(policy, row, value) != value}
            changes["policies"] = {**row.policies, **differing}
        if check_levels:
            levels = {**row.check_levels, **{code: _level(code, level) for code, level in check_levels.items()}}
            changes["check_levels"] = {code: level for code, level in sorted(levels.items()) if level != DEFAULT}
        _store(actor, row, {field: value for field, value in changes.items() if value != getattr(row, field)})
    return row


def _store(actor: Actor, row: Publication, new: dict[str, Any]) -> None:
    if not new:
        return
    before = {field: getattr(row, field) for field in new}
    stored = row.policies
    changed = {policy: value for policy, value in new.get("policies", {}).items() if value != stored.get(policy)}
    applied = {policy: _applied(policy, row, value) for policy, value in changed.items()}
    if changed:
        before["policies"] = {**stored, **applied}
    for field, value in new.items():
        setattr(row, field, value)
    row.save(update_fields=list(new))
    audit.record(actor, "change_publication", row, **audit.changes(before, new))
    for policy, value in changed.items():
        _follow(actor, policy, applied[policy], value)


def _applied(name: str, row: Publication, new: float | str) -> float | str | None:
    """The value of a policy that applies, also by default; None if it is `new` by a setting of the installation only."""
    applies = policies_.value(name, row)
    of_installation = name in policies_.POLICIES and policies_.POLICIES[name].default is None and name not in row.policies
    return None if of_installation and applies == new else applies


def _follow(actor: Actor, name: str, before: float | str | None, after: float | str) -> None:
    """What follows from a changed policy, in the caller's transaction."""
    if before is not None and policies_.weakens(name, before, after):
        account_notices.tell_admins(staff_mails.POLICY_WEAKENED, actor, policy=name, before=str(before), after=str(after))
    if name == "see_addresses":
        roles.bring_up_to_date()


def check_zone(zone: str) -> str:
    """Check that this is a time zone. Raises ProfileError, which names the nearest."""
    if clock.place_of(zone) is None:
        raise ProfileError("zone", zone=zone, nearest=clock.nearest_place(zone))
    return zone


def quarantine(actor: Actor, reason: str) -> bool:
    """Stop all sending until staff lift the quarantine; False if it was already in quarantine."""
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if row.quarantined_at is not None:
            return False
        row.quarantined_at, row.quarantine_reason = clock.now(), reason
        row.save(update_fields=["quarantined_at", "quarantine_reason"])
        audit.record(actor, "quarantine", row, reason=reason)
    return True


def lift_quarantine(actor: Actor, reason: str, *, adopted: dict[str, Any] | None = None) -> bool:
    """Allow sending again, as decided by `actor`; False if there was no quarantine. Raises ProfileError.

    `adopted` identifies the database that the decision is about (campaigns/sending/quarantine.py calls this function).

    Campaigns that are on hold because of the quarantine stay so until staff resume each of them.
    """
    if not reason.strip():
        raise ProfileError("reason")
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if row.quarantined_at is None:
            return False
        audit.record(actor, "lift_quarantine", row, was=row.quarantine_reason, reason=reason.strip(), adopted=adopted or {})
        row.quarantined_at, row.quarantine_reason = None, ""
        row.save(update_fields=["quarantined_at", "quarantine_reason"])
    return True


def _line(code: str, text: str) -> str:
    text = text.strip()
    if not text or not text.isprintable():
        raise ProfileError(code)
    return text


def _tag(language: str) -> str:
    if not languages.is_reader_language(language.strip()):
        raise ProfileError("language", language=language)
    return languages.spelt(language.strip())


def _level(code: str, level: str) -> str:
    known = preflight.codes()
    if code not in known:
        raise ProfileError("check", check=code, nearest=nearest(code, known, 0.6))
    choices = (*preflight.LEVEL_CHOICES, DEFAULT)
    if level not in choices:
        raise ProfileError("level", check=code, level=level, levels=choices)
    if known[code] and level != DEFAULT:
        raise ProfileError("fixed", check=code)
    return level


def _policy(name: str, text: str) -> float | str:
    if choices := policies_.CHOICES.get(name):
        if text.strip() not in choices:
            raise ProfileError("choice", policy=name, text=text, choices=choices)
        return text.strip()
    policy = policies_.POLICIES.get(name)
    if policy is None:
        raise ProfileError("policy", policy=name, policies=[*policies_.POLICIES, *policies_.CHOICES])
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not policy.lowest <= number <= policy.highest:
        raise ProfileError("range", policy=name, text=text, lowest=policy.lowest, highest=policy.highest)
    return int(number) if number.is_integer() else number
