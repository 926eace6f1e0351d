"""Refusals of what somebody gave. They carry their own text: refused rows and held campaigns keep it."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from composer.errors import nearest


class InputFault(ValueError):
    """Input that cannot be used: what is wrong with it, and in `hint` what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(message)


class UnknownSlug(LookupError):
    """Nothing of this kind has this slug; `existing` names what there is, `nearest` what was probably meant (or "")."""

    kind: ClassVar[str]
    none_yet: ClassVar[str]

    def __init__(self, slug: str, existing: list[str]) -> None:
        self.existing = existing
        self.nearest = nearest(slug, existing, 0.6)
        there_are = "there are: " + ", ".join(existing[:20]) if existing else self.none_yet
        self.hint = f"did you mean {self.nearest!r}?" if self.nearest else there_are
        super().__init__(f"no {self.kind} is called {slug!r}; {self.hint}")


def nearest_hint(name: str, existing: Collection[str], most: int | None = None) -> str:
    """Which of these was probably meant; where none is like it, the first `most` of them."""
    meant = nearest(name, existing, 0.6)
    return f"did you mean {meant}?" if meant else "there are: " + (", ".join(sorted(existing)[:most]) or "none yet")
