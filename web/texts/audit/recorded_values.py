"""What a line of the audit has besides its sentence: changed fields, before and after, and further details, with labels."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.states import CAMPAIGN_MOVES
from editorial import text_differences
from editorial.text_differences import ComparisonBudget, DifferenceSegment
from publication import clock
from publication.models import Audit
from web.texts import language_names, state_labels
from web.texts.issues import issue_texts
from web.texts.people import people_action_texts, suppression_texts
from web.texts.settings import role_texts

FIELDS: Mapping[str, str | Promise] = {
    "name": _("name"),
    "description": _("description"),
    "language": _("language"),
    "languages": _("languages"),
    "texts": _("texts for readers"),
    "advertises_in_china": _("advertising in China"),
    "sign_up": _("subscribing"),
    "welcome": _("welcome mail"),
    "welcome_campaign": _("campaign of the welcome mail"),
    "archive": _("archive"),
    "text": _("text of the segment"),
    "label": _("label"),
    "labels": _("labels by language"),
    "values": _("allowed values"),
    "open": _("readers see and change it"),
    "in_table": _("in the table of subscribers"),
    "type": _("type of the attribute"),
    "roles": _("roles"),
    "superuser": _("full access"),
    "organisation": _("organisation"),
    "zone": _("time zone"),
    "postal_address": _("postal address"),
    "policies": _("policies"),
    "check_levels": _("levels of checks"),
    "theme_colours": _("colours of the designs"),
    "email": _("address"),
    "reply_to": _("reply address"),
    "proof": _("confirmed by"),
    "expires_at": _("valid until"),
    "confirmed": _("confirmed by"),
    "default": _("default sender"),
    "country": _("country"),
    "changed": _("changed fields"),
    "filled": _("details that were filled in"),
    "field": _("field"),
    "fields": _("fields"),
    "columns": _("columns"),
    "format": _("format"),
    "list": _("list"),
    "lists": _("lists"),
    "provider_lists": _("lists of the provider"),
    "list_id": _("number of the list"),
    "segment": _("segment"),
    "followed": _("number of the campaign that it follows"),
    "follow_up": _("kind of follow-up"),
    "excluded_lists": _("lists that are left out"),
    "excluded_segments": _("segments that are left out"),
    "excluded_campaigns": _("campaigns whose people are left out"),
    "addresses": _("number of addresses"),
    "reader": _("as subscriber number"),
    "sender": _("sender"),
    "issue": _("issue"),
    "number": _("version"),
    "version": _("number of the version"),
    "variant": _("variant"),
    "variants": _("variants"),
    "digest": _("digest"),
    "edit": _("number of the edit"),
    "part": _("part"),
    "parts": _("parts"),
    "new": _("new part"),
    "into": _("joined with"),
    "revision": _("revision"),
    "file": _("file"),
    "files": _("number of files"),
    "picture": _("picture"),
    "of": _("cropped from"),
    "original": _("original file"),
    "rectangle": _("cropped to"),
    "bytes": _("size in bytes"),
    "kind": _("kind"),
    "slug": _("short name"),
    "count": _("how many"),
    "rows": _("rows"),
    "people": _("number of people"),
    "created": _("number of new people"),
    "updated": _("number of changed people"),
    "kept_out": _("kept out"),
    "refused": _("refused rows"),
    "ended": _("subscriptions that ended"),
    "deleted": _("number of deleted people"),
    "joined": _("lists that were joined"),
    "left": _("lists that were left"),
    "follows": _("corrects the import"),
    "run": _("number of the import"),
    "import": _("number of the import"),
    "dry_run": _("checked only"),
    "despite_left": _("also people who had left"),
    "measuring": _("also clicks with names"),
    "consent": _("consent on record"),
    "source": _("source"),
    "reason": _("reason"),
    "how": _("how"),
    "again": _("repeated"),
    "subscribers": _("records"),
    "subscriptions": _("numbers of subscriptions"),
    "suppressions": _("numbers of suppressions"),
    "change": _("number of the change"),
    "side": _("confirmed by"),
    "until": _("until"),
    "gone": _("merged record"),
    "requests": _("requests"),
    "usual": _("usual number"),
    "domain": _("domain"),
    "domains": _("domains"),
    "factor": _("second factor"),
    "removed": _("deleted second factors"),
    "wanted": _("mails wanted"),
    "account": _("account"),
    "accounts": _("number of accounts"),
    "approvals": _("approvals"),
    "decisions": _("numbers of approvals"),
    "needed": _("approvals needed"),
    "codes": _("errors"),
    "by": _("decided by"),
    "at": _("time"),
    "day": _("day"),
    "days": _("valid for days"),
    "network": _("network"),
    "campaign": _("number of the campaign"),
    "lost_campaign_ids": _("lost campaigns"),
    "on_request": _("the person asked for it"),
    "outcome": _("result"),
    "slices": _("batches"),
    "minutes": _("minutes"),
    "missing": _("missing records"),
    "singles": _("single mails"),
    "first": _("first number"),
    "was": _("reason of the quarantine"),
    "adopted": _("database"),
    "pulls": _("reads the lists"),
    "pushes": _("writes the lists"),
    "full": _("complete"),
    "state": _("state"),
    "tracked": _("tracked changes"),
    "filter": _("chosen entries"),
    "before": _("until then"),
    "after": _("from then on"),
}
# Of no use to people who read the page; a download has them.
TECHNICAL = frozenset({"adopted", "bytes", "digest", "dry_run", "edit", "original", "rectangle"})
_IN_NAME = frozenset({"issue", "number", "slug"})  # the name of the thing has them
_NO_VALUE = "–"
_YES, _NO = _("Yes"), _("No")
_WORDS: Mapping[tuple[str, str], str | Promise] = {
    ("archive", "off"): _("not public"), ("archive", "unlisted"): _("by its address only"), ("archive", "public"): _("public"),
    ("sign_up", "open"): _("Everybody can subscribe."), ("sign_up", "closed"): _("Nobody can subscribe by themselves."),
    ("sign_up", "unlisted"): _("People who know the address can subscribe."),
    ("kind", "approve"): _("for approving"), ("kind", "comment"): _("for commenting"),
    ("kind", "import"): _("a document to import"), ("kind", "picture"): _("a picture"),
    ("follow_up", "not_reached"): _("to those whom it did not reach"), ("follow_up", "correction"): _("a correction"),
    ("follow_up", "not_read"): _("to those who did not click a link"),
    ("confirmed", "mail"): _("a mailed link"), ("confirmed", "domain"): _("the provider's list of domains"),
    ("proof", "mail"): _("a mailed link"), ("proof", "domain"): _("the provider's list of domains"),
}  # fmt: skip
_CODES = frozenset({"reason", "how", "outcome", "state", "before", "after"})
_SIDES = ("before", "after")
_STEP = "campaign_"  # before the new state, in the verb of a campaign that came into another state
_SHORT = 20  # texts up to so many characters are not compared word by word, because both are easy to read
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)")
_OF_LANGUAGE = re.compile(r"issue\.(.+)\.md")
_LONGEST = 2000  # characters of one value on the page
_MOST_COMPARED = 10_000  # steps of the comparisons of one page


class ChangedField(NamedTuple):
    """A field before and after. `segments`: one text in which the words that differ are marked, if both sides are texts."""

    label: str
    before: str
    after: str
    segments: tuple[DifferenceSegment, ...] = ()


class Detail(NamedTuple):
    """Another value that a line has."""

    label: str
    text: str


@dataclass(frozen=True)
class Reading:
    """How values are read: moments, which are stored in UTC, in `zone`; `names`: (detail, value) -> the name of what it means."""

    zone: str
    names: Mapping[tuple[str, Any], str]

    def readable(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {inner: self.readable(held, inner) for inner, held in value.items()}
        if isinstance(value, list):
            return [self.readable(held, name) for held in value]
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return clock.minute_in(datetime.fromisoformat(value), self.zone)
        if name == "variant" and isinstance(value, int):
            return value + 1  # pages count from 1
        return self.names.get((name, value), value) if isinstance(value, str | int) else value


def budget() -> ComparisonBudget:
    """What all comparisons of one page may take together."""
    return ComparisonBudget(_MOST_COMPARED)


def changed_fields(line: Audit, reading: Reading, steps: ComparisonBudget) -> list[ChangedField]:
    """The fields that a line has before and after, each part of a nested value by itself."""
    if not _has_changes(line):
        return []
    old, new = (dict(_leaves(reading.readable(line.detail.get(side)))) for side in _SIDES)
    differing = [path for path in dict.fromkeys([*old, *new]) if old.get(path) != new.get(path)]
    return [_changed(path, old.get(path), new.get(path), steps) for path in differing]


def _has_changes(line: Audit) -> bool:
    """Whether `before` and `after` are fields (publication.audit.changes). Of a campaign they are states or times."""
    return any(isinstance(line.detail.get(side), dict) for side in _SIDES)


def _changed(path: tuple[str, ...], old: Any, new: Any, steps: ComparisonBudget) -> ChangedField:
    before, after = (shown(path[0], value) for value in (old, new))
    compared = isinstance(old, str) and isinstance(new, str) and min(len(old), len(new)) > _SHORT
    segments = text_differences.compare_words(before, after, steps) if compared else ()
    return ChangedField(gettext(": ").join([label(path[0]), *map(str, path[1:])]), before, after, segments)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values in nested objects, with the names that lead to each."""
    if isinstance(value, dict) and (value or not path):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif path:
        yield path, value


