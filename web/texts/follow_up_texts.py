"""Texts about follow-ups of a campaign: what each kind is, and whom it goes to."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.follow_ups.followed_people import CORRECTION, NOT_REACHED, NOT_READ
from campaigns.models import Campaign


class FollowUpText(NamedTuple):
    """`people`: whom it goes to, with the name of the followed campaign. `rule`: the same, as a rule."""

    title: str | Promise
    people: str | Promise
    rule: str | Promise


TEXTS: Mapping[str, FollowUpText] = {
    NOT_REACHED: FollowUpText(
        _("To those whom it did not reach"), _("whom “%(name)s” did not reach"),
        _(
            "People whose mail bounced, failed or was skipped, and who can get mail now: their pause is over, their address has "
            "changed, or their address or domain is no longer suppressed. It goes neither to people who left or whose domain "
            "was left out, nor to people of whom nobody knows whether they got it."
        ),
    ),
    NOT_READ: FollowUpText(
        _("To those who did not click a link"), _("who clicked no link in “%(name)s”"),
        _(
            "People who agreed to be measured before it was sent, who got it, and who followed no link. Nothing is known of "
            "other people, so they do not get it. It needs another subject."
        ),
    ),
    CORRECTION: FollowUpText(
        _("A correction"), _("who got “%(name)s”, or may have got it"),
        _(
            "Everybody who got it, and also the people of whom nobody knows whether they got it. If archives show the first "
            "issue, they show above it where the correction is."
        ),
    ),
}  # fmt: skip


def people_of(follow_up: Campaign) -> str:
    """`whom “No. 12” did not reach`; empty for a campaign that is no follow-up."""
    if follow_up.followed is None:
        return ""
    return gettext(str(TEXTS[follow_up.follow_up].people)) % {"name": follow_up.followed.name}


def title(kind: str) -> str:
    """The name of a kind of follow-up."""
    return str(TEXTS[kind].title)
