"""Findings (one per fault) and ComposeError, the exception that carries all findings of one run."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from composer.messages import finding_texts
from composer.messages.phrases import Phrase, Translate, fill, phrase

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")  # the worst first


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or remark: a code and parameters; `composer.messages.finding_texts` makes the text. `variant` names the
    finished mail where it is, if it is in one of several only."""

    code: str
    level: Level = "error"
    params: dict[str, object] = field(default_factory=dict, hash=False)
    file: str = ""
    line: int | None = None
    column: int | None = None
    variant: str = ""

    @property
    def location(self) -> str:
        """`file:line:column`, as an editor program understands it; empty parts are left out."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def __str__(self) -> str:
        return self.shown()

    def shown(self, translate: Translate = str) -> str:
        """Returns one line: location, code, message, hint and variant, in the language of `translate`."""
        message, hint = finding_texts.text(self.code, self.params, translate)
        head = ": ".join(part for part in (self.location, self.code, message) if part)
        line = f"{head} — {hint}" if hint else head
        return fill(finding_texts.IN_VARIANT, {"text": line, "variant": self.variant}, translate) if self.variant else line


class ComposeError(Exception):
    """The issue, the theme or the finished mail has errors. Editing that file can correct them."""

    def __init__(self, findings: Iterable[Finding] | Finding) -> None:
        self.findings: tuple[Finding, ...] = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__(*self.findings)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class ContentError(Exception):
    """A link, a merge field or a picture is not as it must be; `code` and `params` are those of a Finding."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def nearest(name: str, known: Iterable[str], cutoff: float = 0.3) -> str:
    """Returns the name that was probably meant; "" if none is as similar as `cutoff`."""
    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), "")


_KINDS: dict[Level, Phrase] = {"error": phrase("errors"), "warning": phrase("warnings")}
MOST_TOLD = 500  # errors of one file, and as many others: nobody fixes more in one go, and finding the place of each takes time


# The parser replaces merge fields and marks by a number between noncharacters (`composer.issue.inlines.emphasis`). A finding that
# quotes such a text puts them back first. This is for the rest: a quotation that ends inside a placeholder.
_PLACEHOLDER = re.compile("[\ufdd0\ufdd2][0-9]*[\ufdd1\ufdd3]?|[\ufdd1\ufdd3-\ufdef]")


def _without_placeholders(value: object) -> object:
    return _PLACEHOLDER.sub("…", value) if type(value) is str else value


class Findings:
    """Gathers findings while a file is read, so that one run reports all of them, each once.

    The first MOST_TOLD errors are kept, and the first MOST_TOLD warnings and remarks: no number of warnings may hide an error.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.collected: list[Finding] = []
        self._seen: set[tuple[str, int | None, str]] = set()
        self._counts = {"error": 0, "warning": 0}

    def add(self, code: str, level: Level = "error", line: int | None = None, **params: object) -> None:
        params = {name: _without_placeholders(value) for name, value in params.items()}
        kind: Level = "error" if level == "error" else "warning"
        key = (code, line, str(params))
        if key in self._seen or self._counts[kind] > MOST_TOLD:
            return
        self._seen.add(key)
        self._counts[kind] += 1
        if self._counts[kind] > MOST_TOLD:
            code, level, line, params = "many-faults", kind, None, {"limit": MOST_TOLD, "kind": _KINDS[kind]}
        self.collected.append(Finding(code, level, params, self.file, line))

    def error(self, code: str, line: int | None = None, **params: object) -> None:
        self.add(code, "error", line, **params)

    def warning(self, code: str, line: int | None = None, **params: object) -> None:
        self.add(code, "warning", line, **params)

    @property
    def fatal(self) -> bool:
        return bool(self._counts["error"])
