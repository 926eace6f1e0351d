"""People who confirmed a list whose welcome is an issue, until they are recipients of the campaign that sends it."""

from collections.abc import Iterable

from django.db.models import QuerySet

from subscribers.models import MailingList, Subscription

State = Subscription.State


def note(subscription: Subscription) -> None:
    """Note that the person is to get the welcome, in the transaction in which they confirm."""
    Subscription.objects.filter(pk=subscription.pk).update(welcome_due=True)


def _waiting() -> QuerySet[Subscription]:
    """Somebody who left before they became a recipient does not wait."""
    return Subscription.objects.filter(welcome_due=True, state=State.CONFIRMED)


def count(mailing_list: MailingList) -> int:
    """How many people wait to become recipients."""
    return _waiting().filter(list=mailing_list).count()


def lists() -> list[MailingList]:
    """The lists with people who wait."""
    return list(MailingList.objects.filter(pk__in=_waiting().values("list_id")).order_by("pk"))


def waiting(list_id: int, most: int) -> list[int]:
    """Up to `most` people of a list who wait for its welcome."""
    rows = _waiting().filter(list_id=list_id).order_by("subscriber_id")
    return list(rows.values_list("subscriber_id", flat=True)[:most])


def lock(list_id: int, subscriber_ids: Iterable[int]) -> list[int]:
    """Lock the subscriptions of those of these people who still wait, and return them. The caller has locked the people."""
    rows = _waiting().filter(list_id=list_id, subscriber_id__in=list(subscriber_ids)).order_by("subscriber_id")
    return list(rows.select_for_update().values_list("subscriber_id", flat=True))


def end(list_id: int, subscriber_ids: Iterable[int]) -> None:
    """These people do not wait any more."""
    Subscription.objects.filter(list_id=list_id, subscriber_id__in=list(subscriber_ids), welcome_due=True).update(
        welcome_due=False
    )


def end_all(list_id: int) -> None:
    """Nobody of a list waits any more, because its welcome is not an issue now."""
    Subscription.objects.filter(list_id=list_id, welcome_due=True).update(welcome_due=False)
