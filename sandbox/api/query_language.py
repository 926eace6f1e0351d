"""Parses the filters of Email Logs and Email Activity: conditions joined by AND, as SendGrid documents them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_TOKEN = re.compile(r"""\s*(?:("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(<=|>=|!=|[=<>(),\[\]])|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?))""")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    "<": lambda found, wanted: found < wanted,
    ">": lambda found, wanted: found > wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">=": lambda found, wanted: found >= wanted,
    "IN": lambda found, wanted: found in wanted,
    "NOT IN": lambda found, wanted: found not in wanted,
    "LIKE": lambda found, wanted: _like(wanted).fullmatch(str(found)) is not None,
    "NOT LIKE": lambda found, wanted: _like(wanted).fullmatch(str(found)) is None,
    "BETWEEN": lambda found, wanted: wanted[0] <= found <= wanted[1],
    "NOT BETWEEN": lambda found, wanted: not wanted[0] <= found <= wanted[1],
}
EQUAL, ORDER = ("=",), ("<", ">", "<=", ">=")
Fields = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Condition:
    """`key` names the entry of a field that is a mapping (unique_args['mr_d'])."""

    field: str
    operator: str
    wanted: Any
    key: str = ""

    def holds(self, message: dict[str, Any]) -> bool:
        found = message.get(self.field)
        if self.key:
            found = (found or {}).get(self.key)
        if isinstance(found, (list, tuple)):  # categories, events: one match is enough
            return any(_COMPARE[self.operator](one, self.wanted) for one in found)
        if found is None:
            return self.operator.startswith(("!", "NOT"))
        try:
            return _COMPARE[self.operator](found, self.wanted)
        except TypeError:
            return False


def _like(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern), re.DOTALL)


def parse_moment(text: str) -> float:
    """Unix seconds of an ISO 8601 time; UTC if it has no offset."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise ValueError(f"invalid syntax: {text!r} is not a timestamp") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def parse_query(text: str, fields: Fields, times: tuple[str, ...]) -> list[Condition]:
    """The conditions of a query. ValueError in SendGrid's words. Fields in `times` are compared as moments."""
    return _Reader(_split(text), fields, times).read()


def _split(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"invalid syntax: cannot read {text[place : place + 20]!r}")
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str], fields: Fields, times: tuple[str, ...]) -> None:
        self._tokens, self._fields, self._times = tokens, fields, times
        self._place = 0

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise ValueError("invalid syntax: unexpected end of the query")
        self._place += 1
        return token

    def _expect(self, wanted: str) -> None:
        if (token := self._next()).upper() != wanted:
            raise ValueError(f"invalid syntax: {wanted} expected, not {token!r}")

    def read(self) -> list[Condition]:
        found: list[Condition] = []
        if not self._tokens:
            return found
        while True:
            found.append(self._condition())
            if not self._peek():
                return found
            self._expect("AND")

    def _condition(self) -> Condition:
        if self._peek() == "(":
            self._next()
            inner = self._condition()
            self._expect(")")
            return inner
        name = self._next()
        if name.lower() == "contains" and "contains" in self._fields:
            return self._contains()
        if name not in self._fields:
            raise ValueError(f"invalid syntax: '{name}' is not a known field")
        key = ""
        if self._peek() == "[":
            self._next()
            key = self._string()
            self._expect("]")
        operator = self._next().upper()
        if operator == "NOT":
            operator = f"NOT {self._next().upper()}"
        if operator not in self._fields[name]:
            raise ValueError(f"invalid syntax: the operator {operator!r} is not allowed for '{name}'")
        return Condition(name, operator, self._wanted(name, operator), key)

    def _contains(self) -> Condition:
        self._expect("(")
        name = self._next()
        if name not in self._fields["contains"]:
            raise ValueError(f"invalid syntax: '{name}' is not a known list")
        self._expect(",")
        wanted = self._string()
        self._expect(")")
        return Condition(name, "=", wanted)

    def _wanted(self, name: str, operator: str) -> Any:
        if operator.endswith("BETWEEN"):
            low = self._value(name)
            self._expect("AND")
            return low, self._value(name)
        if not operator.endswith("IN"):
            return self._value(name)
        self._expect("(")
        values = [self._value(name)]
        while self._peek() == ",":
            self._next()
            values.append(self._value(name))
        self._expect(")")
        return values

    def _value(self, name: str) -> Any:
        if self._peek().upper() == "TIMESTAMP":
            self._next()
            return parse_moment(self._string())
        if re.fullmatch(r"-?\d+(\.\d+)?", self._peek()):
            return float(self._next())
        text = self._string()
        return parse_moment(text) if name in self._times else text

    def _string(self) -> str:
        token = self._next()
        if token[0] not in "\"'":
            raise ValueError(f"invalid syntax: a quoted text expected, not {token!r}")
        return re.sub(r"\\(.)", r"\1", token[1:-1])