def details(line: Audit, reading: Reading, name: str) -> list[Detail]:
    """The other values of a line, as far as people can use them; not what is zero or false. `name`: that of the thing, which the
    sentence has.
    """
    hidden = {*TECHNICAL, *(_IN_NAME if line.object_kind else ()), *(_SIDES if _has_changes(line) else ())}
    if line.verb == "take_back_step":
        hidden |= {*_SIDES}  # numbers of edits
    kept = {key: value for key, value in reading.readable(line.detail).items() if key not in hidden and value and value != name}
    step = _step(line, {key: kept.pop(key, None) for key in _SIDES})
    if isinstance(kept.get("parts"), list) and (count := kept.pop("count", 0)):
        parts = gettext("1 part:") if count == 1 else gettext("%(count)s parts:") % {"count": count}
        return [*step, Detail(parts, shown("parts", kept.pop("parts"))), *_labelled(kept)]
    return [*step, *_labelled(kept)]


def _labelled(values: Mapping[str, Any]) -> list[Detail]:
    return [Detail(label(key), shown(key, value)) for key, value in values.items()]


def _step(line: Audit, sides: Mapping[str, Any]) -> list[Detail]:
    """Both sides as `draft → scheduled`. The verb of a campaign names the state that it came into."""
    after = line.verb.removeprefix(_STEP)
    if sides["before"] and not sides["after"] and after != line.verb and after in CAMPAIGN_MOVES:
        sides = {**sides, "after": after}
    if not all(sides.values()):
        return _labelled({key: value for key, value in sides.items() if value})
    name = {"campaign_rescheduled": "at", "show_in_archive": "archive"}.get(line.verb, "state")
    return [Detail(label(name), " → ".join(shown(name, sides[side]) for side in _SIDES))]


