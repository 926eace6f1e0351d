"""Labels of the values in a person's export (`campaigns.reporting.person_export`), in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: Mapping[str, str | Promise] = {
    "address": _("Email address"), "name": _("Name"), "language": _("Language"), "country": _("Country"),
    "zone": _("Time zone"), "attributes": _("Further details"), "created_at": _("Known since"),
    "paused_until": _("Paused until"), "subscriptions": _("Newsletters"), "list": _("Newsletter"), "state": _("State"),
    "consent": _("Consent"), "joined_at": _("Joined"), "confirmed_at": _("Confirmed"), "unsubscribed_at": _("Unsubscribed"),
}  # fmt: skip


def label(name: str) -> str:
    """A name without a label is shown in a readable form: `sent_at` as “Sent at”."""
    return str(LABELS.get(name) or name.replace("_", " ").capitalize())
