"""Turns a segment's text into a condition on subscribers. The only place where that text becomes a query.

docs/segments.md describes the language. Of the text only values reach SQL, and only as parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from publication.models import Publication
from subscribers import attributes
from subscribers.errors import nearest_hint
from subscribers.models import MailingList, Segment, Subscriber, Subscription
from subscribers.segments import segment_fields
from subscribers.segments.grammar import Clause, ClauseGroup, SegmentError, parse

Node = Clause | ClauseGroup
# Not fields themselves, because a publication may have an attribute of that name.
_OTHER_NAMES = {"address": "email", "mail": "email", "e_mail": "email"}


def matching(text: str) -> QuerySet[Subscriber]:
    """Everyone in the segment, whether they may be mailed or not (`recipients` decides that). Raises SegmentError."""
    return Subscriber.objects.filter(compile_segment(text), erased_at=None)


def field_names() -> list[str]:
    """The fields that a segment can name now, for help and completion."""
    usable = [name for name, field in segment_fields.fixed("UTC").items() if field.is_measured]
    return sorted({*usable, *attributes.schema(), "list"})


def names_in(text: str) -> list[str]:
    """The fields that a segment names, each once, in the order of the text. Raises SegmentError if it cannot be read."""
    return list(dict.fromkeys(clause.name for clause in clauses_of(parse(text))))


def clauses_of(node: Node) -> Iterator[Clause]:
    """The comparisons of a tree, in the order of the text."""
    if isinstance(node, Clause):
        yield node
    else:
        for part in node.parts:
            yield from clauses_of(part)


def _names_by_label(declared: Mapping[str, attributes.Declared]) -> dict[str, str]:
    """Label -> the attribute that alone has it, in any language. A label with a space cannot be written as a name."""
    labels = [(label, name) for name, facts in declared.items() for label in {facts.label, *facts.labels.values()}]
    count = Counter(label for label, _ in labels)
    return {label: name for label, name in labels if count[label] == 1}


def compile_segment(text: str) -> Q:
    """The condition on subscribers that `text` describes. Every error is a SegmentError with a column."""
    return _Compiler.of_publication().condition(parse(text), _PERSON)


def compile_saved(segment_id: int) -> Q:
    """The condition of a saved segment. Raises SegmentError, also if the segment was deleted."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise SegmentError("segment_gone", "The segment was deleted", 0)
    return compile_segment(segment.text)


def condition(node: Node) -> Q:
    """The condition on subscribers of a parsed segment, or of a part of one."""
    return _Compiler.of_publication().condition(node, _PERSON)


def separable(group: ClauseGroup) -> list[Node]:
    """The parts of an `and` that hold or fail by themselves. Those about one subscription stay together."""
    made = _Compiler.of_publication()
    together = [part for part in group.parts if made.is_of_subscription(part)]
    alone = [part for part in group.parts if part not in together]
    return [*alone, *([ClauseGroup(True, together)] if len(together) > 1 else together)]


@dataclass(frozen=True)
class _Level:
    """What the condition under construction queries: the fields' `prefix` to the person, and the path to the person's id."""

    prefix: str
    person: str


_PERSON = _Level("", "pk")
_SUBSCRIPTION = _Level("subscriber__", "subscriber_id")