def label(name: str) -> str:
    """The label of a field or detail; the name itself if it has none, such as that of a policy."""
    return str(FIELDS.get(name) or state_labels.word(name))


def shown(name: str, value: Any) -> str:
    """A value as text, at most so long that it can be read on a page."""
    text = _text(name, value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text(name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return _NO_VALUE
    if isinstance(value, bool):
        return str(_YES if value else _NO)
    if name == "roles" and isinstance(value, list):
        return role_texts.names(map(str, value))
    if name == "field":
        return label(str(value))
    if name in ("changed", "fields", "filled") and isinstance(value, list):
        return gettext(", ").join(label(str(field)) for field in value)
    if name == "parts" and isinstance(value, list):
        return gettext(", ").join(_part(str(part)) for part in value)
    if isinstance(value, list):
        return gettext("; ").join(_text(name, element) for element in value)
    if isinstance(value, dict):
        return _value_with_labels(value) or json.dumps(value, ensure_ascii=False)
    return _word(name, str(value))


def _part(name: str) -> str:
    """A part of an issue, which is stored as its file and its id: `issue.md @footer`. Articles and sections keep their ids."""
    file, _space, part = name.partition(" ")
    if part:
        text = str(issue_texts.KINDS.get(part.removeprefix("@"), part))
    else:
        text = str(issue_texts.KINDS["outline"]) if file.endswith(".md") else file
    language = _OF_LANGUAGE.fullmatch(file)
    return f"{text} ({language_names.language_name(language[1])})" if language else text


def _value_with_labels(value: Mapping[str, Any]) -> str:
    """An allowed value of an attribute with its labels; empty for any other object."""
    if value.keys() != {"value", "labels"} or not isinstance(value["labels"], dict):
        return ""
    labels = gettext(", ").join(f"{language} = {text}" for language, text in value["labels"].items())
    return f"{value['value']} ({labels})" if labels else str(value["value"])


def _word(name: str, text: str) -> str:
    if (name, text) in _WORDS:
        return str(_WORDS[name, text])
    if name == "kind" and text in people_action_texts.KINDS:
        return str(people_action_texts.KINDS[text])
    if name == "language":
        return language_names.language_name(text)
    if name == "provider_lists":
        return str(suppression_texts.LISTS.get(text, text))
    return state_labels.word(text) if name in _CODES else text
