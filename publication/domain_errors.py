"""Errors of the domain: a code and parameters, which the CLI and the console turn into text (domain_error_texts.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar


class DomainError(Exception):
    """An error of the domain. Each subclass declares its codes and their parameters, so that tests can check every text."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, code: str, **params: object) -> None:
        if params.keys() != set(self.codes[code]):
            raise TypeError(f"{type(self).__name__} {code} takes {self.codes[code]}, not {tuple(params)}")
        self.code, self.params = code, params
        super().__init__(" ".join([code, *(f"{name}={value}" for name, value in self.shown().items())]))

    def shown(self) -> dict[str, object]:
        """The parameters in the form that texts use: moments to the minute, several names in one line."""
        return {name: _shown(value) for name, value in self.params.items()}


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")[:16]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return value
