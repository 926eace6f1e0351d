"""Labels on the page of a person's data: acts of consent, events, notices, changes. Domain code has the codes."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# subscribers.consent.ledger.Act
ACTS: Mapping[str, str | Promise] = {
    "requested": _("asked to subscribe"), "confirmed": _("confirmed the subscription"), "added": _("added by staff"),
    "left": _("left the list"), "returned": _("undid an unsubscribe"), "paused": _("paused all mail"),
    "resumed": _("ended the pause"), "asked_address_change": _("asked for another address"),
    "changed_address": _("changed the address"), "exported": _("got their data"), "erased": _("had their data erased"),
    "merged": _("two records were merged"),
}  # fmt: skip
# transport.provider_events.EventKind
EVENTS: Mapping[str, str | Promise] = {
    "delivered": _("delivered"), "deferred": _("deferred"), "bounced_hard": _("could not be delivered"),
    "bounced_soft": _("could not be delivered for now"),
    "dropped": _("dropped by the provider"), "opened": _("opened"), "clicked": _("clicked"), "complained": _("reported as spam"),
    "unsubscribed": _("unsubscribed"), "group_unsubscribed": _("unsubscribed"),
}  # fmt: skip
NOTICES: Mapping[str, str | Promise] = {
    "confirm": _("request to confirm a subscription"), "welcome": _("welcome"), "person": _("private link"),
    "old_address": _("change of address, to the old address"), "new_address": _("change of address, to the new address"),
}  # fmt: skip
CHANGES: Mapping[str, str | Promise] = {
    "edit_subscriber": _("details changed"), "subscribe": _("subscription requested"), "confirm": _("subscription confirmed"),
    "add_confirmed": _("added to a list"), "undo_unsubscribe": _("unsubscribe undone"), "erase": _("erased"),
    "merge": _("two records merged"), "change_address": _("address changed"), "export_person": _("data handed over"),
}  # fmt: skip
