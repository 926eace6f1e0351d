"""Values of a parametrised test, and examples of a property, of which `make test` uses some; `make soak` uses the rest."""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

EXAMPLES = 100  # of a property that says nothing else
EVERY = bool({"MAILROOM_TEST_EVERY_EXAMPLE", "MAILROOM_TEST_RANDOM"} & set(os.environ))


def few(*values: Any, soak: Iterable[Any]) -> list[Any]:
    """`values` are used every time. A combination with one of `soak`, also of another parameter, is left to the soak."""
    return [*values, *(pytest.param(*_row(value), marks=pytest.mark.soak) for value in soak)]


def first(values: Iterable[Any], count: int = 1) -> list[Any]:
    """As `few` with the first values."""
    known = list(values)
    return few(*known[:count], soak=known[count:])


def examples(count: int, **more: Any) -> settings:
    """Settings of a property test: `make test` tries a tenth of `count` examples, `make soak` all of them."""
    return settings(max_examples=count if EVERY else -(-count // 10), **more)


def _row(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
