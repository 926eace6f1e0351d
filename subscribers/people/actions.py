"""Actions of staff on many people: begun with a count that staff confirmed, made by the worker in slices, and reported.

Whom an action means is stored when it begins, so that people who come later are not part of it. Each slice is one transaction
with its members' outcomes, so a killed worker repeats nothing. An action has one line in the audit; where it changes a consent,
each person has a row in the ledger.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from config.failpoints import failpoint
from publication import audit, clock
from publication.database.deadlock import retried
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers import addresses, attributes
from subscribers.consent import erasing, merged_records, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.errors import InputError
from subscribers.models import MailingList, PeopleAction, PeopleActionMember, Subscriber, Subscription
from subscribers.people import export_files, exporting, search, search_sql
from subscribers.people.people_filter import Chosen, PeopleFilter
from subscribers.segments.grammar import SegmentError
from subscribers.subscriber_details import Details

Kind, State = PeopleAction.Kind, PeopleAction.State
LOCK = 0x70656F70  # one worker makes actions at a time
SLICE = 50
MOST_TRIES = 5
MOST_OPEN = 20
CHANGED, UNCHANGED, GONE = "changed", "unchanged", "gone"
STOPPED = "stopped"  # the error of an action during which the worker ended MOST_TRIES times
TEXT_FIELDS = ("name", "language", "country", "zone")


class PeopleActionError(DomainError):
    """An action that cannot begin."""


def begin(
    actor: Actor, kind: str, asked: PeopleFilter, parameters: Mapping[str, Any], *,
    confirmed: int, digest: str | None = None, token: str | None = None,
) -> PeopleAction:  # fmt: skip
    """Store an action and whom it means. `confirmed`: the number of people that staff saw, with their `digest` (`chosen`).

    `token` is that of the form: a form that is sent twice, even at the same moment, begins one action.

    parameters: `list_id` (unsubscribe: None means all; add_to_list), `reason` (unsubscribe), `field` and `value` (set_field; an
    empty value removes it), `consent` (add_to_list; empty asks each person by mail), `columns`, `format`, `headings` and `terms`
    (export: `exporting.export`).
    Raises PeopleActionError(nobody | changed | others | busy | consent), InputError for a value, SegmentError.
    """
    parameters = _checked(kind, dict(parameters))
    try:
        return begun(token) or _begin(actor, kind, asked, parameters, Chosen(confirmed, digest), token)
    except IntegrityError:
        if (action := begun(token)) is None:
            raise
        return action


def begun(token: str | None) -> PeopleAction | None:
    """The action that the form with this token began."""
    return PeopleAction.objects.filter(token=token).first() if token else None


def _begin(
    actor: Actor, kind: str, asked: PeopleFilter, parameters: dict[str, Any], confirmed: Chosen, token: str | None
) -> PeopleAction:  # fmt: skip
    with transaction.atomic():
        if PeopleAction.objects.filter(state__in=(State.WAITING, State.RUNNING)).count() >= MOST_OPEN:
            raise PeopleActionError("busy", most=MOST_OPEN)
        if kind == Kind.EXPORT:
            parameters |= {"filter": asked.as_json(), "scope": _scope(asked)}
        action = PeopleAction.objects.create(kind=kind, actor=actor, parameters=parameters, token=token)
        now = chosen(asked, kind) if kind == Kind.EXPORT else search_sql.store_members(action.pk, search.matching(asked))
        _require_confirmed(now, confirmed)
        PeopleAction.objects.filter(pk=action.pk).update(total=now.total)
        named = {"list": _slug(parameters["list_id"])} if parameters.get("list_id") else {}
        named |= {name: parameters[name] for name in ("field", "columns", "format") if name in parameters}
        audit.record(actor, "change_people", action, kind=kind, people=now.total, **named)
    action.refresh_from_db()
    return action


def _require_confirmed(now: Chosen, confirmed: Chosen) -> None:
    """Raise PeopleActionError(nobody | changed | others) if these are not the people that staff saw."""
    if not now.total:
        raise PeopleActionError("nobody")
    if now.total != confirmed.total:
        raise PeopleActionError("changed", confirmed=confirmed.total, now=now.total)
    if confirmed.digest not in (None, now.digest):
        raise PeopleActionError("others")


def count(asked: PeopleFilter) -> int:
    """How many people a filter means now. Raises SegmentError."""
    return search.matching(asked).count()


def chosen(asked: PeopleFilter, kind: str) -> Chosen:
    """Whom an action of this kind would mean now; an export changes nobody, and has no digest. Raises SegmentError."""
    return Chosen(count(asked), None) if kind in ("", Kind.EXPORT) else search_sql.digest(search.matching(asked))


def _checked(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters in the form in which they are stored. Raises InputError."""
    match Kind(kind):
        case Kind.SET_FIELD:
            _details(parameters["field"], parameters["value"])
        case Kind.ADD_TO_LIST:
            parameters["consent"] = attributes.read_consent(parameters.get("consent", ""))
        case Kind.UNSUBSCRIBE:
            parameters["reason"] = attributes.read_comment(parameters.get("reason", ""))
        case Kind.EXPORT:
            exporting.chosen(parameters["columns"])
        case Kind.ERASE:
            pass
    return parameters


