"""Pauses all campaigns to a person until a day that they choose, and resumes them. Only this module writes `paused_until`."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from publication import audit, clock
from publication.models import Actor
from subscribers.consent import ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.subscriptions import require_present
from subscribers.errors import InputError
from subscribers.models import Subscriber

LONGEST = timedelta(days=367)  # a year, in every zone and with a leap day


def start_of(day: date, *zones: str) -> datetime:
    """When the day begins in the first of these zones that this machine knows; in UTC if it knows none."""
    zone_info = next((known_zone for zone in zones if zone and (known_zone := clock.place_of(zone))), ZoneInfo("UTC"))
    return datetime.combine(day, time(), zone_info)


def is_paused(person: Subscriber) -> bool:
    return person.is_paused(clock.now())


def pause(actor: Actor, subscriber: Subscriber, until: datetime, *, source: str, proof: Proof) -> bool:
    """Send no campaign before `until`; True if that is a change. A pause ends by itself, and subscriptions stay as they are.

    Raises InputError, SubscriberStateError(erased | merged).
    """
    if not timedelta() < until - clock.now() <= LONGEST:
        raise InputError("pause", "a pause must end in the future, and within a year", "choose another day")
    with transaction.atomic():
        person = _locked(subscriber)
        if person.paused_until == until:
            return False
        _store(person, until)
        audit.record(actor, "pause_subscriber", person, until=until.isoformat())
        ledger.record(actor, Act.PAUSED, person.pk, source=source, proof=proof, until=until.isoformat())
    return True


def resume(actor: Actor, subscriber: Subscriber, *, source: str, proof: Proof) -> bool:
    """End a pause now; False if there is none. Raises SubscriberStateError(erased | merged)."""
    with transaction.atomic():
        person = _locked(subscriber)
        if not is_paused(person):
            return False
        _store(person, None)
        audit.record(actor, "resume_subscriber", person)
        ledger.record(actor, Act.RESUMED, person.pk, source=source, proof=proof)
    return True


def _locked(subscriber: Subscriber) -> Subscriber:
    person = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    require_present(person)
    return person


def _store(person: Subscriber, until: datetime | None) -> None:
    person.paused_until = until
    person.save(update_fields=["paused_until"])
