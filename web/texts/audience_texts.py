"""An audience in one line; and why people on its lists do not get a campaign, by the codes of `campaigns.audience.shortfall`."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext

from campaigns.audience.audiences import Exclusions
from campaigns.audience.shortfall_texts import REASONS, name_in
from campaigns.models import Campaign
from subscribers.models import MailingList, Segment
from web.texts import follow_up_texts, state_labels
from web.texts.people import list_texts


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


def in_short(campaign: Campaign) -> str:
    """`CAST Newsletter · segment Physics · without “No. 12” and 1 more`: to whom a campaign goes, in one line."""
    return " · ".join(_parts(campaign))


def _parts(campaign: Campaign) -> Iterator[str]:
    yield gettext(", ").join(map(_name, campaign.lists.all()))
    if campaign.followed_id is not None:
        yield follow_up_texts.people_of(campaign)
    if campaign.segment is not None:
        yield gettext("segment %(name)s") % {"name": campaign.segment}
    left_out: list[MailingList | Segment | Campaign] = [
        *campaign.excluded_lists.all(), *campaign.excluded_segments.all(), *campaign.excluded_campaigns.all(),
    ]  # fmt: skip
    if len(left_out) == 1:
        yield gettext("without “%(name)s”") % {"name": _name(left_out[0])}
    elif left_out:
        yield gettext("without “%(name)s” and %(others)s more") % {"name": _name(left_out[0]), "others": len(left_out) - 1}


def _name(record: MailingList | Segment | Campaign) -> str:
    if isinstance(record, MailingList):
        return list_texts.list_name(record)
    return record.name if isinstance(record, Campaign) else str(record)
