"""What the console says for the codes of `campaigns.reporting.why`, with the parameters of the findings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.reporting import why_texts
from web.texts import state_labels, stored_texts, zoned_times

_NONE = _("none was given")
_SEPARATOR = ", "


def sentence(table: Mapping[str, str], finding: Any, zone: str) -> str:
    """The sentence of one `Finding`; times are in `zone`, which is named."""
    return gettext(table[finding.code]) % {name: _shown(name, value, zone) for name, value in finding.params.items()}


def _shown(name: str, value: Any, zone: str) -> str:
    if isinstance(value, datetime):
        return zoned_times.with_zone(value, zone)
    if isinstance(value, list):
        return gettext(_SEPARATOR).join(map(str, value))
    if name == "how":
        return _label(why_texts.DOORS, value)
    if name == "origin":
        return _label(why_texts.ORIGINS, value)
    if name == "state":
        return state_labels.recipient_word(value)
    if name in ("reason", "detail"):
        known = state_labels.word(value)
        text = known if known != value else stored_texts.stored(value)
        return text.rstrip(".。") or str(_NONE)
    return str(value + 1) if name == "variant" else str(value)  # people count from 1


def _label(table: Mapping[str, str], code: str) -> str:
    return gettext(table[code]) if code in table else code
