"""The language of fault rules: which request fails, and how. Parses rules and decides; `fault_injection` carries them out."""

import hashlib
import math
import random
import re
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

# docs/sandbox.md describes each action, and is tested against this list.
ACTIONS = (
    *("400", "401", "401-credits", "403", "404", "405", "413", "413-early", "415"),
    *("429", "429-reset", "429-retry", "429-both", "302", "307"),
    *(f"{status}-{when}" for when in ("before", "after") for status in (500, 502, 503, 504)),
    *(f"{name}-{when}" for name in ("silence", "reset", "close", "partial", "partial-head") for when in ("before", "after")),
    *("reset-body", "refuse", "trickle", "slow-body", "latency", "no-id"),
)
ALIASES = {
    **{str(status): f"{status}-before" for status in (500, 502, 503, 504)},
    **{name: f"{name}-after" for name in ("silence", "reset", "close", "partial", "partial-head")},
    "down": "refuse",
}
MIXES = {
    "mix": [
        *("429", "429-both", "500-before", "500-after", "502-before", "502-after", "503-before", "503-after", "504-after"),
        *("reset-before", "reset-after", "reset-body", "close-before", "close-after"),
        *("partial-before", "partial-after", "partial-head-after"),
    ],
    "mix-slow": ["silence-before", "silence-after", "trickle", "slow-body"],
}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)?")


class MisspeltError(ValueError):
    """A fault rule that cannot be read; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class FaultAction:
    name: str
    argument: str = ""

    @property
    def after(self) -> bool:
        """Whether the mail is really accepted, although the client may not learn of it."""
        return self.name.endswith("-after") or self.name in ("trickle", "slow-body", "latency", "no-id")

    def seconds(self, default: float) -> float:
        return parse_duration(self.argument) if self.argument else default

    def __str__(self) -> str:
        return f"{self.name} {self.argument}".strip()


@dataclass(slots=True)
class FaultRule:
    """One line of the fault language. `numbers` are inclusive ranges of request numbers."""

    spec: str
    choices: tuple[FaultAction, ...]
    kind: str = "all"  # all, numbers, every, rate, to, path, limit
    numbers: tuple[tuple[int, int], ...] = ()
    amount: float = 0.0
    window: float = 1.0
    text: str = ""
    seed: str = "0"
    between: tuple[float, float] = (0.0, math.inf)  # `during`: seconds since the rule was set
    set_at: float = field(default_factory=time.monotonic)
    arrivals: deque[float] = field(default_factory=deque)
    seen: int = 0  # arrivals at a path

    def hits(self, number: int) -> bool:
        """Whether the rule applies to the request of this number; a pure function, so that a run can be repeated exactly."""
        if self.kind == "all":
            return True
        if self.kind == "numbers":
            return any(low <= number <= high for low, high in self.numbers)
        if self.kind == "every":
            return number % int(self.amount) == 0
        return self.kind == "rate" and _draw(f"{self.seed}/{number}") < self.amount

    @property
    def in_force(self) -> bool:
        return self.between[0] <= time.monotonic() - self.set_at < self.between[1]

    def choose(self, number: int) -> FaultAction:
        if len(self.choices) == 1:
            return self.choices[0]
        return self.choices[int(_draw(f"{self.seed}/{number}/choice") * len(self.choices))]

    def hits_path(self, path: str) -> bool:
        """Count one request for the path; returns whether the rule applies to it."""
        if not path.startswith(self.text):
            return False
        self.seen += 1
        if self.numbers:
            return self.seen <= self.numbers[0][1]
        return not self.amount or _draw(f"{self.seed}/{self.seen}") < self.amount

    def until_free(self) -> float:
        """Seconds until a `limit` rule allows a request again."""
        return max(0.0, self.window - (time.monotonic() - self.arrivals[0])) if self.arrivals else 0.0

    def overflows(self) -> bool:
        """Count one request; returns whether it exceeds the limit of this window."""
        now = time.monotonic()
        while self.arrivals and now - self.arrivals[0] >= self.window:
            self.arrivals.popleft()
        if len(self.arrivals) >= self.amount:
            return True
        self.arrivals.append(now)
        return False


def _draw(text: str) -> float:
    """A number from 0 to 1, excluding 1, that depends only on the text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