def _details(field: str, value: Any) -> Details:
    """The change of one field or attribute. Raises InputError."""
    if field in TEXT_FIELDS:
        return Details.read(None, (), **{field: str(value)})
    return Details.read({field: value}) if value not in ("", None, []) else Details.read(without=[field])


def _scope(asked: PeopleFilter) -> str:
    """Whom an export means, for the name of its file: the short name of a list, all, selected or search."""
    if asked.list_id is not None and (slug := _slug(asked.list_id)):
        return slug
    return "all" if asked == PeopleFilter() else "selected" if asked.ids else "search"


def _slug(list_id: int) -> str:
    """The short name of a list; "" if it was deleted meanwhile."""
    return MailingList.objects.filter(pk=list_id).values_list("slug", flat=True).first() or ""


# -- the worker --------------------------------------------------------------------------------------------------------


def is_due() -> bool:
    """Whether an action waits for the worker, or was being made by one."""
    return PeopleAction.objects.filter(state__in=(State.WAITING, State.RUNNING)).exists()


def next_action() -> PeopleAction | None:
    """The action that waits longest, marked as running; None if there is none. The caller has LOCK.

    An action during which workers ended too often fails, with what it has done so far: it may be what ended them.
    """
    action = PeopleAction.objects.filter(state__in=(State.WAITING, State.RUNNING)).order_by("id").first()
    if action is None:
        return None
    if action.tries >= MOST_TRIES:
        export_files.remove([action])
        action.state, action.error, action.finished_at = State.FAILED, STOPPED, clock.now()
        action.parameters = _kept(action.parameters)
        action.save(update_fields=["state", "error", "finished_at", "parameters"])
        return action
    action.state, action.tries, action.started_at = State.RUNNING, action.tries + 1, action.started_at or clock.now()
    action.save(update_fields=["state", "tries", "started_at"])
    return action


def make_slice(action: PeopleAction) -> bool:
    """Handle the next members of a running action in one transaction; whether any are left. An export is one slice.

    `action` is brought up to date. A worker that lost its session, and LOCK with it, goes on behind what another one did.
    """
    if action.kind == Kind.EXPORT:
        return _export(action)
    retried(lambda: _make_slice(action.pk))
    action.refresh_from_db()
    return action.state == State.RUNNING


def _make_slice(action_id: int) -> None:
    with transaction.atomic(), audit.one_line():
        action = PeopleAction.objects.select_for_update().get(pk=action_id)
        if action.state != State.RUNNING:
            return
        members = PeopleActionMember.objects.filter(action=action, subscriber_id__gt=action.position).order_by("subscriber_id")
        ids = list(members.values_list("subscriber_id", flat=True)[:SLICE])
        outcomes = _erase(action, ids) if action.kind == Kind.ERASE else _change(action, ids)
        for outcome in set(outcomes.values()):
            changed = [number for number, its in outcomes.items() if its == outcome]
            PeopleActionMember.objects.filter(action=action, subscriber_id__in=changed).update(outcome=outcome)
        _count(action, outcomes, is_last=len(ids) < SLICE)
        failpoint("people_slice_made")
    failpoint("people_slice_committed")


def _change(action: PeopleAction, ids: Sequence[int]) -> dict[int, str]:
    """Change these members one after the other; what came of it for each."""
    change = _CHANGES[Kind(action.kind)]
    return {number: _outcome(change, action, number) for number in ids}


def _erase(action: PeopleAction, ids: Sequence[int]) -> dict[int, str]:
    """Erase these members together, also as the record that theirs was merged into; what came of it for each."""
    present = Subscriber.objects.filter(pk__in=ids, erased_at=None).values_list("pk", flat=True)
    erased = erasing.erase_many(action.actor, list(present), source=f"action:{action.pk}")
    # Texts that only staff can change are named in the report.
    quoting = {tuple(text) for text in (*action.parameters.get("quoted_in", ()), *erased.places)}
    action.parameters["quoted_in"] = sorted(map(list, quoting))
    now_empty = set(erased.subscriber_ids)
    return {number: CHANGED if number in now_empty else GONE for number in ids}


