"""Changes the publication's profile, policies, check levels and quarantine: the only writer; checks and audits each change."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from composer import preflight
from composer.errors import ComposeError, nearest
from composer.issue import languages
from composer.themes.slot_colours import chosen_colours, read_colour
from composer.themes.theme_loading import load_theme, theme_names
from publication import audit, clock
from publication import policies as policies_
from publication.domain_errors import DomainError, changed_meanwhile
from publication.installation import publication
from publication.models import Actor, Publication
from publication.reader_texts import ReaderText
from publication.staff import account_notices, roles, staff_mails

DEFAULT = "default"  # a check's level, as if nothing had been set
LONGEST = {"name": 200, "description": 2000, "organisation": 200, "postal_address": 500}
_NO_TEXT = {"name": "", "description": ""}


class ProfileError(DomainError):
    """An invalid value for the publication's profile."""


def change_profile(
    actor: Actor,
    *,
    name: str | None = None,
    description: str | None = None,
    texts: Mapping[str, ReaderText] | None = None,
    zone: str | None = None,
    language: str | None = None,
    languages: list[str] | None = None,
    organisation: str | None = None,
    postal_address: str | None = None,
    policies: dict[str, str] | None = None,
    check_levels: dict[str, str] | None = None,
    theme_colours: Mapping[str, Mapping[str, str]] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> Publication:
    """Change what is given; None leaves a field. Raises ProfileError, and then nothing was changed.

    `texts`: for readers of other languages than the publication's own; an empty one removes it. `theme_colours`: theme -> slot ->
    colour, for the mails and pages that are made from now on; an empty colour is that of the design. `seen`: the values that the
    person saw who makes these changes. If somebody stored other ones since, the change is refused.

    All admins get a mail about each policy that protects less than before.
    """
    given = {
        "name": name, "description": description, "zone": zone, "language": language, "languages": languages,
        "organisation": organisation, "postal_address": postal_address,
    }  # fmt: skip
    checked: dict[str, Any] = {field: _READERS[field](value) for field, value in given.items() if value is not None}
    new_texts = {_tag(tag): _reader_text(text) for tag, text in (texts or {}).items()}
    new_colours = {theme: _colours(theme, colours) for theme, colours in (theme_colours or {}).items()}
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication().pk)
        if new_colours:
            checked["theme_colours"] = _with_colours(row.theme_colours, new_colours)
        if new_texts:
            checked["texts"] = {tag: text for tag, text in {**row.texts, **new_texts}.items() if any(text.values())}
        if policies:
            named = {policy: _policy(policy, text) for policy, text in policies.items()}
            differing = {policy: value for policy, value in named.items() if _applied(policy, row, value) != value}
            checked["policies"] = {**row.policies, **differing}
        if check_levels:
            levels = {**row.check_levels, **{code: _level(code, level) for code, level in check_levels.items()}}
            checked["check_levels"] = {code: level for code, level in sorted(levels.items()) if level != DEFAULT}
        _require_seen(row, checked, seen or {})
        _store(actor, row, {field: value for field, value in checked.items() if value != getattr(row, field)})
    return row


def _require_seen(row: Publication, new: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    """Raise ProfileError(meanwhile) if a field that would change has another value than the person saw."""
    fields = {field: value for field, value in seen.items() if field not in ("texts", "theme_colours")}
    if (field := changed_meanwhile({name: getattr(row, name) for name in fields}, new, fields)) is not None:
        raise ProfileError("meanwhile", field=field, stored=getattr(row, field))
    texts = seen.get("texts", {})
    now, then = ({tag: side.get(tag, _NO_TEXT) for tag in texts} for side in (row.texts, new.get("texts", {})))
    if (tag := changed_meanwhile(now, then, texts)) is not None:
        raise ProfileError("meanwhile", field="texts", stored=" · ".join(filter(None, now[tag].values())))
    colours = seen.get("theme_colours", {})
    now, then = ({theme: side.get(theme, {}) for theme in colours} for side in (row.theme_colours, new.get("theme_colours", {})))
    if (theme := changed_meanwhile(now, then, colours)) is not None:
        raise ProfileError("meanwhile", field="theme_colours", stored=", ".join(now[theme].values()) or "–")


def _store(actor: Actor, row: Publication, new: Mapping[str, Any]) -> None:
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


def _line(code: str, *, may_be_empty: bool = False) -> Callable[[str], str]:
    """A function that checks a text of one line."""

    def read(text: str) -> str:
        text = " ".join(text.split())
        if not (text or may_be_empty) or not text.isprintable():
            raise ProfileError(code)
        return _short(text, LONGEST[code])

    return read


def _description(text: str) -> str:
    """A text of one line or several."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise ProfileError("description")
    return _short(text, LONGEST["description"])


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise ProfileError("long", most=most)
    return text


def _reader_text(text: ReaderText) -> dict[str, str]:
    return {"name": _line("name", may_be_empty=True)(text.name), "description": _description(text.description)}


def _tag(language: str) -> str:
    if not languages.is_reader_language(language.strip()):
        raise ProfileError("language", language=language)
    return languages.spelt(language.strip())


def _colours(theme: str, colours: Mapping[str, str]) -> dict[str, str]:
    """The colours of a theme as #rrggbb; those that are not chosen, or are as in the design, are empty."""
    names = theme_names(settings.EMAIL_THEMES)
    if theme not in names:
        raise ProfileError("theme", theme=theme, themes=names)
    try:
        slots = load_theme(theme, settings.EMAIL_THEMES).slots
    except ComposeError as error:
        raise ProfileError("theme_faulty", theme=theme, problem=str(error.findings[0])) from error
    typed: dict[str, str] = {}
    for slot, text in colours.items():
        if slot not in slots:
            raise ProfileError("slot", theme=theme, slot=slot, slots=list(slots) or "–")
        typed[slot] = (read_colour(text) or "") if text.strip() else ""
        if text.strip() and not typed[slot]:
            raise ProfileError("colour", theme=theme, slot=slot, text=text[:40])
    chosen = chosen_colours(slots, {slot: colour for slot, colour in typed.items() if colour})
    return {slot: chosen.get(slot, "") for slot in typed}


def _with_colours(stored: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The stored colours with the new ones; an empty colour removes that of its slot."""
    merged = {theme: {**stored.get(theme, {}), **new.get(theme, {})} for theme in sorted({*stored, *new})}
    kept = {theme: {slot: colour for slot, colour in colours.items() if colour} for theme, colours in merged.items()}
    return {theme: colours for theme, colours in kept.items() if colours}


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


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "name": _line("name"), "description": _description, "zone": check_zone, "language": _tag,
    "languages": lambda tags: list(dict.fromkeys(map(_tag, tags))), "organisation": _line("organisation", may_be_empty=True),
    "postal_address": _line("postal_address"),
}  # fmt: skip
