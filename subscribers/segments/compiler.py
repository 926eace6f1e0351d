"""Turns a segment's text into a condition on subscribers. The only place where that text becomes a query.

docs/segments.md describes the language. Of the text only values reach SQL, and only as parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from publication.models import Publication
from subscribers import attributes
from subscribers.errors import nearest_hint
from subscribers.models import MailingList, Segment, Subscriber, Subscription
from subscribers.segments import segment_fields
from subscribers.segments.grammar import STORED, Clause, ClauseGroup, Negation, Node, SegmentError, clauses_of, parse, printed
from subscribers.segments.nested_segments import SegmentWriter

# Not fields themselves, because a publication may have an attribute of that name.
_OTHER_NAMES = {"address": "email", "mail": "email", "e_mail": "email"}


def matching(text: str) -> QuerySet[Subscriber]:
    """Everyone in the segment, whether they may be mailed or not (`recipients` decides that). Raises SegmentError."""
    return Subscriber.objects.filter(compile_segment(text), erased_at=None)


def field_names() -> list[str]:
    """The fields that a segment can name now, for help and completion."""
    fields = segment_fields.fixed("UTC") | segment_fields.newer("UTC")
    usable = [name for name, field in fields.items() if field.is_measured()]
    return sorted({*usable, *attributes.schema(), "list", "segment"})


def names_in(text: str) -> list[str]:
    """The fields that a segment names, each once, in the order of the text. Raises SegmentError if it cannot be read."""
    return list(dict.fromkeys(clause.name for clause in clauses_of(parse(text, STORED))))


def segments_in(texts: Sequence[str]) -> list[set[str]]:
    """The short names of the segments that each text names; none for a text that cannot be read."""
    made = _Compiler.of_publication()
    return [made.segments_in(text) for text in texts]


def names_by_label(declared: Mapping[str, attributes.Declared]) -> dict[str, str]:
    """Label -> the attribute that alone has it, in any language. A label with a space cannot be written as a name."""
    labels = [(label, name) for name, facts in declared.items() for label in {facts.label, *facts.labels.values()}]
    count = Counter(label for label, _ in labels)
    return {label: name for label, name in labels if count[label] == 1}


def compile_segment(text: str) -> Q:
    """The condition on subscribers that a text of staff describes. Every error is a SegmentError with a column."""
    return condition(parse(text))


def faults(texts: Sequence[str]) -> list[SegmentError | None]:
    """Why each text is no segment (any more), with one look-up of what they name; None if it is one."""
    if not texts:
        return []
    made = _Compiler.of_publication()
    return [made.fault(text) for text in texts]


def check(slug: str, text: str) -> None:
    """Raise SegmentError unless the text may become the text of the segment `slug`."""
    made = _Compiler.of_publication()
    made.condition(made.written_out(parse(text), slug, text), _PERSON)


def compile_comparison(text: str) -> Q:
    """The condition on subscribers of a comparison in an issue. Raises SegmentError, also if it asks who clicked: what a mail
    shows somebody must not depend on it.
    """
    made = _Compiler.of_publication()
    tree = made.written_out(parse(text))
    if (measured := made.measured_field(tree)) is not None:
        problem = f"a condition of an issue cannot ask who clicked, as {measured.name} does"
        raise SegmentError("not_in_issue", problem, 1, "choose the recipients of the campaign by it, with a segment")
    return made.condition(tree, _PERSON)


def compile_stored(text: str) -> Q:
    """As `compile_segment`, for the text of a campaign, which may be longer: it has segments that it names written out."""
    return condition(parse(text, STORED))


def compile_saved(segment_id: int) -> Q:
    """The condition of a saved segment. Raises SegmentError, also if the segment was deleted."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise SegmentError("segment_gone", "The segment was deleted", 0)
    return compile_segment(segment.text)


def condition(node: Node) -> Q:
    """The condition on subscribers of a parsed segment, or of a part of one."""
    return conditions([node])[0]


def conditions(nodes: Sequence[Node]) -> list[Q]:
    """The condition of each, with one look-up of what they name. Raises SegmentError."""
    made = _Compiler.of_publication()
    return [made.condition(made.written_out(node), _PERSON) for node in nodes]


def written_out(text: str) -> str:
    """The text without names of other segments: their conditions stand there instead. Attributes are in it by name and not by
    label, because another attribute may get the label later. Raises SegmentError.
    """
    return all_written_out([text])[0]


