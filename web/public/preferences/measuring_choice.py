"""The box of the preferences by which people agree to be measured, and by which they withdraw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import get_language

from publication import clock
from publication.models import Publication
from subscribers.consent import measuring_consent
from web.public import measuring_wording
from web.public.preferences.person_link import PersonLink

BOX, SHOWN = "measuring", "measuring_shown"
ON, OFF = "on", "off"  # whether the page showed the box ticked


@dataclass(frozen=True)
class MeasuringChoice:
    """What the page shows: the sentence, its short value, since when the person agrees, and whether there is a box to tick.

    People agree by the private link only, because the link of a mail may have been forwarded. They withdraw by both.
    """

    sentence: str
    mark: str
    since: date | None
    has_box: bool
    is_ticked: bool


@dataclass(frozen=True)
class MeasuringAnswer:
    """What a form asks for: the sentence that was ticked, or the end of an agreement. `is_stale`: it showed another sentence."""

    agrees: str = ""
    withdraws: bool = False
    is_stale: bool = False


def choice(link: PersonLink, about: Publication, zone: str, typed: Mapping[str, str]) -> MeasuringChoice | None:
    """What to show, as stored or as typed; None if people are not asked and this one has not agreed."""
    agreed_at = link.person.measured_since
    if agreed_at is None and not measuring_consent.is_offered(about):
        return None
    sentence = _sentence(about)
    is_ticked = bool(typed.get(BOX)) if typed else agreed_at is not None
    since = clock.in_zone(agreed_at, zone).date() if agreed_at else None
    return MeasuringChoice(sentence, measuring_wording.mark(sentence), since, since is not None or link.is_private, is_ticked)


def read(link: PersonLink, about: Publication, typed: Mapping[str, str]) -> MeasuringAnswer:
    """What a form asks for. A box that stays as it was shown asks for nothing, whatever happened meanwhile."""
    shown, ticked = typed.get(SHOWN, ""), typed.get(BOX, "")
    if shown == ON:
        return MeasuringAnswer(withdraws=not ticked)
    if shown != OFF or not ticked or not link.is_private:
        return MeasuringAnswer()
    sentence = _sentence(about)
    if not measuring_consent.is_offered(about) or ticked != measuring_wording.mark(sentence):
        return MeasuringAnswer(is_stale=True)
    return MeasuringAnswer(agrees=sentence)


def _sentence(about: Publication) -> str:
    return measuring_wording.wording(about, get_language() or settings.LANGUAGE_CODE)
