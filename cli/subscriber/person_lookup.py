"""Finds the person that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.error_reporting import CliError

if TYPE_CHECKING:
    from subscribers.models import Subscriber


def find(address: str) -> Subscriber:
    """The subscriber with this address, in any spelling, or with this number: `#12`. Raises CliError, AddressError."""
    from subscribers import addresses, models
    from subscribers.consent import subscriptions, suppressions

    if (number := record_number(address)) is not None:
        person = models.Subscriber.objects.filter(pk=number).first()
        if person is None:
            raise CliError(f"there is no subscriber {number}", "see who is on a list: mailroom subscriber export --list LIST")
        return person
    person = subscriptions.find_subscriber(address)
    if person is not None:
        return person
    addresses.validate(address)  # reports a misspelt address as such
    if suppressions.is_suppressed(address):
        hint = f"see why: mailroom suppression show {address}"
        raise CliError(f"no subscriber has the address {address}, but it is suppressed", hint)
    raise CliError(f"no subscriber has the address {address}", "see who is on a list: mailroom subscriber export --list LIST")


def find_to_change(address: str) -> Subscriber:
    """The same for a command that changes the person.

    Raises also SubscriberStateError(merged): that record means another one now.
    """
    from subscribers.consent import subscriptions

    person = find(address)
    if person.merged_into_id is not None:
        subscriptions.require_present(person)
    return person


def record_number(text: str) -> int | None:
    """12 for `#12`."""
    digits = text.removeprefix("#")
    return int(digits) if text.startswith("#") and digits.isascii() and digits.isdigit() and len(digits) < 19 else None
