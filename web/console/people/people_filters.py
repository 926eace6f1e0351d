"""The filter for people in the URL of a page: read, written, and in words. `q` and `v` are numbers of typed texts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers import attributes
from subscribers.errors import InputError
from subscribers.models import MailingList, Segment, Suppression
from subscribers.people import search
from subscribers.people.people_filter import STATES, PeopleFilter
from web.console.people import typed_searches
from web.texts.people import input_faults
from web.texts.people.shown_people import SEE_ADDRESSES
from web.typed_days import typed_day
from web.whole_numbers import whole_number

NAMES = ("q", "part", "list", "state", "segment", "language", "cause", "since", "until", "attribute", "v")
NOBODY = -1
CHOSEN = "="  # between an attribute and one of its known values, in the options of the form


class ReadFilter(NamedTuple):
    """The filter of a URL, what is wrong with the URL, and the text that was typed.

    A role that sees no addresses finds the one person whose complete address it types: it could find out an address letter by
    letter if parts were answered.
    """

    asked: PeopleFilter
    problems: list[str]
    text: str = ""


def read(request: HttpRequest, given: QueryDict) -> ReadFilter:
    """The filter that a URL or a form names. A condition that cannot be read is a problem, never left out silently."""
    problems = []
    text: str | None = ""
    if number := given.get("q", ""):
        text = typed_searches.text_of(request, number)
        if text is None:
            problems.append(_("This search is not known any more. Type it again."))
    typed, ids = text or "", tuple[int, ...]()
    if typed and not request.user.has_perm(SEE_ADDRESSES):
        text, ids = "", _holder(typed, problems)
    list_id = _known(given.get("list", ""), MailingList, _("This list does not exist any more."), problems)
    segment_id = _known(given.get("segment", ""), Segment, _("This segment does not exist any more."), problems)
    state, cause = given.get("state", ""), given.get("cause", "")
    if state and state not in STATES:
        problems.append(_("Choose one of the states."))
    if cause and cause not in {*CAUSES, *Suppression.Reason}:
        problems.append(_("Choose one of the causes."))
    since, until = (typed_day(given.get(name, ""), problems) for name in ("since", "until"))
    if since and until and since > until:
        problems.append(_("The first day is after the last day."))
    attribute = given.get("attribute", "")
    value = typed_searches.text_of(request, given.get("v", "")) if attribute else ""
    if attribute and not given.get("v"):
        problems.append(_("Type the value of the attribute, too."))
    elif value is None:
        problems.append(_("This search is not known any more. Type it again."))
    elif attribute and not request.user.has_perm(SEE_ADDRESSES):
        problems.append(_("Your role does not see names, addresses and details of people."))
    elif attribute:
        _check_value(attribute, value, problems)
    asked = PeopleFilter(
        text=text or "", inside=given.get("part") == "1", list_id=list_id, state=state, segment_id=segment_id,
        language=given.get("language", "")[:40], cause=cause, since=since, until=until,
        attribute=attribute, value=value or "", ids=ids,
    )  # fmt: skip
    return ReadFilter(asked, problems, typed)


def _holder(typed: str, problems: list[str]) -> tuple[int, ...]:
    """The person with this address; without one a number that nobody has."""
    if "@" not in typed:
        problems.append(_("Your role does not see names and addresses. Type a complete address."))
    person = search.by_address(typed)
    return (person.pk if person else NOBODY,)


def _check_value(attribute: str, value: str, problems: list[str]) -> None:
    declared = attributes.declarations().get(attribute)
    if declared is None:
        problems.append(str(input_faults.FAULTS["attribute"]))
        return
    try:
        declared.read(value.strip())
    except InputError as fault:
        problems.append(input_faults.text(fault))


def keep(request: HttpRequest, given: QueryDict) -> dict[str, str | None]:
    """Keep the texts that were typed into the form; the parts of the address that stand for them.

    A value may say something about a person, so it is in no address, just like the text.
    """
    attribute, chosen, value = given.get("attribute", "").partition(CHOSEN)
    value = value if chosen else given.get("value", "")
    number = typed_searches.keep(request, value) if attribute else None
    return {
        "q": str(typed_searches.keep(request, given.get("text", "")) or ""), "part": None,
        "attribute": attribute or None, "v": str(number) if number else None,
    }  # fmt: skip


def _known(given: str, model: type[MailingList] | type[Segment], problem: str, problems: list[str]) -> int | None:
    if not given:
        return None
    number = whole_number(given)
    if number is None or not model.objects.filter(pk=number).exists():
        problems.append(problem)
    return number


def query_string(given: Mapping[str, str], names: Sequence[str] = NAMES, **changed: str | None) -> str:
    """The conditions of a URL as its query, with these changed; None removes one."""
    values = {name: given.get(name, "") for name in names} | changed
    return urlencode({name: value for name, value in values.items() if value})
