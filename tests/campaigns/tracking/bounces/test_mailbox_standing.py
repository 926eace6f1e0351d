"""How often a mailbox bounced in a row, from the times of its events."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.tracking.bounces.mailbox_standing import Bounce, standing


def moment(day: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def full(campaign: int | None, day: float) -> Bounce:
    return Bounce(campaign, moment(day), "mailbox_full", True)


def refused(campaign: int, day: float) -> Bounce:
    return Bounce(campaign, moment(day), "reputation", False)


@pytest.mark.parametrize(
    ("bounces", "delivered", "lifted", "count"),
    [
        ([full(1, 1), full(1, 2), full(2, 8)], {}, None, 2),  # a campaign counts once
        ([full(1, 1), full(2, 8), full(3, 15)], {4: moment(16)}, None, 0),  # a later delivery clears all
        ([full(1, 1), full(2, 8), full(3, 15)], {4: moment(9)}, None, 1),  # ... or only the bounces before it
        ([full(1, 1), full(2, 8)], {3: moment(8)}, None, 1),  # in the same second the bounce counts
        ([full(1, 1), full(2, 8)], {2: moment(7)}, None, 2),  # accepted and returned afterwards: not a delivery
        ([full(1, 1), full(2, 8)], {2: moment(9)}, None, 0),  # returned at first, then delivered
        ([full(1, 1), full(2, 8), refused(3, 16)], {3: moment(15)}, None, 2),  # returned for another cause
        ([full(1, 1), full(2, 60), full(3, 95)], {}, None, 2),  # 90 days before the latest
        ([full(None, 1), full(None, 1.2), full(None, 3)], {}, None, 2),  # without a known campaign: once a day
        ([full(1, 1), full(2, 8), full(3, 15)], {}, moment(8), 1),  # somebody lifted it
        ([refused(1, 1)], {}, None, 0),
    ],
)
def test_mailbox_bounces_count_by_campaign_since_the_last_delivery(bounces, delivered, lifted, count):
    for order in (bounces, bounces[::-1]):
        assert standing(order, delivered, lifted, timedelta(days=90)).count == count
