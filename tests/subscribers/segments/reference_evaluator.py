"""A small evaluator of segments, written from docs/segments.md: the reference for what PostgreSQL answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
SCHEMA = {"role": "text", "visits": "number", "born": "date", "member": "yesno", "interests": "words"}
LISTS = ("news", "events")


@dataclass
class Standing:
    list: str
    state: str
    joined: datetime | None
    left: datetime | None = None
    source: str = "form"


@dataclass
class Person:
    domain: str
    language: str
    attributes: dict[str, Any]
    standings: list[Standing] = field(default_factory=list)
    name: str = ""
    email: str = ""
    country: str = ""
    created: datetime | None = None
    deliveries: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)  # campaign -> state, time of delivery
    causes: set[str] = field(default_factory=set)
    agreed: datetime | None = None  # to be measured
    clicks: dict[int, datetime] = field(default_factory=dict)  # campaign -> the last click


@dataclass
class Leaf:
    name: str
    operator: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {literal(self.value)}"


@dataclass
class Not:
    part: Any

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass
class Joined:
    word: str
    parts: list[Any]

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)


def literal(value: Any) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(literal, value)) + ")"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


SAVED = {
    "saved-1": Leaf("list", "=", "news"),
    "saved-2": Joined("and", [Leaf("joined", ">=", "2024-02-29"), Leaf("language", "=", "en")]),
    "saved-3": Joined("or", [Leaf("role", "=", "ab"), Leaf("segment", "!=", "saved-2")]),
    "saved-4": Joined("and", [Leaf("joined", ">=", "2024-02-29"), Leaf("clicked", "=", 1)]),
}
# Campaigns, and when they began to be sent; both measure who clicks.
BEGAN = {1: datetime(2024, 2, 28, 12, tzinfo=UTC), 2: datetime(2024, 2, 29, 12, tzinfo=UTC)}
GOT = ("accepted", "deferred", "delivered", "complained", "in_flight", "unknown", "held", "abandoned")
NEGATIVE = {"!=": "=", "not in": "in", "!~": "~", "not startswith": "startswith", "not endswith": "endswith"}


def day_of(moment: datetime | None) -> str | None:
    return moment.astimezone(ZONE).date().isoformat() if moment else None


def stored(name: str, person: Person, standing: Standing | None) -> Any:
    if name == "joined":
        return day_of(standing.joined)
    if name == "left":
        return day_of(standing.left) if standing.state == "unsubscribed" else None
    if name == "origin":
        return [standing.source, standing.source.partition(":")[0], *(["staff"] if standing.source == "cli" else [])]
    if name == "last_delivery":
        return day_of(max((at for _, at in person.deliveries.values() if at), default=None))
    if name == "got":
        return [number for number, (state, _) in person.deliveries.items() if state in GOT]
    if name == "was_to_get":
        return [*person.deliveries]
    if name == "bounce_cause":
        return [*person.causes] or None
    if name == "list_state":
        return standing.state
    if name == "created":
        return day_of(person.created)
    if name == "clicked":
        return [*person.clicks]
    if name == "engaged":
        return day_of(max(person.clicks.values(), default=None))
    if name in SCHEMA:
        value = person.attributes.get(name)
        right = {"text": str, "number": (int, float), "date": str, "yesno": bool, "words": list}[SCHEMA[name]]
        wrong = not isinstance(value, right) or (isinstance(value, bool) and SCHEMA[name] != "yesno")
        return None if wrong or value in ("", []) else value
    return getattr(person, name) or None


def value_holds(operator: str, have: Any, want: Any) -> bool:
    if want is None:
        return have is None
    if have is None:
        return operator in {"=", "in", "~", "startswith", "endswith"} and isinstance(want, str) and want == ""
    if isinstance(have, list):
        return want in have
    folded = (have.lower(), want.lower()) if isinstance(have, str) else (have, want)
    return {
        "=": lambda: have == want and isinstance(have, bool) == isinstance(want, bool),
        "~": lambda: folded[1] in folded[0],
        "startswith": lambda: folded[0].startswith(folded[1]),
        "endswith": lambda: folded[0].endswith(folded[1]),
        "<": lambda: have < want,
        "<=": lambda: have <= want,
        ">": lambda: have > want,
        ">=": lambda: have >= want,
    }["=" if operator == "in" else operator]()


def is_measured(leaf: Leaf, person: Person) -> bool:
    """Whether it would be known that the person clicked."""
    if leaf.name == "engaged":
        return person.agreed is not None
    numbers = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    return person.agreed is not None and all(
        person.deliveries.get(number, ("", None))[0] in GOT and person.agreed <= BEGAN[number] for number in numbers
    )


# Whether something holds: None means that nobody knows.
Truth = bool | None


def opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def either(truths: Iterable[Truth]) -> Truth:
    known = [*truths]
    return True if True in known else None if None in known else False


def every(truths: Iterable[Truth]) -> Truth:
    return opposite(either(map(opposite, truths)))


def leaf_holds(leaf: Leaf, person: Person, standing: Standing | None) -> Truth:
    if leaf.operator in NEGATIVE:
        return opposite(leaf_holds(Leaf(leaf.name, NEGATIVE[leaf.operator], leaf.value), person, standing))
    values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    if leaf.name == "list":
        return any(subscription.list in values and subscription.state == "confirmed" for subscription in person.standings)
    have = stored(leaf.name, person, standing)
    holds_now = any(value_holds(leaf.operator, have, want) for want in values)
    if leaf.name in ("clicked", "engaged") and holds_now == (leaf.value is None) and not is_measured(leaf, person):
        return None
    return holds_now


def flat(node: Any) -> Any:
    if isinstance(node, Leaf):
        # A segment means its own people, whatever is around its name.
        return expanded(node) if node.name == "segment" else node
    if isinstance(node, Not):
        return Not(flat(node.part))
    parts = []
    for part in map(flat, node.parts):
        parts += part.parts if isinstance(part, Joined) and part.word == node.word else [part]
    return Joined(node.word, parts)


def expanded(leaf: Leaf) -> Any:
    texts = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    named = Joined("or", [Not(Not(flat(SAVED[slug]))) for slug in texts])
    return Not(named) if leaf.operator in NEGATIVE else named


def opened(node: Any) -> set[str] | None:
    """The lists that a part opens a subscription to; None where it opens none."""
    if isinstance(node, Leaf):
        if node.name == "list" and node.operator in {"=", "in"}:
            return set(node.value if isinstance(node.value, list) else [node.value])
        return None
    if isinstance(node, Not):
        return None
    opened_lists = [opened(part) for part in node.parts]
    return None if node.word == "and" or None in opened_lists else set().union(*opened_lists)


def free(node: Any) -> set[str]:
    """The fields of a subscription that a part leaves open."""
    if isinstance(node, Leaf):
        return {node.name} & {"joined", "list_state", "left", "origin"}
    if isinstance(node, Not):
        return set()
    if node.word == "and" and any(opened(part) for part in node.parts):
        return set()
    return set().union(*(free(part) for part in node.parts))


def holds(node: Any, person: Person, standing: Standing | None = None) -> Truth:
    if isinstance(node, Not):
        return opposite(holds(node.part, person))
    if isinstance(node, Leaf) and (standing or not free(node)):
        return leaf_holds(node, person, standing)
    if isinstance(node, Joined) and node.word == "or":
        return either(holds(part, person, standing) for part in node.parts)
    parts = [node] if isinstance(node, Leaf) else node.parts
    openers = [at for at, part in enumerate(parts) if opened(part) is not None]
    if not openers and standing:
        return every(holds(part, person, standing) for part in parts)
    truths = [holds(part, person, standing) for part in parts if opened(part) is None and not free(part)]
    groups: dict[int, list[Any]] = {at: [] for at in openers}
    for at, part in enumerate(parts):
        if opened(part) is None and free(part):
            home = max((o for o in openers if o < at), default=openers[0] if openers else -1)
            groups.setdefault(home, []).append(part)
    for at, bound in groups.items():
        lists = opened(parts[at]) if at >= 0 else set(LISTS)
        named = any(free(part) & {"list_state", "left"} for part in bound)
        truths.append(
            either(
                every(holds(part, person, subscription) for part in bound)
                for subscription in person.standings
                if subscription.list in lists and (named or subscription.state == "confirmed")
            )
        )
    return every(truths)