def all_written_out(texts: Sequence[str]) -> list[str]:
    """`written_out` for each, with one look-up of what they name. Raises SegmentError."""
    made = _Compiler.of_publication()
    trees = [parse(text, STORED) for text in texts]
    written = [made.without_labels(made.written_out(tree)) for tree in trees]
    return [text if new == old else printed(new) for text, old, new in zip(texts, trees, written, strict=True)]


def separable(group: ClauseGroup) -> list[Node]:
    """The parts of an `and` that hold or fail by themselves. Those about one subscription stay together."""
    made = _Compiler.of_publication()
    together = [part for part in group.parts if made.is_of_subscription(part)]
    alone = [part for part in group.parts if part not in together]
    return [*alone, *([ClauseGroup(True, together)] if len(together) > 1 else together)]


@dataclass(frozen=True)
class _Level:
    """What the condition under construction queries: the fields' `prefix` to the person, and the path to the person's id.

    `is_bound`: conditions on `list_state`, `joined`, `left` and `origin` refer to the subscription that is queried.
    `holds_if_unknown`: conditions are met by people about whom nothing is known, because they were not measured. Every `not`
    turns it round. So `not (clicked = 12 and language = "en")` leaves out, of the people who read English, those who clicked and
    those who were not measured.
    """

    prefix: str
    person: str
    is_bound: bool = False
    holds_if_unknown: bool = False

    @property
    def negated(self) -> _Level:
        """The same rows, for conditions inside `not (...)`, which are only about the person."""
        return _Level(self.prefix, self.person, holds_if_unknown=not self.holds_if_unknown)

    @property
    def of_subscriptions(self) -> _Level:
        """The person's subscriptions."""
        return _Level("subscriber__", "subscriber_id", is_bound=True, holds_if_unknown=self.holds_if_unknown)


_PERSON = _Level("", "pk")


