"""Template filters and tags that show states, reasons, numbers, times and languages in the reader's language (`web.texts`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import template
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from campaigns.reporting.why_texts import MEANINGS, REASONS, STEPS
from campaigns.tracking.bounces import bounce_texts
from composer.issue.issue_number import is_written_out
from composer.issue.languages import parts_of
from editorial.issue_records import number_in
from editorial.models import IssueVersion
from publication import clock
from subscribers import attributes
from subscribers.models import MailingList
from subscribers.segments.recorded_text import without_personal_values
from transport.provider_events import EventKind
from web.texts import (
    audience_texts,
    follow_up_texts,
    language_names,
    process_texts,
    shares,
    state_labels,
    stored_texts,
    why_texts,
    zoned_times,
)
from web.texts.issues.condition_texts import ConditionWords
from web.texts.people import list_texts, people_action_texts, person_words, place_names
from web.texts.segment_sentences import sentence_of
from web.texts.settings import policy_texts


def issue_name(version: IssueVersion) -> str:
    """`CAST Newsletter, no. 2023-03`: many newsletters give each issue the same title."""
    return _numbered(version.issue.title, number_in(version.sources))


def _numbered(title: str, number: str) -> str:
    if is_written_out(number):
        return f"{title} {number}"
    return _("%(title)s, no. %(number)s") % {"title": title, "number": number} if number else title


register = template.Library()
register.filter(state_labels.held)
register.filter(state_labels.recipient_word)
register.filter(state_labels.reader_word)
register.filter(state_labels.step)
register.filter(stored_texts.stored)
register.filter(stored_texts.reader_stored)
register.filter(person_words.source_word)
register.filter(language_names.language_name)
register.filter(language_names.own_name)
register.filter(place_names.country_name)
register.filter("people_action", lambda kind: str(people_action_texts.KINDS[kind]))
register.filter("each_zone", zoned_times.each_zone)
register.filter("hour_in_words", zoned_times.hour_in_words)
register.filter("in_words", zoned_times.in_words)
register.filter("days_until", zoned_times.days_until)
register.filter("zone_name", zoned_times.zone_name)
register.filter(issue_name)
register.filter("audience_in_short", audience_texts.in_short)
register.filter("followed_people", follow_up_texts.people_of)
register.filter("follow_up_title", follow_up_texts.title)
register.filter("offered_issue", lambda offered: _numbered(offered.title, offered.number))
register.filter("policy_title", policy_texts.title)
register.filter("policy_value", policy_texts.stored_value)
register.filter(list_texts.list_name)
register.filter("without_people", without_personal_values)
register.filter("segment_sentence", sentence_of)
register.filter(list_texts.list_description)
register.filter(shares.share)
register.filter(shares.exact_share)
register.filter("bounce_cause", lambda code: _(bounce_texts.CAUSES.get(code) or str(code)))
register.filter("bounce_fix", lambda code: _(bounce_texts.REMEDIES.get(code) or str(code)))
register.filter("event_word", lambda code: str(person_words.EVENTS[EventKind(code)]))
register.filter("consent_act", lambda code: str(person_words.ACTS.get(code, code)))
register.filter("notice_word", lambda code: str(person_words.NOTICES.get(code, code)))
register.filter("change_word", lambda code: str(person_words.CHANGES.get(code, code)))
register.filter("why_meaning", partial(why_texts.sentence, MEANINGS))
register.filter("why_not", partial(why_texts.sentence, REASONS))
register.filter("why_step", partial(why_texts.sentence, STEPS))


@register.filter
def offered(language: str | None) -> str:
    """The translated language nearest to `language` (BCP 47); the default language if there is none."""
    try:
        return get_supported_language_variant(language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


@register.filter
def word(term: str | None) -> str:
    """The label of a state, reason or other code in the reader's language; an unknown code as it is."""
    return state_labels.word(term or "")


@register.filter
def names(named: Iterable[Any]) -> str:
    """Join the names of lists or other objects with the separator of the reader's language; of lists, those in that language."""
    return _(", ").join(map(_name, named))


def _name(thing: Any) -> str:
    if isinstance(thing, MailingList):
        return list_texts.list_name(thing)
    return str(thing.name)


@register.filter
def joined(texts: Iterable[object]) -> str:
    """Texts, separated as the reader's language does it."""
    return _(", ").join(map(str, texts))


