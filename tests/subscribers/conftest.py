"""The cast of these tests: an actor, a list, a clock that can be moved."""

from datetime import UTC, datetime, timedelta

import pytest

from publication import audit, clock
from subscribers import mailing_lists
from subscribers.consent import subscriptions


@pytest.fixture
def actor(db):
    return audit.command_line()


@pytest.fixture
def news(actor):
    return mailing_lists.create_list(actor, "news", "News")


@pytest.fixture
def events(actor):
    return mailing_lists.create_list(actor, "events", "Events")


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def time():
    moved = Clock()
    clock.move(moved)
    yield moved
    clock.move(None)


@pytest.fixture
def join(actor, news):
    """Somebody confirmed on a list."""

    def join(address: str, mailing_list=news, **more):
        return subscriptions.add_confirmed(
            actor, mailing_list, address, consent="signed up at the fair", **more
        ).subscription.subscriber

    return join