@dataclass(frozen=True)
class _Compiler:
    """Turns a tree into a Q.

    Conditions on `list`, `list_state` and `joined` that are joined by `and` must hold for one and the same subscription:
    they become one EXISTS, never a join that each could satisfy with another row. `list` opens a subscription;
    `list_state` and `joined` refer to the one opened before them, or to the first where none was opened. Without a
    `list_state` only confirmed subscriptions count.
    """

    fields: dict[str, segment_fields.SegmentField]
    lists: dict[str, int]

    @classmethod
    def of_publication(cls) -> _Compiler:
        zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"
        declared = attributes.declarations()
        own = {name: segment_fields.attribute(name, facts.type, zone) for name, facts in declared.items()}
        labelled = {label: own[name] for label, name in _names_by_label(declared).items()}
        return cls({**labelled, **own, **segment_fields.fixed(zone)}, dict(MailingList.objects.values_list("slug", "id")))

    def condition(self, node: Node, level: _Level) -> Q:
        if isinstance(node, Clause):
            return self._clause(node, level)
        if not node.all:
            return reduce(or_, [self.condition(part, level) for part in node.parts])
        openers = [part for part in node.parts if self._opens(part)]
        about = [part for part in node.parts if self._is_about_subscription(part)]
        if not openers and level is _SUBSCRIPTION:
            return reduce(and_, [self.condition(part, level) for part in node.parts])
        rest = [self.condition(part, level) for part in node.parts if not self._opens(part) and part not in about]
        if openers:
            rest += [self._exists(opener, self._bound(node, opener), level) for opener in openers]
        elif about:
            rest.append(self._exists(None, about, level))
        return reduce(and_, rest)

    def _clause(self, clause: Clause, level: _Level) -> Q:
        if clause.name == "list":
            positive = self._exists(clause, [], level)
            return ~positive if clause.operator in segment_fields.OPPOSITES else positive
        field = self._field(clause)
        if not field.of_subscription:
            return field.condition(clause, level.prefix)
        return field.condition(clause, "") if level is _SUBSCRIPTION else self._exists(None, [clause], level)

    def _exists(self, opener: Node | None, bound: Sequence[Node], level: _Level) -> Q:
        which = Q(subscriber=OuterRef(level.person))
        if opener is not None:
            which &= Q(list_id__in=self._list_ids(opener))
        for part in bound:
            which &= self.condition(part, _SUBSCRIPTION)
        if not any(self._names_state(part) for part in bound):
            which &= Q(state=Subscription.State.CONFIRMED)
        return Q(Exists(Subscription.objects.filter(which)))

    def _bound(self, group: ClauseGroup, opener: Node) -> list[Node]:
        """The parts of `group` that refer to the subscription that `opener` opens."""
        bound: list[Node] = []
        first = current = next(part for part in group.parts if self._opens(part))
        for part in group.parts:
            if self._opens(part):
                current = part
            elif self._is_about_subscription(part) and (current or first) is opener:
                bound.append(part)
        return bound

    def _opens(self, node: Node) -> bool:
        """`list = ...`, `list in (...)`, or several of them joined by `or`."""
        if isinstance(node, Clause):
            return node.name == "list" and node.operator in {"=", "in"}
        return not node.all and all(self._opens(part) for part in node.parts)

    def is_of_subscription(self, node: Node) -> bool:
        """Whether it opens a subscription or refers to one."""
        return self._opens(node) or self._is_about_subscription(node)

    def _is_about_subscription(self, node: Node) -> bool:
        """Whether it refers to a subscription that it does not open itself."""
        if isinstance(node, Clause):
            return node.name != "list" and self._field(node).of_subscription
        if node.all and any(self._opens(part) for part in node.parts):
            return False
        return any(self._is_about_subscription(part) for part in node.parts)

    def _names_state(self, node: Node) -> bool:
        if isinstance(node, Clause):
            return node.name == "list_state"
        return self._is_about_subscription(node) and any(self._names_state(part) for part in node.parts)

    def _field(self, clause: Clause) -> segment_fields.SegmentField:
        if (field := self.fields.get(clause.name)) is not None:
            if not field.is_measured:
                problem = f"{field.name} cannot be used, because opens and clicks are not measured"
                hint = 'remove it, or use joined, as in joined >= "90 days ago"'
                raise SegmentError("not_measured", problem, clause.column, hint)
            return field
        meant = _OTHER_NAMES.get(clause.name.lower())
        hint = f"did you mean {meant}?" if meant else nearest_hint(clause.name.lower(), [*self._usable(), "list"])
        raise SegmentError("field", f"there is no field {clause.name[:40]}", clause.column, hint)

    def _usable(self) -> list[str]:
        return list(dict.fromkeys(field.name for field in self.fields.values() if field.is_measured))

    def _list_ids(self, opener: Node) -> list[int]:
        if isinstance(opener, ClauseGroup):
            return [list_id for part in opener.parts for list_id in self._list_ids(part)]
        if opener.operator not in {"=", "!=", "in", "not in"}:
            raise SegmentError("operator", f"list cannot be compared with {opener.operator}", opener.column, "use = != in not in")
        values = opener.value if isinstance(opener.value, list) else [opener.value]
        return [self._list_id(value, opener.column_of(at)) for at, value in enumerate(values)]

    def _list_id(self, slug: object, column: int) -> int:
        if not isinstance(slug, str):
            raise SegmentError("value", "list is compared with the short name of a list", column, 'such as list = "news"')
        if slug not in self.lists:
            raise SegmentError("list", f"there is no list “{slug[:40]}”", column, nearest_hint(slug, self.lists, 20))
        return self.lists[slug]
