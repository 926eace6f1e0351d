"""The registry of rules. A rule checks the finished parts of a mail, not how they were made, so it holds for any theme."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from composer.errors import Finding, Level
from composer.preflight.mail import Mail

Origin = Literal["issue", "issue.mjml.j2", "text.txt.j2"]
Check = Callable[[Mail], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """The findings of a rule carry its `code`. `origin` is the file to correct when a finding has no line: the issue, or one of
    the theme's files, without a default: what finds an author's mistake must not blame the theme. A publication cannot change the
    levels of a `fixed` rule."""

    code: str
    levels: tuple[Level, ...]
    check: Check
    origin: Origin
    fixed: bool


RULES: list[Rule] = []


def rule(code: str, *levels: Level, origin: Origin, fixed: bool = False) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        RULES.append(Rule(code, levels, check, origin, fixed))
        return check

    return register


def fault(level: Level = "error", line: int | None = None, **params: object) -> Finding:
    """What a check yields; `inspect` adds the code and the file."""
    return Finding("", level, params, "", line or None)


def inspect(mail: Mail) -> tuple[Finding, ...]:
    """The findings of every rule, in the order of the registry. An error forbids sending."""
    return tuple(finding for entry in RULES for finding in _findings(entry, mail))


def _findings(entry: Rule, mail: Mail) -> Iterator[Finding]:
    for finding in entry.check(mail):
        of_theme = finding.line is None and entry.origin != "issue"
        file = finding.file or (mail.theme.path_of(entry.origin) if of_theme else mail.issue.file)
        yield replace(finding, code=entry.code, file=file)
