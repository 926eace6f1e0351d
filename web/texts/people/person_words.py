"""Labels on the page of a person's data: acts of consent, events, notices, changes. Domain code has the codes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.reporting.person_export_sql import NOT_EXPORTED
from transport.provider_events import EventKind, of_every_kind

# subscribers.consent.ledger.Act
ACTS: Mapping[str, str | Promise] = {
    "requested": _("asked to subscribe"), "confirmed": _("confirmed the subscription"), "added": _("added by staff"),
    "left": _("left the list"), "gave_reason": _("gave a reason for leaving"), "returned": _("undid an unsubscribe"),
    "paused": _("paused all mail"),
    "resumed": _("ended the pause"),
    "agreed_measuring": _("agreed that clicks are kept with your name"),
    "withdrew_measuring": _("withdrew the agreement that clicks are kept with your name"),
    "measuring_ended": _("clicks are no longer kept with your name"),
    "asked_address_change": _("asked for another address"),
    "changed_address": _("changed the address"), "exported": _("got their data"), "erased": _("had their data erased"),
    "merged": _("two records were merged"), "import_undone": _("taken off the list, because its import was undone"),
}  # fmt: skip
# Where a person did something, in a copy of their own data: by the proof of a line of the ledger, else by its source. A list has
# only the source. Older lines have "page" for all pages. `history_sentences` says it to staff.
BY_PROOF: Mapping[str, str | Promise] = {
    "private_link": _("on your private page"), "both_addresses": _("with the links in the mails to both addresses"),
    "confirmation_link": _("with the link in the confirmation mail"),
}  # fmt: skip
_PREFERENCES = _("on the page of your preferences")
BY_SOURCE: Mapping[str, str | Promise] = {
    "one-click": _("with one click in the mail program"), "page": _("on the unsubscribe page"),
    "unsubscribe page": _("on the unsubscribe page"), "preferences": _PREFERENCES, "private page": BY_PROOF["private_link"],
    "address page": BY_PROOF["both_addresses"], "form": _("with the sign-up form"),
    "api": _("with the sign-up form on another website"), "provider": _("through the provider's link"), "staff": _("staff"),
    "cli": _("staff"), "erased": _("erased"), "merged": _("merged into another record"),
}  # fmt: skip
_OF_PREFERENCES = frozenset({"paused", "resumed", "agreed_measuring", "withdrew_measuring"})


def place_of(act: str, source: str, proof: str) -> str:
    """Where or how a person did what a line of the ledger records; a source without a label as it is."""
    if act in _OF_PREFERENCES and proof == "mail_link":
        return str(_PREFERENCES)
    return str(BY_PROOF.get(proof) or source_word(source))


def source_word(source: str) -> str:
    """Where a subscription came from, or how it ended."""
    number = source.removeprefix("import:")
    return gettext("import %(number)s") % {"number": number} if number != source else str(BY_SOURCE.get(source, source))


EVENTS: Mapping[EventKind, str | Promise] = of_every_kind({
    EventKind.DELIVERED: _("delivered"), EventKind.DEFERRED: _("deferred"), EventKind.BOUNCED_HARD: _("could not be delivered"),
    EventKind.BOUNCED_SOFT: _("could not be delivered for now"), EventKind.DROPPED: _("dropped by the provider"),
    EventKind.OPENED: _("opened"), EventKind.CLICKED: _("clicked"), EventKind.COMPLAINED: _("reported as spam"),
    EventKind.UNSUBSCRIBED: _("unsubscribed"), EventKind.GROUP_UNSUBSCRIBED: _("unsubscribed"),
    **dict.fromkeys(NOT_EXPORTED, ""),
})  # fmt: skip
NOTICES: Mapping[str, str | Promise] = {
    "confirm": _("request to confirm a subscription"), "already_subscribed": _("news that the address is subscribed already"),
    "welcome": _("welcome"), "person": _("private link"),
    "old_address": _("change of address, to the old address"), "new_address": _("change of address, to the new address"),
}  # fmt: skip
# What the audit records about a person or a subscription; subscribers.records.history shows it.
CHANGES: Mapping[str, str | Promise] = {
    "undo_import": _("the import was undone"), "stop_people_import": _("the import was stopped"),
    "import_details": _("details changed by an import"),
    "edit_subscriber": _("details changed"), "subscribe": _("subscription requested"), "confirm": _("subscription confirmed"),
    "add_confirmed": _("added to a list"), "undo_unsubscribe": _("unsubscribe undone"), "erase": _("erased"),
    "merge": _("two records merged"), "change_address": _("address changed"), "export_person": _("data handed over"),
    "join": _("joined a list"), "ask_private_link": _("private link requested"),
    "ask_address_change": _("change of address requested"), "confirm_address_change": _("change of address confirmed"),
    "withdraw_address_change": _("change of address withdrawn"), "pause_subscriber": _("all mail paused"),
    "resume_subscriber": _("pause ended"), "measuring_agree": _("agreed that clicks are kept with the name"),
    "measuring_withdraw": _("agreement about clicks withdrawn"),
}  # fmt: skip
FIELDS: Mapping[str, str | Promise] = {
    "name": _("Name"), "language": _("Language"), "country": _("Country"), "zone": _("Time zone"),
}  # fmt: skip