def _export(action: PeopleAction) -> bool:
    """Write the file of an export; whether it must be written again, because somebody was erased meanwhile.

    An erasure removes the file, also while it is written (`data_protection`).
    """
    given, path = action.parameters, export_files.begin(action)
    asked = PeopleFilter.of_json(given["filter"])

    def note(rows: int) -> None:
        # CSV is one COPY, which is quick: until its end the connection waits for ever if it is given another statement.
        if given["format"] != exporting.CSV:
            PeopleAction.objects.filter(pk=action.pk).update(handled=min(rows, action.total))

    try:
        with audit.one_line(), export_files.written(path) as stream:
            rows = exporting.write(
                action.actor, asked, given["columns"], stream, given["format"], note,
                headings=given["headings"], terms=given["terms"], sheet=given.get("sheet") or exporting.SHEET,
            )  # fmt: skip
    except (InputError, SegmentError) as fault:
        export_files.remove([action])
        PeopleAction.objects.filter(pk=action.pk).update(
            state=State.FAILED, error=fault.code, finished_at=clock.now(), parameters=_kept(given)
        )
        is_complete = True
    except FileNotFoundError:
        is_complete = False
    else:
        is_complete = export_files.end(action, path, rows, _kept(given))
    action.refresh_from_db()
    return not is_complete


def _outcome(change: Callable[[PeopleAction, Subscriber], str], action: PeopleAction, number: int) -> str:
    """What came of it for one person: changed, unchanged, or the code of what prevents it.

    An unsubscribe follows a record into the one that it was merged into; no other change was meant for that one.
    """
    try:
        with transaction.atomic():
            if action.kind == Kind.UNSUBSCRIBE:
                number = merged_records.locked_current_id(number)
            person = Subscriber.objects.select_for_update().filter(pk=number, erased_at=None, merged_into=None).first()
            return GONE if person is None else change(action, person)
    except (SubscriberStateError, InputError) as fault:
        return fault.code


def _count(action: PeopleAction, outcomes: Mapping[int, str], *, is_last: bool) -> None:
    counts = Counter(outcomes.values())
    action.changed += counts.pop(CHANGED, 0)
    action.left_out = dict(Counter(action.left_out) + counts)
    action.handled += len(outcomes)
    action.tries = 1 if outcomes else action.tries  # it goes on, so it is not what ends workers
    if outcomes:
        action.position = max(outcomes)
    if is_last:
        action.state, action.finished_at = State.DONE, clock.now()
        action.parameters = _kept(action.parameters)
    written = ["changed", "left_out", "handled", "tries", "position", "state", "finished_at"]
    action.save(update_fields=[*written, "parameters"] if is_last or action.kind == Kind.ERASE else written)


def _kept(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an action that has ended, without what was typed: a value or a reason may be about one person, and would
    outlive their erasure. Each subscription keeps its reason and its consent.
    """
    kept = {
        name: parameters[name] for name in ("list_id", "field", "columns", "format", "scope", "quoted_in") if name in parameters
    }
    return kept | ({"by_mail": not parameters["consent"]} if "consent" in parameters else {})


def _unsubscribe(action: PeopleAction, person: Subscriber) -> str:
    list_id = action.parameters.get("list_id")
    left = subscriptions.unsubscribe(
        action.actor, person.pk, list_ids=None if list_id is None else [list_id], how="staff", proof=Proof.STATEMENT,
        comment=action.parameters["reason"],
    )  # fmt: skip
    return CHANGED if left else UNCHANGED


def _set_field(action: PeopleAction, person: Subscriber) -> str:
    details = _details(action.parameters["field"], action.parameters["value"])
    return CHANGED if subscriptions.change_details(action.actor, person, details) else UNCHANGED


def _add_to_list(action: PeopleAction, person: Subscriber) -> str:
    mailing_list, source = MailingList.objects.filter(pk=action.parameters["list_id"]).first(), f"action:{action.pk}"
    if mailing_list is None:
        return "list_gone"
    address, consent = person.address or "", action.parameters["consent"]
    if consent:
        added = subscriptions.add_confirmed(action.actor, mailing_list, address, consent=consent, source=source)
        return CHANGED if added.joined else UNCHANGED
    state = Subscription.objects.filter(subscriber=person, list=mailing_list).values_list("state", flat=True).first()
    if state == Subscription.State.UNSUBSCRIBED:
        return "left"
    if person.left_all_at is not None:
        return "left_all"
    if state is not None:
        return UNCHANGED
    subscriptions.require_mailable(addresses.validate(address))
    subscriptions.subscribe(action.actor, mailing_list, address, source=source)
    return CHANGED


_CHANGES: Mapping[PeopleAction.Kind, Callable[[PeopleAction, Subscriber], str]] = {
    Kind.UNSUBSCRIBE: _unsubscribe, Kind.SET_FIELD: _set_field, Kind.ADD_TO_LIST: _add_to_list,
}  # fmt: skip
