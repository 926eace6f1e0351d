"""Segments as sentences: `people who live in China and joined a list in the last 30 days`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.tracking.bounces import bounce_texts
from subscribers import attributes
from subscribers.attributes import Declared
from subscribers.models import MailingList, Segment
from subscribers.segments import builder_fields, builder_model
from subscribers.segments.builder_model import COMPARISONS, ConditionRow, Needs, Part, RowGroup, TextRow, ValueKind
from subscribers.segments.grammar import STORED, Node, SegmentError, parse
from web.texts.issues.editor_texts import FIELD_LABELS
from web.texts.language_names import language_name
from web.texts.people import list_texts
from web.texts.people.place_names import country_name
from web.texts.state_labels import word
from web.whole_numbers import whole_number

Text = str | Promise
LABELS: Mapping[str, Text] = {
    **FIELD_LABELS,
    "joined": _("Day of joining the list"), "left": _("Day of leaving the list"), "list_state": _("State of the subscription"),
    "origin": _("Way to the list"), "created": _("Added to Mailroom"), "clicked": _("Campaign in which they clicked"),
    "engaged": _("Last click"),
    "got": _("Campaign that they got"), "was_to_get": _("Campaign that they were to get"),
    "last_delivery": _("Last delivered mail"), "bounce_cause": _("Why mail came back"), "segment": _("Segment"),
}  # fmt: skip
HINTS: Mapping[str, Text] = {
    # Two days that are easily confused: an import brings the one, and is the other.
    "joined": _("For people who were imported: the day in their file, if it has one."),
    "created": _("The day on which Mailroom got their address."),
    "clicked": _("Only people who got it and agreed to be measured are selected, whichever comparison you choose."),
    "engaged": _("Only people who agreed to be measured are selected, whichever comparison you choose."),
}
# Fields about which nothing is known of people who were not measured: neither a condition nor its opposite selects them.
_MEASURED = frozenset({"clicked", "engaged"})
# In the middle of a sentence.
_NOUNS: Mapping[str, Text] = {
    "email": _("email address"), "name": _("name"), "domain": _("domain"), "language": _("language"), "country": _("country"),
    "joined": _("day of joining"), "left": _("day of leaving"), "created": _("day of being added"),
    "engaged": _("last click"), "last_delivery": _("last delivered mail"),
}  # fmt: skip
# (field or kind, comparison) -> phrase. Phrases of a field come before those of its kind.
_PHRASES: Mapping[tuple[str, str], Text] = {
    ("country", "is"): _("who live in %(value)s"), ("country", "is_not"): _("who do not live in %(value)s"),
    ("segment", "is"): _("who are in the segment %(value)s"), ("segment", "is_not"): _("who are not in the segment %(value)s"),
    ("list", "is"): _("who are on the list %(value)s"), ("list", "is_not"): _("who are not on the list %(value)s"),
    ("list_state", "is"): _("whose subscription to a list is %(value)s"),
    ("list_state", "is_not"): _("whose subscription to a list is not %(value)s"),
    ("origin", "is"): _("who came to a list by %(value)s"), ("origin", "is_not"): _("who did not come to a list by %(value)s"),
    ("joined", ""): _("who joined a list %(when)s"), ("joined", "not_on"): _("who did not join a list %(when)s"),
    ("left", ""): _("who left a list %(when)s"), ("left", "not_on"): _("who did not leave a list %(when)s"),
    ("created", ""): _("who were added %(when)s"), ("created", "not_on"): _("who were not added %(when)s"),
    ("clicked", "is"): _("who clicked in %(value)s"), ("clicked", "is_not"): _("who are known not to have clicked in %(value)s"),
    ("engaged", ""): _("who last clicked %(when)s"),
    ("engaged", "not_on"): _("who are known not to have last clicked %(when)s"),
    ("engaged", "unknown"): _("who are known never to have clicked"), ("engaged", "known"): _("who clicked at least once"),
    ("last_delivery", ""): _("whose last mail was delivered %(when)s"),
    ("last_delivery", "not_on"): _("whose last mail was not delivered %(when)s"),
    ("last_delivery", "unknown"): _("to whom no mail was delivered"), ("last_delivery", "known"): _("to whom mail was delivered"),
    ("got", "is"): _("who got %(value)s"), ("got", "is_not"): _("who did not get %(value)s"),
    ("was_to_get", "is"): _("who were to get %(value)s"), ("was_to_get", "is_not"): _("who were not to get %(value)s"),
    ("bounce_cause", "is"): _("whose mail came back because: %(value)s"),
    ("bounce_cause", "is_not"): _("whose mail did not come back because: %(value)s"),
    ("bounce_cause", "unknown"): _("whose mail did not come back"), ("bounce_cause", "known"): _("whose mail came back"),
    (ValueKind.WORDS, "is"): _("whose %(field)s include %(value)s"),
    (ValueKind.WORDS, "is_not"): _("whose %(field)s do not include %(value)s"),
    (ValueKind.DAY, ""): _("whose %(field)s is %(when)s"), (ValueKind.DAY, "not_on"): _("whose %(field)s is not %(when)s"),
    ("", "is"): _("whose %(field)s is %(value)s"), ("", "is_not"): _("whose %(field)s is not %(value)s"),
    ("", "contains"): _("whose %(field)s contains %(value)s"), ("", "lacks"): _("whose %(field)s does not contain %(value)s"),
    ("", "begins"): _("whose %(field)s begins with %(value)s"),
    ("", "not_begins"): _("whose %(field)s does not begin with %(value)s"),
    ("", "ends"): _("whose %(field)s ends with %(value)s"), ("", "not_ends"): _("whose %(field)s does not end with %(value)s"),
    ("", "less"): _("whose %(field)s is less than %(value)s"), ("", "most"): _("whose %(field)s is at most %(value)s"),
    ("", "more"): _("whose %(field)s is more than %(value)s"), ("", "least"): _("whose %(field)s is at least %(value)s"),
    ("", "yes"): _("whose %(field)s is yes"), ("", "no"): _("whose %(field)s is no"),
    ("", "not_yes"): _("whose %(field)s is not yes"), ("", "not_no"): _("whose %(field)s is not no"),
    ("", "unknown"): _("whose %(field)s is not known"), ("", "known"): _("whose %(field)s is known"),
}  # fmt: skip
# In the same group as a condition on a list, about the subscription to that list.
_BOUND: Mapping[tuple[str, str], Text] = {
    ("list_state", "is"): _("whose subscription to it is %(value)s"),
    ("list_state", "is_not"): _("whose subscription to it is not %(value)s"),
    ("origin", "is"): _("who came to it by %(value)s"), ("origin", "is_not"): _("who did not come to it by %(value)s"),
    ("joined", ""): _("who joined it %(when)s"), ("joined", "not_on"): _("who did not join it %(when)s"),
    ("left", ""): _("who left it %(when)s"), ("left", "not_on"): _("who did not leave it %(when)s"),
}  # fmt: skip
_ON_RECORD = _("who have a subscription to the list %(value)s")  # in whatever state
_WHEN: Mapping[str, Text] = {
    "on": _("on %(day)s"), "not_on": _("on %(day)s"), "before": _("before %(day)s"), "until": _("on or before %(day)s"),
    "since": _("on or after %(day)s"), "after": _("after %(day)s"),
}  # fmt: skip
ORIGINS: Mapping[str, Text] = {
    "form": _("the sign-up form"), "api": _("a form on another website"), "import": _("an import"), "staff": _("staff"),
    "preferences": _("their own page of preferences"),
}  # fmt: skip
_OF_SUBSCRIPTION = frozenset({"joined", "left", "list_state", "origin"})
_MOST_VALUES = 6
_BLANK = "…"


def sentence(node: Node) -> str:
    """The people whom a segment selects, in the language of the page."""
    return SegmentSentences().sentence(node)


def sentence_of(text: str) -> str:
    """As `sentence`, of the text of a segment or campaign; empty if it cannot be read."""
    return SegmentSentences().sentence_of(text)


class SegmentSentences:
    """Says segments in the language of the page. One object for a page: it reads attributes, lists and segments at most once."""

    @cached_property
    def declared(self) -> Mapping[str, Declared]:
        return attributes.declarations()

    @cached_property
    def kinds(self) -> Mapping[str, ValueKind]:
        return builder_fields.kinds(self.declared)

    @cached_property
    def lists(self) -> Mapping[str, str]:
        """Short name -> name in the language of the page."""
        lists = MailingList.objects.order_by("name", "id")
        return {mailing_list.slug: list_texts.list_name(mailing_list) for mailing_list in lists}

    @cached_property
    def segments(self) -> Mapping[str, str]:
        """Short name -> name."""
        return {segment.slug: str(segment) for segment in Segment.objects.order_by("name", "slug")}

    @cached_property
    def campaigns(self) -> Mapping[int, str]:
        """Number -> name."""
        return dict(Campaign.objects.values_list("pk", "name"))

    def sentence(self, node: Node) -> str:
        return gettext("people %(conditions)s") % {"conditions": self.conditions(builder_model.shown(node, self.kinds))}

    def sentence_of(self, text: str) -> str:
        """As `sentence`; empty if the text cannot be read."""
        try:
            return self.sentence(parse(text, STORED))
        except SegmentError:
            return ""

    def conditions(self, part: Part, *, is_bound: bool = False, is_inside: bool = False) -> str:
        """The part as relative clauses: `who live in China or joined a list in the last 30 days`."""
        if not isinstance(part, RowGroup):
            return self.phrase(part, is_bound=is_bound)
        phrases = self.phrases(part, is_bound=is_bound)
        if part.join == "none":
            conditions = _run(phrases, gettext(" or "))
            if self._asks_what_is_measured(part):
                return gettext("who are known not to be among those (%(conditions)s)") % {"conditions": conditions}
            return gettext("who are not among those (%(conditions)s)") % {"conditions": conditions}
        text = _run(phrases, gettext(" and ") if part.join == "all" else gettext(" or "))
        return gettext("(%(conditions)s)") % {"conditions": text} if is_inside and len(phrases) > 1 else text

    def _asks_what_is_measured(self, group: RowGroup) -> bool:
        return any(row.field in _MEASURED and row.field not in self.declared for row in builder_model.rows_of(group))

    def phrases(self, group: RowGroup, *, is_bound: bool = False) -> list[str]:
        """The parts of a group, each as relative clauses. Conditions on one subscription refer to the list before them."""
        if group.join == "none":
            is_bound = False
        bound = group.join == "all" and (is_bound or any(map(_opens, group.parts)))
        names_state = group.join == "all" and any(_names_state(part) for part in group.parts)
        phrases = []
        for part in group.parts:
            if names_state and isinstance(part, ConditionRow) and _opens(part):
                phrases.append(str(_ON_RECORD) % {"value": self._values(part)})
            else:
                phrases.append(self.conditions(part, is_bound=bound or is_bound, is_inside=len(group.parts) > 1))
            bound = bound or (group.join == "all" and _is_of_subscription(part))
        return phrases

    def phrase(self, row: ConditionRow | TextRow, *, is_bound: bool = False) -> str:
        """One condition: `who live in China`."""
        if isinstance(row, TextRow):
            return gettext("who meet the condition %(text)s") % {"text": row.text}
        comparison = self._comparison(row.field, row.comparison)
        if comparison is None or (comparison.needs is not Needs.NOTHING and not any(row.values)):
            return _BLANK
        template = self._template(row.field, row.comparison, is_bound=is_bound)
        values = {"field": self.noun(row.field)}
        if "%(when)s" in template:
            return template % {**values, "when": _when(row.comparison, row.values[0])}
        return template % {**values, "value": self._values(row) if row.values else ""}

    def option(self, field: str, comparison: str) -> str:
        """A comparison to choose for a field: `live in …`."""
        template = self._template(field, comparison)
        number = {"within": gettext("in the last … days"), "older": gettext("more than … days ago")}
        when = number.get(comparison) or (str(_WHEN[comparison]) % {"day": _BLANK} if comparison in _WHEN else "")
        text = template % {"field": self.noun(field), "value": _BLANK, "when": when}
        return without_pronoun(text)

    def label(self, field: str) -> str:
        """The name of a field."""
        if field in self.declared:
            return self.declared[field].label_in(list_texts.reader_language())
        return str(LABELS.get(field, field))

    def noun(self, field: str) -> str:
        """The name of a field in a sentence."""
        return self.label(field) if field in self.declared else str(_NOUNS.get(field) or self.label(field))

    def value(self, field: str, value: str) -> str:
        """The name of a value; of a text that somebody wrote, the text in quotation marks."""
        named: Mapping[str, Callable[[str], str]] = {
            "list": lambda slug: _quoted(self.lists.get(slug, slug)),
            "segment": lambda slug: _quoted(self.segments.get(slug, slug)),
            "list_state": word, "origin": _origin, "language": language_name, "country": country_name,
            "got": self._campaign, "was_to_get": self._campaign, "clicked": self._campaign,
            "bounce_cause": lambda code: gettext(bounce_texts.CAUSES.get(code) or code),
        }  # fmt: skip
        if field in named and field not in self.declared:
            return named[field](value)
        if field in self.declared and value in self.declared[field].values:
            return _quoted(self.declared[field].value_in(list_texts.reader_language(), value))
        return value if self.kinds.get(field) is ValueKind.NUMBER else _quoted(value)

    def _values(self, row: ConditionRow) -> str:
        comparison = self._comparison(row.field, row.comparison)
        if comparison and comparison.needs is Needs.LINE:
            return _quoted(row.values[0])
        names = [self.value(row.field, value) for value in row.values]
        if len(names) > _MOST_VALUES:
            rest = len(names) - _MOST_VALUES + 1
            names = [*names[: _MOST_VALUES - 1], gettext("%(count)s others") % {"count": rest}]
        *first, last = names
        return gettext("%(first)s or %(last)s") % {"first": gettext(", ").join(first), "last": last} if first else last

    def _campaign(self, number: str) -> str:
        name = self.campaigns.get(whole_number(number) or 0)
        return gettext("campaign %(number)s “%(name)s”") % {"number": number, "name": name} if name else number

    def _comparison(self, field: str, comparison: str) -> builder_model.RowComparison | None:
        kind = self.kinds.get(field)
        return COMPARISONS[kind].get(comparison) if kind else None

    def _template(self, field: str, comparison: str, *, is_bound: bool = False) -> str:
        kind = self.kinds[field]
        about = "attribute" if field in self.declared else field
        code = "" if (about, comparison) not in _PHRASES and _needs_day(kind, comparison) else comparison
        if is_bound and (about, code) in _BOUND:
            return str(_BOUND[about, code])
        options = [(about, code), (kind, comparison), *([(kind, code)] if code == "" else []), ("", comparison)]
        return str(next(_PHRASES[key] for key in options if key in _PHRASES))


def _needs_day(kind: ValueKind, comparison: str) -> bool:
    return kind is ValueKind.DAY and COMPARISONS[kind][comparison].needs in (Needs.DAY, Needs.DAYS)


def without_pronoun(phrase: str) -> str:
    """An English phrase without the `who` or `whose` before it; others as they are."""
    return phrase.removeprefix("who ").removeprefix("whose ").removeprefix("to whom ")


def _run(phrases: Sequence[str], separator: str) -> str:
    """The phrases joined. In English, `who` is written once for several phrases that begin with it."""
    shared = [
        phrase.removeprefix("who ") if at and phrases[at - 1].startswith("who ") else phrase for at, phrase in enumerate(phrases)
    ]
    return separator.join(shared)


def _when(comparison: str, value: str) -> str:
    if comparison == "within":
        days = whole_number(value) or 0
        return gettext("in the last day") if days == 1 else gettext("in the last %(days)s days") % {"days": days}
    if comparison == "older":
        days = whole_number(value) or 0
        return gettext("more than one day ago") if days == 1 else gettext("more than %(days)s days ago") % {"days": days}
    return str(_WHEN[comparison]) % {"day": value}


def _quoted(text: str) -> str:
    return gettext("“%(text)s”") % {"text": text}


def _origin(origin: str) -> str:
    number = origin.removeprefix("import:")
    if number != origin:
        return gettext("import %(number)s") % {"number": number}
    return str(ORIGINS.get(origin, origin))


def _opens(part: Part) -> bool:
    """Whether conditions beside the part refer to the subscription to its list."""
    if isinstance(part, RowGroup):
        return part.join == "any" and bool(part.parts) and all(map(_opens, part.parts))
    return isinstance(part, ConditionRow) and part.field == "list" and part.comparison == "is"


def _is_of_subscription(part: Part) -> bool:
    if isinstance(part, RowGroup):
        return part.join != "none" and any(map(_is_of_subscription, part.parts))
    return isinstance(part, ConditionRow) and part.field in _OF_SUBSCRIPTION


def _names_state(part: Part) -> bool:
    if isinstance(part, RowGroup):
        return part.join != "none" and any(map(_names_state, part.parts))
    return isinstance(part, ConditionRow) and part.field in {"list_state", "left"}
