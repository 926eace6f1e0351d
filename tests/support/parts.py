"""What belongs to the soak: properties, and with `--part K/N` one of N parts of the tests, because CI has time for a third.

Loaded with `-p tests.support.parts`: an option must be known before any conftest is read.
"""

import argparse
import hashlib

import pytest
from hypothesis import is_hypothesis_test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", metavar="K/N", type=_part, help="Run only part K of N parts of the tests, such as 1/3")


def pytest_itemcollected(item: pytest.Item) -> None:
    """The soak tries every property again, with all its examples."""
    if is_hypothesis_test(getattr(item, "obj", None)):
        item.add_marker("every_example")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests of the other parts."""
    part = config.getoption("--part")
    if part is None:
        return
    others = [item for item in items if not _is_in_part(item, *part)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if _is_in_part(item, *part)]


def _part(text: str) -> tuple[int, int]:
    """(K, N), with 1 <= K <= N."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part of the tests. Write its number and how many there are: 1/3")
    return int(number), int(count)


def _is_in_part(item: pytest.Item, number: int, count: int) -> bool:
    """The digest of its name places a test, so that a new test does not move others to another part."""
    return int(hashlib.sha256(item.nodeid.encode()).hexdigest(), 16) % count == number - 1
