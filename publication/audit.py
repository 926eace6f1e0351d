"""Actors, and the append-only record of their actions."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from config import log_masking
from publication import audit_sql, clock
from publication.models import Actor, Audit

if TYPE_CHECKING:
    from django.contrib.auth.models import User


_in_one_line = ContextVar("in_one_line", default=False)


def system() -> Actor:
    """Mailroom itself: beat, reaper, events."""
    return _actor(Actor.Kind.SYSTEM, "mailroom")


def command_line() -> Actor:
    """The person who typed the command, under the name of the operating system's account."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return _actor(Actor.Kind.CLI, name)


def subscriber() -> Actor:
    """A subscriber who uses a personal link; the audit's object says which subscriber."""
    return _actor(Actor.Kind.SUBSCRIBER, "link")


def staff(user: User) -> Actor:
    """A member of staff who is signed in: one actor for each account, with the account's current name.

    If the audit has another account with that name, this actor is called `wei (account 7)`.
    """
    name = user.get_username()
    actor = Actor.objects.filter(user=user).first()
    if actor is not None and actor.name == name:
        return actor
    if Actor.objects.filter(kind=Actor.Kind.STAFF, name=name).exists():
        name = f"{name} (account {user.pk})"
    if actor is None:
        actor, _ = Actor.objects.get_or_create(user=user, defaults={"kind": Actor.Kind.STAFF, "name": name})
    elif actor.name != name:
        actor.name = name
        actor.save(update_fields=["name"])
    return actor


def guest(name: str) -> Actor:
    """Somebody without an account who has a review link: by the address to which it was mailed, or else by the link's number."""
    return _actor(Actor.Kind.GUEST, name)


def _actor(kind: str, name: str) -> Actor:
    actor, _ = Actor.objects.get_or_create(kind=kind, name=name)
    return actor


def take_turns(actor: Actor) -> None:
    """Of two requests of an actor at once, such as a doubled click sends, the second waits for the end of the transaction."""
    Actor.objects.select_for_update().get(pk=actor.pk)


@contextmanager
def one_line() -> Iterator[None]:
    """The verbs inside write no lines: they are parts of an action on many things, for which the caller wrote one."""
    token = _in_one_line.set(True)
    try:
        yield
    finally:
        _in_one_line.reset(token)


def record(actor: Actor, verb: str, thing: object = None, **detail: Any) -> None:
    """Append one line to the audit, in the caller's transaction. `thing` is a model instance.

    The line stays when a person is erased, so addresses in `detail`, such as in a reason that staff typed, are masked.
    """
    if _in_one_line.get():
        return
    kind = type(thing).__name__.lower() if thing is not None else ""
    Audit.objects.create(
        at=clock.now(),
        actor=actor,
        verb=verb,
        object_kind=kind,
        object_id=str(getattr(thing, "pk", "")),
        detail=without_addresses(detail),
    )


def record_unless_recent(
    actor: Actor, verb: str, thing: object, *, since: datetime, by_anyone: bool = True, **detail: Any
) -> bool:  # fmt: skip
    """`record`, unless the audit has this verb on this thing since a moment: by any actor, or by this one. One statement."""
    if _in_one_line.get():
        return True
    kind = type(thing).__name__.lower()
    object_id = str(getattr(thing, "pk", ""))
    return audit_sql.record_unless_recent(
        actor.pk, verb, kind, object_id, without_addresses(detail), now=clock.now(), since=since, by_anyone=by_anyone
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The detail of a changed setting: `before` and `after` with the fields that differ, also inside of mappings; else empty.

    A field that only one side has is only there.
    """
    was, became = _different(before, after), _different(after, before)
    return {"before": was, "after": became} if was or became else {}


def _different(of: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one side that the other side has with another value, or not at all."""
    differing: dict[str, Any] = {}
    for name, value in of.items():
        if name in other and value == other[name]:
            continue
        both = isinstance(value, Mapping) and isinstance(other.get(name), Mapping)
        differing[name] = _different(value, other[name]) if both else value
    return differing


class AuditFilter(NamedTuple):
    """Which lines of the audit to read; None means any.

    things: kind and id, as the lines have them. name: what `detail` has under this key, for things without a record of their own.
    `until` is excluded.
    """

    actor: int | None = None
    verbs: Collection[str] | None = None
    things: Collection[tuple[str, str]] | None = None
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def newest_lines(chosen: AuditFilter, most: int, before: Audit | None = None) -> list[Audit]:
    """The newest lines, newest first; with `before`, those that follow this line on the next page."""
    ids = audit_sql.newest_ids(
        actor=chosen.actor,
        verbs=None if chosen.verbs is None else sorted(chosen.verbs),
        things=None if chosen.things is None else sorted(chosen.things),
        name=chosen.name,
        since=chosen.since or datetime.min.replace(tzinfo=UTC),
        before=(before.at, before.pk) if before else (chosen.until or datetime.max.replace(tzinfo=UTC), 0),
        most=most,
    )
    lines = Audit.objects.select_related("actor").in_bulk(ids)
    return [lines[number] for number in ids]


def every_line(chosen: AuditFilter, at_once: int = 500) -> Iterator[list[Audit]]:
    """All lines, newest first, in pages: only one of them is in memory."""
    before = None
    while lines := newest_lines(chosen, at_once, before):
        yield lines
        before = lines[-1]


def without_addresses(value: Any) -> Any:
    """A value for a record that nobody can change later, with its addresses masked."""
    if isinstance(value, dict):
        return {name: without_addresses(element) for name, element in value.items()}
    if isinstance(value, list | tuple):
        return [without_addresses(element) for element in value]
    return log_masking.without_addresses(value) if isinstance(value, str) else value
