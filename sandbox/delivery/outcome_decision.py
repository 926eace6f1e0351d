"""Decides the outcome of each mail from the ledger and the suppression lists alone. The timeline carries it out, the query
endpoints report it."""

import re
from typing import Any

from sandbox.delivery.address_outcomes import ORDINARY, OUTCOMES, MailOutcome, all_ordinary, drop_for, engage, foresee
from sandbox.ledger import Ledger
from sandbox.suppressed_addresses import Suppressions
from sandbox.webhooks.event_json import Mailing
from sandbox.webhooks.webhook_settings import Settings

LINK = re.compile(rb'href=\\?"(https?://[^"\\]+)')


class OutcomeDecision:
    def __init__(self, ledger: Ledger, suppressions: Suppressions) -> None:
        self._ledger, self._suppressions = ledger, suppressions

    def outcome_for(self, mailing: Mailing, person: list[Any], world: Settings) -> MailOutcome:
        """The outcome of one mail. Suppressions that this request itself caused do not count."""
        address = person[2]
        reason = self._suppressions.why_dropped(address, mailing.group, mailing.bypasses, mailing.number)
        if reason:
            return drop_for(reason)
        if word := foresee(address):
            return OUTCOMES[word]
        if world.open_rate > 0:
            return engage(mailing.id, address, world.open_rate, world.click_rate)
        return ORDINARY

    def all_ordinary(self, people: list[list[Any]], world: Settings) -> bool:
        """Whether all of them have the ordinary outcome: the usual case, checked at once."""
        if world.open_rate > 0 or self._suppressions.any:
            return False
        return all_ordinary(person[2] for person in people)

    def fields_of(self, mailing: Mailing, event: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of a step's event; a click also has the URL of a link in the mail."""
        return {**fields, "url": self._link_of(mailing.number)} if event == "click" else fields

    def _link_of(self, number: int) -> str:
        record = self._ledger.by_number(number)
        found = LINK.search(self._ledger.body_of(record) or b"") if record else None
        return found[1].decode() if found else "https://newsletter.example/"
