"""Errors for invalid input. They carry their own text, because rejected rows and campaigns on hold store it."""

from collections.abc import Collection
from typing import ClassVar

from composer.errors import nearest
from publication.domain_errors import DomainError


class InputError(ValueError):
    """Invalid input: `message` says what is wrong, `hint` what to do.

    For pages in other languages: `variant` names the fault more exactly than the code, and `values` are what the text quotes.
    """

    def __init__(self, code: str, message: str, hint: str = "", *, variant: str = "", **values: str | int) -> None:
        self.code, self.message, self.hint, self.variant, self.values = code, message, hint, variant, values
        super().__init__(message)


class UnknownSlugError(LookupError):
    """Nothing of this kind has this slug. `existing` lists the existing slugs, `nearest` is the most similar one (or "")."""

    kind: ClassVar[str]
    none_yet: ClassVar[str]

    def __init__(self, slug: str, existing: list[str]) -> None:
        self.existing = existing
        self.nearest = nearest(slug, existing, 0.6)
        there_are = "there are: " + ", ".join(existing[:20]) if existing else self.none_yet
        self.hint = f"did you mean “{self.nearest}”?" if self.nearest else there_are
        super().__init__(f"no {self.kind} is called “{slug}”; {self.hint}")


def nearest_hint(name: str, existing: Collection[str], most: int | None = None) -> str:
    """A hint with the most similar of these names; if none is similar, with the first `most` of them."""
    meant = nearest(name, existing, 0.6)
    return f"did you mean {meant}?" if meant else "there are: " + (", ".join(sorted(existing)[:most]) or "none yet")


class CsvFileError(DomainError):
    """A fault of a whole file of people: nothing of it is imported."""
