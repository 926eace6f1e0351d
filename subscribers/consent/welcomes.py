"""People who confirmed a list whose welcome is an issue, until they are recipients of the campaign that sends it."""

from collections.abc import Iterable

from subscribers.models import MailingList, Subscription

State = Subscription.State


def note(subscription: Subscription) -> None:
    """Note that the person is to get the welcome, in the transaction in which they confirm."""
    Subscription.objects.filter(pk=subscription.pk).update(welcome_due=True)


def count(mailing_list: MailingList) -> int:
    """How many people wait to become recipients."""
    return Subscription.objects.filter(list=mailing_list, welcome_due=True, state=State.CONFIRMED).count()


def lists() -> list[MailingList]:
    """The lists with people who wait; somebody who left before does not wait."""
    waiting = Subscription.objects.filter(welcome_due=True, state=State.CONFIRMED).order_by("list_id")
    return list(MailingList.objects.filter(pk__in=waiting.values("list_id")).order_by("pk"))


def waiting(list_id: int, most: int) -> list[int]:
    """Some people of a list who wait."""
    rows = Subscription.objects.filter(list_id=list_id, welcome_due=True, state=State.CONFIRMED)
    return list(rows.order_by("subscriber_id").values_list("subscriber_id", flat=True)[:most])


def lock(list_id: int, subscriber_ids: Iterable[int]) -> list[int]:
    """Those of these people, whom the caller has locked, who still wait. Their subscriptions are locked, too."""
    rows = Subscription.objects.filter(list_id=list_id, subscriber_id__in=list(subscriber_ids), welcome_due=True)
    locked = rows.filter(state=State.CONFIRMED).order_by("subscriber_id").select_for_update()
    return list(locked.values_list("subscriber_id", flat=True))


def end(list_id: int, subscriber_ids: Iterable[int]) -> None:
    """These people do not wait any more."""
    Subscription.objects.filter(list_id=list_id, subscriber_id__in=list(subscriber_ids), welcome_due=True).update(
        welcome_due=False
    )


def end_all(list_id: int) -> int:
    """Nobody of a list waits any more, because its welcome is not an issue now; how many waited."""
    return Subscription.objects.filter(list_id=list_id, welcome_due=True).update(welcome_due=False)
