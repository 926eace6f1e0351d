"""Why people on the lists of an audience do not get a campaign, by the codes of `campaigns.audience.shortfall`."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext

from campaigns.audience.audiences import Exclusions
from campaigns.audience.shortfall_texts import REASONS, name_in
from web.texts import state_labels


class MissingLine(NamedTuple):
    """The people who do not get it for one reason."""

    code: str
    text: str
    people: int


def lines(missing: Mapping[str, int], excluded: Exclusions) -> list[MissingLine]:
    """One for each reason, the most frequent first."""
    return [MissingLine(code, reason(code, excluded), people) for code, people in missing.items()]


def reason(code: str, excluded: Exclusions) -> str:
    kind, name = code.partition(":")[0], name_in(code, excluded)
    if kind == "suppressed" and not name:
        return state_labels.word(kind)
    return gettext(REASONS[kind]) % {"name": state_labels.word(name) if kind == "suppressed" else name}