@dataclass(frozen=True)
class _Compiler:
    """Turns a tree into a Q.

    Conditions on `list`, `list_state`, `joined`, `left` and `origin` that are joined by `and` must hold for one and the same
    subscription: they become one EXISTS, never a join that each could satisfy with another row. `list` opens a subscription;
    the others refer to the one opened before them, or to the first where none was opened. Without a `list_state` or `left`
    only confirmed subscriptions count. `not (...)` and a segment's name are about the person: what is inside neither opens a
    subscription for what is outside, nor refers to one.
    """

    fields: dict[str, segment_fields.SegmentField]
    lists: dict[str, int]

    @classmethod
    def of_publication(cls) -> _Compiler:
        zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"
        declared = attributes.declarations()
        own = {name: segment_fields.attribute(name, facts.type, zone) for name, facts in declared.items()}
        labelled = {label: own[name] for label, name in names_by_label(declared).items()}
        return cls(
            {**labelled, **segment_fields.newer(zone), **own, **segment_fields.fixed(zone)},
            dict(MailingList.objects.values_list("slug", "id")),
        )

    def segments_in(self, text: str) -> set[str]:
        try:
            named = [clause for clause in clauses_of(parse(text, STORED)) if self._is_segment(clause)]
        except SegmentError:
            return set()
        return {value for clause in named for value in clause.values if isinstance(value, str)}

    def fault(self, text: str) -> SegmentError | None:
        try:
            self.condition(self.written_out(parse(text)), _PERSON)
        except SegmentError as error:
            return error
        return None

    def names_segments(self, node: Node) -> bool:
        return any(self._is_segment(clause) for clause in clauses_of(node))

    def _is_segment(self, clause: Clause) -> bool:
        return clause.name == "segment" and "segment" not in self.fields

    def written_out(self, node: Node, slug: str = "", text: str = "") -> Node:
        """The tree with the conditions of other segments in place of their names. Raises SegmentError, also for a cycle.

        `slug` and `text`: the segment that the tree is to be, before it is stored.
        """
        if not self.names_segments(node):
            return node
        texts = dict(Segment.objects.values_list("slug", "text")) | ({slug: text} if slug else {})
        writer = SegmentWriter(texts, self._is_segment, self._depends_on_list)
        return writer.written_out(node, (slug,) if slug else ())

    def without_labels(self, node: Node) -> Node:
        """The tree with the names of attributes in place of their labels."""
        match node:
            case ClauseGroup():
                return ClauseGroup(node.all, [self.without_labels(part) for part in node.parts])
            case Negation():
                return Negation(self.without_labels(node.part), node.column)
        known = self.fields.get(node.name)
        # An old attribute may have the name of a field, which would be read first.
        is_readable = known is not None and self.fields.get(known.name) is known
        return replace(node, name=known.name) if known and is_readable else node

    def measured_field(self, node: Node) -> segment_fields.SegmentField | None:
        """The first field in the tree that is about what is measured."""
        fields = (self.fields.get(clause.name) for clause in clauses_of(node))
        return next((known for known in fields if known is not None and known.scope is not None), None)

    def _depends_on_list(self, clause: Clause) -> bool:
        return clause.name == "list" or self._field(clause).of_subscription

    def condition(self, node: Node, level: _Level) -> Q:
        if isinstance(node, Clause):
            return self._clause(node, level)
        if isinstance(node, Negation):
            return ~self.condition(node.part, level.negated)
        if not node.all:
            return reduce(or_, [self.condition(part, level) for part in node.parts])
        openers = [part for part in node.parts if self._opens(part)]
        about = [part for part in node.parts if self._is_about_subscription(part)]
        if not openers and level.is_bound:
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
        known = self._field(clause)
        if not known.of_subscription:
            return known.condition(clause, level.prefix, holds_if_unknown=level.holds_if_unknown)
        return known.condition(clause, "") if level.is_bound else self._exists(None, [clause], level)

    def _exists(self, opener: Node | None, bound: Sequence[Node], level: _Level) -> Q:
        which = Q(subscriber=OuterRef(level.person))
        if opener is not None:
            which &= Q(list_id__in=self._list_ids(opener))
        for part in bound:
            which &= self.condition(part, level.of_subscriptions)
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
        if isinstance(node, Negation):
            return False
        return not node.all and all(self._opens(part) for part in node.parts)

    def is_of_subscription(self, node: Node) -> bool:
        """Whether it opens a subscription or refers to one."""
        return self._opens(node) or self._is_about_subscription(node)

    def _is_about_subscription(self, node: Node) -> bool:
        """Whether it refers to a subscription that it does not open itself."""
        if isinstance(node, Clause):
            return node.name != "list" and not self._is_segment(node) and self._field(node).of_subscription
        if isinstance(node, Negation):
            return False
        if node.all and any(self._opens(part) for part in node.parts):
            return False
        return any(self._is_about_subscription(part) for part in node.parts)

    def _names_state(self, node: Node) -> bool:
        if isinstance(node, Clause):
            return node.name in {"list_state", "left"}
        if isinstance(node, Negation):
            return False
        return self._is_about_subscription(node) and any(self._names_state(part) for part in node.parts)

    def _field(self, clause: Clause) -> segment_fields.SegmentField:
        if (known := self.fields.get(clause.name)) is not None:
            if not known.is_measured():
                problem = f"{known.name} cannot be used, because it is not measured who clicks"
                hint = 'remove it, or use joined, as in joined >= "90 days ago"'
                raise SegmentError("not_measured", problem, clause.column, hint)
            return known
        meant = _OTHER_NAMES.get(clause.name.lower())
        hint = f"did you mean {meant}?" if meant else nearest_hint(clause.name.lower(), [*self._usable(), "list", "segment"])
        raise SegmentError("field", f"there is no field {clause.name[:40]}", clause.column, hint, clause.name[:40])

    def _usable(self) -> list[str]:
        return list(dict.fromkeys(known.name for known in self.fields.values() if known.is_measured()))

    def _list_ids(self, opener: Node) -> list[int]:
        if not isinstance(opener, Clause):
            return [list_id for clause in clauses_of(opener) for list_id in self._list_ids(clause)]
        if opener.operator not in {"=", "!=", "in", "not in"}:
            raise SegmentError("operator", f"list cannot be compared with {opener.operator}", opener.column, "use = != in not in")
        return [self._list_id(value, opener.column_of(at)) for at, value in enumerate(opener.values)]

    def _list_id(self, slug: object, column: int) -> int:
        if not isinstance(slug, str):
            raise SegmentError("value", "list is compared with the short name of a list", column, 'such as list = "news"')
        if slug not in self.lists:
            raise SegmentError("list", f"there is no list “{slug[:40]}”", column, nearest_hint(slug, self.lists, 20))
        return self.lists[slug]
