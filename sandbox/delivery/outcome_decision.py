"""Decides the outcome of each mail from its request and the suppression lists alone. The timeline carries it out, the query
endpoints report it."""

from typing import Any

from sandbox.delivery.address_outcomes import (
    ORDINARY,
    OUTCOMES,
    MailOutcome,
    all_ordinary,
    drop_for,
    engage,
    foresee,
    reported,
)
from sandbox.suppressed_addresses import Suppressions
from sandbox.webhooks.event_json import Mailing
from sandbox.webhooks.webhook_settings import Settings


class OutcomeDecision:
    def __init__(self, suppressions: Suppressions) -> None:
        self._suppressions = suppressions

    def outcome_for(self, mailing: Mailing, person: list[Any], world: Settings) -> MailOutcome:
        """The outcome of one mail. Suppressions that this request itself caused do not count."""
        address = person[2]
        reason = self._suppressions.why_dropped(address, mailing.group, mailing.bypasses, mailing.number)
        if reason:
            return drop_for(reason)
        if word := foresee(address):
            return reported(OUTCOMES[word], mailing.tracked)
        if world.open_rate > 0 and mailing.tracked:
            return reported(engage(mailing.id, address, world.open_rate, world.click_rate), mailing.tracked)
        return ORDINARY

    def all_ordinary(self, mailing: Mailing, people: list[list[Any]], world: Settings) -> bool:
        """Whether all of them have the ordinary outcome: the usual case, checked at once."""
        if (world.open_rate > 0 and mailing.tracked) or self._suppressions.any:
            return False
        return all_ordinary(person[2] for person in people)

    def fields_of(self, mailing: Mailing, event: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of a step's event; a click also has the URL of the mail's first tracked link, and the part it is in."""
        if event != "click":
            return fields
        url, part = mailing.tracked["click"]
        return {**fields, "url": url, "url_offset": {"index": 0, "type": part}}
