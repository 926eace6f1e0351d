"""A person's own data: what is stored about them, to read and to take along."""

from __future__ import annotations

from typing import Any

from subscribers.models import Subscriber, Subscription


def export(subscriber: Subscriber) -> dict[str, Any]:
    """Everything about the person, in an order for readers; times are UTC."""
    standings = Subscription.objects.filter(subscriber=subscriber).select_related("list").order_by("list__slug")
    return {
        "address": subscriber.address, "name": subscriber.name, "language": subscriber.language, "country": subscriber.country,
        "zone": subscriber.zone, "attributes": subscriber.attributes, "created_at": subscriber.created_at,
        "paused_until": subscriber.paused_until,
        "subscriptions": [
            {
                "list": each.list.name, "state": each.state, "consent": each.consent, "joined_at": each.joined_at,
                "confirmed_at": each.confirmed_at, "unsubscribed_at": each.unsubscribed_at,
            }
            for each in standings
        ],
    }  # fmt: skip
