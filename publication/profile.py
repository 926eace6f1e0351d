"""What the publication says of itself and its policies: changed here only, by name, checked, audited."""

from __future__ import annotations

import difflib
import re
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from composer import preflight
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor, Publication

DEFAULT = "default"  # a check's level, as if nothing had been set
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# policy -> (lowest, highest, what it is)
POLICIES: dict[str, tuple[float, float, str]] = {
    "settle_hours": (1, 720, "hours without evidence after which an uncertain attempt waits for an operator"),
    "late_hours": (1, 720, "hours by which a scheduled campaign may be late and still begin by itself; later, staff are asked"),
    "handover_minutes": (1, 4260, "minutes before its hour at which a wave is handed to the provider (each-zone campaigns)"),
    "settle_after": (0.1, 43200, "minutes without evidence after which the policy settle=resend may send again; the provider "
                                 "repeats its events for 24 h"),
    "bounce_campaigns": (1, 100, "campaigns in a row that bounce at a mailbox (full, inactive) before it is suppressed"),
    "bounce_days": (1, 365, "days before a mailbox's latest bounce within which those campaigns are counted"),
}  # fmt: skip
# policy -> (the words it may be, the first where nothing is set; what it is)
CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "settle": (("never", "resend"), "whether a machine may send again what stayed without evidence, under three conditions"),
}


class ProfileFault(ValueError):
    """A value the publication cannot have: `code` (name, zone, language, postal_address, policy, check) and a `hint`."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(message)


def change_profile(
    actor: Actor,
    *,
    name: str | None = None,
    zone: str | None = None,
    language: str | None = None,
    languages: list[str] | None = None,
    postal_address: str | None = None,
    policies: dict[str, str] | None = None,
    check_levels: dict[str, str] | None = None,
) -> Publication:
    """Change what is given; None leaves a field. Raises ProfileFault, and then nothing was changed."""
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _line("name", name)
    if zone is not None:
        changes["zone"] = check_zone(zone)
    if language is not None:
        changes["language"] = _tag(language)
    if languages is not None:
        changes["languages"] = [_tag(each) for each in languages]
    if postal_address is not None:
        changes["postal_address"] = _line("postal_address", " ".join(postal_address.split()))
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if policies:
            changes["policies"] = {**row.policies, **{key: _policy(key, value) for key, value in policies.items()}}
        if check_levels:
            wanted = {**row.check_levels, **{code: _level(code, level) for code, level in check_levels.items()}}
            changes["check_levels"] = {code: level for code, level in sorted(wanted.items()) if level != DEFAULT}
        for field, value in changes.items():
            setattr(row, field, value)
        if changes:
            row.save(update_fields=list(changes))
            audit.record(actor, "change_publication", row, changed=sorted(changes))
    return row


def policy_number(row: Publication, key: str, default: float) -> float:
    """The policy's number; `default` where none is set, or something that no command would store, as after an edit by hand."""
    try:
        number = float(row.policies.get(key, default))
    except (TypeError, ValueError, OverflowError):
        return default
    return number if 0 <= number <= POLICIES[key][1] else default


def check_zone(zone: str) -> str:
    """The zone, if it is one. Raises ProfileFault with the nearest."""
    if clock.place_of(zone) is None:
        nearest = difflib.get_close_matches(zone, sorted(available_timezones()), 1)
        hint = f"did you mean {nearest[0]}?" if nearest else "write it as Asia/Shanghai or Europe/Madrid"
        raise ProfileFault("zone", f"{zone!r} is no time zone", hint)
    return zone


def quarantine(actor: Actor, reason: str) -> bool:
    """Nothing may be sent until somebody lifts it; False where that was so before."""
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if row.quarantined_at is not None:
            return False
        row.quarantined_at, row.quarantine_reason = clock.now(), reason
        row.save(update_fields=["quarantined_at", "quarantine_reason"])
        audit.record(actor, "quarantine", row, reason=reason)
    return True


def lift_quarantine(actor: Actor, reason: str, *, adopted: dict[str, Any] | None = None) -> bool:
    """Campaigns may be sent again, on the word of `actor`; False where there was no quarantine. Raises ProfileFault.

    `adopted` tells which database that word is about (campaigns/restoring.py, which staff call).

    Campaigns that are held for it stay held until somebody resumes each.
    """
    if not reason.strip():
        raise ProfileFault("reason", "a quarantine is not lifted without a reason", "say what was found")
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
        raise ProfileFault(code, f"{code.replace('_', ' ')}: one line that people can read", "without control characters")
    return text


def _tag(language: str) -> str:
    if not _LANGUAGE.fullmatch(language.strip()):
        raise ProfileFault("language", f"{language!r} is no language tag", "write it as en or zh-Hans (BCP 47)")
    return language.strip()


def _level(code: str, level: str) -> str:
    known = preflight.codes()
    if code not in known:
        nearest = difflib.get_close_matches(code, known, 1, 0.4)
        hint = f"did you mean {nearest[0]}?" if nearest else "docs/checks.md lists all"
        raise ProfileFault("check", f"there is no check {code!r}", hint)
    choices = (*preflight.LEVEL_CHOICES, DEFAULT)
    if level not in choices:
        raise ProfileFault("check", f"{code}: {level!r} is no level", f"there are: {', '.join(choices)}")
    if known[code] and level != DEFAULT:
        raise ProfileFault("check", f"the level of {code} is fixed", "what it finds would reach every reader")
    return level


def _policy(key: str, text: str) -> float | str:
    if key in CHOICES:
        words, meaning = CHOICES[key]
        if text.strip() not in words:
            raise ProfileFault("policy", f"{key}: {text!r} is none of {', '.join(words)}", meaning)
        return text.strip()
    if key not in POLICIES:
        raise ProfileFault("policy", f"there is no policy {key!r}", f"there are: {', '.join([*POLICIES, *CHOICES])}")
    lowest, highest, meaning = POLICIES[key]
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not lowest <= number <= highest:
        raise ProfileFault("policy", f"{key}: {text!r} is not from {lowest:g} to {highest:g}", meaning)
    return number
