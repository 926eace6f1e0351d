"""Who on the lists of an audience gets the mail, and who does not and why: each person once, with the first reason that applies.

The conditions are those of `subscribers.segments.recipients`, one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, Expression, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from campaigns.audience import shortfall_sql
from campaigns.audience.audiences import AudienceConditions
from campaigns.audience.shortfall_sql import Line, Select, Step
from subscribers.models import MailingList, Subscriber, Subscription, Suppression
from subscribers.segments import compiler, recipients
from subscribers.segments.grammar import Negation

GETS, PENDING, UNSUBSCRIBED, ERASED, SUPPRESSED, OUTSIDE = "gets", "pending", "unsubscribed", "erased", "suppressed", "segment"
NOT_FOLLOWED = "not_followed"


@dataclass(frozen=True)
class Shortfall:
    """The people on `lists`, by why they do not get what is sent with these conditions.

    Codes: `gets`; `erased`, `pending`, `unsubscribed`, `suppressed:` and the reason, `domain_suppressed`, `paused`, `segment`,
    the codes of the exclusions, and `not_followed`.
    """

    lists: Sequence[MailingList]
    conditions: AudienceConditions

    def count(self, variant: Expression | None, most_domains: int) -> list[Line]:
        """How many people have each code, and those who get it by `variant`, language and domain. Raises SegmentError."""
        people = Subscriber.objects.annotate(variant=Value(0) if variant is None else variant)
        confirmed = people.filter(recipients.confirmed_on(self.lists)).values_list("pk", "variant", "language", "domain")
        steps = [_step(code, Subscriber.objects.filter(condition)) for code, condition in self._steps().items()]
        others = {
            code: _statement(Subscriber.objects.filter(*conditions).values_list("pk"))
            for code, conditions in self._without_confirmation().items()
        }
        return shortfall_sql.count(_statement(confirmed), steps, others, most_domains)

    def people(self, code: str) -> QuerySet[Subscriber]:
        """Those with this code. Raises SegmentError, or KeyError if there is no such code."""
        confirmed, steps = recipients.confirmed_on(self.lists), self._steps()
        if code == ERASED:
            return Subscriber.objects.filter(recipients.on_lists(self.lists), steps[ERASED])
        if code in (PENDING, UNSUBSCRIBED):
            return Subscriber.objects.filter(*self._without_confirmation()[code])
        if code == GETS:
            return Subscriber.objects.filter(confirmed, *(~condition for condition in steps.values()))
        step, _separator, reason = code.partition(":") if code.startswith(f"{SUPPRESSED}:") else (code, "", "")
        before = [*steps.values()][: [*steps].index(step)] if step in steps else []
        people = Subscriber.objects.filter(confirmed, *(~condition for condition in before), steps[step])
        return people.filter(Q(Exists(_suppressions().filter(reason=reason)))) if reason else people

    def _steps(self) -> dict[str, Q]:
        """Why somebody who is confirmed on a list does not get it, in the order in which it is looked at."""
        segment, excluded, among = self.conditions
        codes = [*([OUTSIDE] if segment else []), *(exclusion.code for exclusion in excluded)]
        # Those who do not meet what the campaign asks for: who was not measured meets neither a condition nor its negation.
        required = [*([segment] if segment else []), *(Negation(exclusion.condition) for exclusion in excluded)]
        unmet = [~condition for condition in compiler.conditions(required)]
        steps = recipients.obstacles() | dict(zip(codes, unmet, strict=True))
        return steps if among is None else steps | {NOT_FOLLOWED: ~among}

    def _without_confirmation(self) -> dict[str, list[Q]]:
        """The people who are on a list and confirmed on none of them."""
        unconfirmed, erased = ~recipients.confirmed_on(self.lists), recipients.obstacles()[ERASED]
        pending = recipients.on_lists(self.lists, Subscription.State.PENDING)
        left = recipients.on_lists(self.lists, Subscription.State.UNSUBSCRIBED)
        return {
            ERASED: [recipients.on_lists(self.lists), unconfirmed, erased],
            PENDING: [pending, unconfirmed, ~erased],
            UNSUBSCRIBED: [left, ~pending, unconfirmed, ~erased],
        }


def _suppressions() -> QuerySet[Suppression]:
    return Suppression.objects.filter(address_key=OuterRef("address_key"))


def _step(code: str, people: QuerySet[Subscriber]) -> Step:
    if code != SUPPRESSED:
        return code, _statement(people.values_list("pk"))
    reason = Concat(Value(f"{SUPPRESSED}:"), Subquery(_suppressions().values("reason")), output_field=CharField())
    return None, _statement(people.values_list("pk", reason))


def _statement(people: QuerySet[Subscriber, Any]) -> Select:
    return people.order_by().query.sql_with_params()
