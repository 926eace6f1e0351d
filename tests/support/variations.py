"""Values of a parametrised test of which `make test` uses some; `make soak` uses the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def few(*values: Any, soak: Iterable[Any]) -> list[Any]:
    """`values` are used every time. A combination with one of `soak`, also of another parameter, is left to the soak."""
    return [*values, *(pytest.param(*_row(each), marks=pytest.mark.soak) for each in soak)]


def first(values: Iterable[Any], count: int = 1) -> list[Any]:
    """As `few` with the first values."""
    known = list(values)
    return few(*known[:count], soak=known[count:])


def _row(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