@register.filter
def confirmed_by_person(subscription: dict[str, Any], export: dict[str, Any]) -> bool:
    """Whether a person's export has a line that they confirmed this subscription themselves."""
    return any(line["act"] == "confirmed" and line["list"] == subscription["list"] for line in export["consent"])


@register.filter
def number(value: int | None) -> str:
    """With thousands separators; both languages use the comma."""
    return f"{value or 0:,}"


@register.filter
def counted(value: int | None) -> str:
    """A number that may not be known yet."""
    return "–" if value is None else number(value)


@register.filter
def cell(value: int | str) -> str:
    """A cell of a table: a number, or a text in the place of one."""
    return number(value) if isinstance(value, int) else value


@register.filter
def of_delivered(percent: str) -> str:
    """A share with its base: the delivered mails. “–”, where there is no base, stays alone."""
    return percent if percent == "–" else _("%(share)s of delivered") % {"share": percent}


@register.filter
def of_recipients(percent: str) -> str:
    """A share with its base: the recipients."""
    return percent if percent == "–" else _("%(share)s of recipients") % {"share": percent}


@register.filter
def whole(value: float) -> str:
    """A rate as people read it: whole, but not 0 if it is more."""
    return f"{round(value):,}" if not 0 < value < 1 else f"{value:.1f}"


@register.filter
def about(left: timedelta) -> str:
    """A time that is left, rounded up to minutes, and from two hours on to hours."""
    minutes = -(-int(left.total_seconds()) // 60)
    if minutes <= 1:
        return _("a minute")
    if minutes < 120:
        return _("%(minutes)s minutes") % {"minutes": minutes}
    return _("%(hours)s hours") % {"hours": -(-minutes // 60)}


@register.filter
def variant_number(stored: int) -> int:
    """The number of a variant as people count; stored variants, addresses and JSON count from 0."""
    return stored + 1


@register.filter
def conditions_in_words(outcomes: Iterable[str]) -> list[str]:
    """Return the conditions that select a variant as sentences."""
    condition_words = ConditionWords()
    return [condition_words.of(outcome) for outcome in outcomes]


@register.filter
def moment(value: datetime | str | None, zone: str = "UTC") -> str:
    """A time (one of a log's details is ISO text) in the publication's zone, the same in every language."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return clock.minute_in(value, zone) if value else "–"


@register.filter
def with_zone(value: datetime | None, zone: str = "UTC") -> str:
    """A time in the publication's zone, which is named."""
    return zoned_times.with_zone(value, zone) if value else "–"


@register.filter
def listed(value: Any) -> str:
    """One value, or several as the reader's language separates them."""
    return _(", ").join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@register.filter
def consent_place(line: Mapping[str, Any]) -> str:
    """Where a person did what a line of their consent history records."""
    return person_words.place_of(line["act"], line["source"], line["proof"])


@register.filter
def labelled_attributes(person: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Label and value of each attribute in the export of a person."""
    declared, known = attributes.declarations(), person["attribute_labels"]
    return [
        (list_texts.attribute_label(declared, name, known.get(name, name)), list_texts.values_in(declared, name, value))
        for name, value in person["attributes"].items()
    ]


@register.filter
def field_labels(fields: Iterable[str], person: Mapping[str, Any]) -> list[str]:
    """The labels of fields and attributes that were changed, by the export of the person."""
    declared, known = attributes.declarations(), person["attribute_labels"]
    return [
        str(person_words.FIELDS.get(name) or list_texts.attribute_label(declared, name, known.get(name, name))) for name in fields
    ]


@register.inclusion_tag("console/_sending_stopped.html", takes_context=True)
def sending_stopped(context: template.Context, *, waits: bool = True) -> dict[str, Any]:
    """Whether the installation is in quarantine, and, if something `waits` to be sent, which processes are missing."""
    publication = context["publication"]
    return {
        "quarantined_since": publication.quarantined_at,
        "sentences": process_texts.missing(publication.zone) if waits else (),
        "zone": publication.zone,
    }


@register.filter
def by_script(text: str, language: str) -> SafeString:
    """The text; characters of another script than the language's own are wrapped in a span with their language."""
    parts = (
        (format_html('<span lang="{}">{}</span>', other, part) if other else part,) for part, other in parts_of(text, language)
    )
    return format_html_join("", "{}", parts)
