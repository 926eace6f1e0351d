"""The sentences for the codes of `shortfall`, in English; the console translates them."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from campaigns.audience.audiences import Exclusions

REASONS: Mapping[str, str] = {
    "pending": _("not confirmed yet"),
    "unsubscribed": _("unsubscribed"),
    "erased": _("erased, or without an address"),
    "suppressed": _("suppressed: %(name)s"),
    "domain_suppressed": _("the domain is suppressed"),
    "paused": _("paused by the person"),
    "segment": _("not in the segment"),
    "not_followed": _("not among those for whom the follow-up is"),
    "excluded_list": _("left out: on the list “%(name)s”"),
    "excluded_segment": _("left out because of the segment “%(name)s”"),
    "excluded_campaign": _("left out: got “%(name)s”, or may have got it"),
}
_GONE = "?"  # deleted a moment ago


def name_in(code: str, excluded: Exclusions) -> str:
    """What a code names after its colon: the reason of a suppression, or the name of the record because of which people are left
    out; empty if it names nothing.
    """
    kind, _separator, detail = code.partition(":")
    if kind == "suppressed" or not detail:
        return detail
    names = {f"excluded_list:{chosen.pk}": chosen.name for chosen in excluded.lists}
    names |= {f"excluded_segment:{chosen.pk}": chosen.name for chosen in excluded.segments}
    names |= {f"excluded_campaign:{chosen.pk}": chosen.name for chosen in excluded.campaigns}
    return names.get(code, _GONE)