class FaultPlan:
    """The active rules. The first matching rule decides; the latencies of all matching rules add up."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._may_refuse = False

    def add(self, specs: Iterable[str], next_number: int, replace: bool = False) -> None:
        """Add rules to the active ones, or replace them; all or none. `next` counts from `next_number`."""
        added = [parse_rule(spec, next_number) for spec in specs]
        self.rules = added if replace else self.rules + added
        self._may_refuse = any(action.name == "refuse" for rule in self.rules for action in rule.choices)

    def clear(self) -> None:
        self.add([], 1, replace=True)

    def decide(self, number: int) -> tuple[FaultAction | None, float]:
        """The fault of a request that has just arrived, and how long to wait first."""
        fault, pause = None, 0.0
        for rule in self.rules:
            if not rule.in_force or not (rule.overflows() if rule.kind == "limit" else rule.hits(number)):
                continue
            action = rule.choose(number)
            if rule.kind == "limit" and action.name.startswith("429") and not action.argument:
                action = FaultAction(action.name, f"{rule.until_free():.3f}s")
            if action.name == "latency":
                pause += draw_latency(action.argument, f"{rule.seed}/{number}")
            else:
                fault = fault or action
        return fault, pause

    def for_addresses(self, addresses: Iterable[str], number: int) -> FaultAction | None:
        """The fault that one of its recipients causes for the whole request."""
        rules = [rule for rule in self.rules if rule.kind == "to" and rule.in_force]
        if not rules:
            return None
        people = list(addresses)
        return next((rule.choose(number) for rule in rules if any(rule.text in address for address in people)), None)

    def for_path(self, path: str) -> FaultAction | None:
        """The fault of a request to any endpoint except mail/send."""
        rules = (rule for rule in self.rules if rule.kind == "path" and rule.in_force)
        hit = next((rule for rule in rules if rule.hits_path(path)), None)
        return hit.choose(hit.seen) if hit else None

    def refusal(self, number: int) -> FaultAction | None:
        """The action, if the request of this number must find no listener."""
        for rule in self.rules if self._may_refuse else ():
            if rule.in_force and rule.hits(number) and (action := rule.choose(number)).name != "latency":
                return action if action.name == "refuse" else None
        return None


def parse_duration(text: str) -> float:
    """Seconds of `250ms`, `2s`, `1m` or a bare number of seconds."""
    match = DURATION.fullmatch(text.strip())
    if not match:
        raise MisspeltError(f"“{text}” is not a duration; write it as 250ms, 2s or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}[match[2]]


def draw_latency(argument: str, seed: str) -> float:
    """Seconds: fixed, uniform between two, exponential, or normal (never below zero)."""
    generator, parts = random.Random(seed), argument.split()
    if parts[0] == "exp":
        return generator.expovariate(1 / parse_duration(parts[1]))
    if parts[0] == "normal":
        return max(0.0, generator.gauss(parse_duration(parts[1]), parse_duration(parts[2])))
    low, _, high = argument.partition("-")
    return generator.uniform(parse_duration(low), parse_duration(high)) if high else parse_duration(low)


def parse_rule(spec: str, next_number: int = 1) -> FaultRule:
    """`3:500-after`, `every 10:reset-before`, `rate 0.1 seed 7: mix`, `to ada: 400`, `limit 5/1s: 429`, …"""
    selector, colon, wish = spec.partition(":")
    if not colon or not wish.strip():
        raise MisspeltError(f"fault rule “{spec}” cannot be read; write WHICH:WHAT, such as 3:500-after")
    rule = FaultRule(spec, _parse_choices(wish))
    tokens = selector.split()
    rule.seed = _take_option(tokens, "seed") or rule.seed
    if window := _take_option(tokens, "during"):
        rule.between = _parse_window(window)
    try:
        _parse_selector(rule, tokens or ["all"], next_number)
    except MisspeltError:
        raise
    except (ValueError, IndexError) as error:
        text = f"fault rule “{spec}”: cannot read “{selector.strip()}”; see “Faults” in docs/sandbox.md"
        raise MisspeltError(text) from error
    return rule


def _take_option(tokens: list[str], name: str) -> str:
    """Remove `name` and the word after it from the list; returns that word, or an empty string."""
    if name not in tokens[:-1]:
        return ""
    position = tokens.index(name)
    tokens.pop(position)
    return tokens.pop(position)


def _parse_window(text: str) -> tuple[float, float]:
    """`10s-20s`, or `10s-` without an end."""
    low, dash, high = text.partition("-")
    window = parse_duration(low), parse_duration(high) if high else math.inf
    if not dash or window[0] >= window[1]:
        raise MisspeltError(f"“{text}” is not a time window; write “during 10s-20s”, counted from when the rule is set")
    return window


def _parse_selector(rule: FaultRule, tokens: list[str], next_number: int) -> None:
    rule.kind = tokens[0]
    if rule.kind == "next":
        count = int(tokens[1]) if len(tokens) > 1 else 1
        rule.kind, rule.numbers = "numbers", ((next_number, next_number + count - 1),)
    elif rule.kind == "every":
        rule.amount = int(tokens[1])
        if rule.amount < 1:
            raise MisspeltError(f"fault rule “{rule.spec}”: the number after “every” must be at least 1")
    elif rule.kind == "rate":
        rule.amount = float(tokens[1])
    elif rule.kind in ("to", "path"):
        rule.text = tokens[1].lower() if rule.kind == "to" else tokens[1]
        if rule.kind == "path" and tokens[2:3] == ["next"]:
            rule.numbers = ((1, int(tokens[3]) if len(tokens) > 3 else 1),)
        elif rule.kind == "path" and len(tokens) > 2:
            rule.amount = float(tokens[tokens.index("rate") + 1])
    elif rule.kind == "limit":
        amount, _, window = tokens[1].partition("/")
        rule.amount, rule.window = int(amount), parse_duration(window or "1s")
    elif rule.kind != "all":
        ranges = [number_range.partition("-") for number_range in "".join(tokens).split(",")]
        rule.kind, rule.numbers = "numbers", tuple((int(low), int(high or low)) for low, _, high in ranges)


def _parse_choices(wish: str) -> tuple[FaultAction, ...]:
    choices: list[FaultAction] = []
    for choice in wish.split("|"):
        name, _, argument = choice.strip().partition(" ")
        if name in MIXES:
            choices += [FaultAction(action_name, argument.strip()) for action_name in MIXES[name]]
            continue
        name = ALIASES.get(name, name)
        if name not in ACTIONS:
            raise MisspeltError(f"“{name}” is not a fault; use one of: {', '.join([*MIXES, *ACTIONS])}")
        action = FaultAction(name, argument.strip())
        if name == "latency":
            _check_latency(action.argument)
        elif action.argument:
            parse_duration(action.argument)
        choices.append(action)
    return tuple(choices)


def _check_latency(argument: str) -> None:
    try:
        draw_latency(argument, "0")
    except (IndexError, ZeroDivisionError) as error:
        text = f"latency “{argument}” cannot be read; write 250ms, 50ms-400ms, exp 100ms or normal 100ms 30ms"
        raise MisspeltError(text) from error
