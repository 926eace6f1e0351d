"""Mails people the link to their own data, and limits how often, so that nobody can flood a stranger with such mails."""

from datetime import timedelta

from publication import clock
from publication.models import Actor
from subscribers import request_counts
from subscribers.consent import confirmations, private_links_sql

PURPOSE = "person"


def ask(actor: Actor, key: bytes, *, language: str = "") -> None:
    """Plan the mail with the private link for the person with this address key, if there is one and the limits allow it.

    It is in the person's language; if that is not known, in `language`.

    The same statements in every case, and no result: a stranger who types an address into a public form must not learn whether
    somebody has it. Nothing is stored about unknown addresses. The worker checks suppressions before it sends.
    """
    now, limits = clock.now(), confirmations.Limits.current()
    private_links_sql.plan(
        key, actor.pk, PURPOSE, now, paused_since=now - limits.pause, day_since=now - timedelta(days=1), most=limits.per_day,
        long_since=now - request_counts.UNANSWERED_FOR, most_unproved=limits.unanswered, language=language,
    )  # fmt: skip
