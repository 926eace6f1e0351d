"""No test fails because the machine is busy."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from tests.codebase.test_syntax import ROOT, called, calls

pytestmark = pytest.mark.xdist_group("bounds")  # one process parses the tests
CLOCKS = {"monotonic", "perf_counter", "time"}
ABOUT = re.compile(rf"\b(?:{'|'.join(CLOCKS)})\(|\bdeadline=|\bsuppress_health_check\b")
# These files test time-outs: if one did not work, the call would take much longer than the bound.
ABOUT_TIME = {"test_tls.py", "test_egress_guard.py", "test_client.py", "waiting.py"}


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """The name and the syntax tree of each file of the tests that may break a rule."""
    paths = (path for path in sorted((ROOT / "tests").rglob("*.py")) if not {"bench", "chaos"} & set(path.parts))
    texts = ((path.name, path.read_text(encoding="utf-8")) for path in paths)
    return [(name, ast.parse(text)) for name, text in texts if ABOUT.search(text)]


def bounds_by_the_clock(name: str, tree: ast.AST) -> Iterator[str]:
    """Assertions that less than some number of seconds has passed on the wall clock."""
    for node in ast.walk(tree):
        test = node.test if isinstance(node, ast.Assert) else None
        if isinstance(test, ast.Compare) and isinstance(test.ops[-1], ast.Lt | ast.LtE) and name not in ABOUT_TIME:
            began = isinstance(test.left, ast.BinOp) and any(called(call) in CLOCKS for call in calls(test.left))
            if began:
                yield f"{name}:{node.lineno} {ast.unparse(test)}"


def clocks_of_property_tests(name: str, tree: ast.AST) -> Iterator[str]:
    """Settings that undo the profile of tests/conftest.py, which sets no time limits; a list of checks replaces the profile's."""
    for call in calls(tree):
        for keyword in call.keywords:
            said = ast.unparse(keyword.value)
            if keyword.arg == "deadline" and called(call) in {"settings", "bounded"}:
                yield f"{name}:{call.lineno} deadline={said}"
            if keyword.arg == "suppress_health_check" and "too_slow" not in said and said != "list(HealthCheck)":
                yield f"{name}:{call.lineno} {said}"


def test_time_limits_of_tests_are_in_processor_time():
    assert [found for name, tree in trees() for found in bounds_by_the_clock(name, tree)] == []


def test_property_tests_have_no_time_limits():
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
    assert [found for name, tree in trees() if name != "conftest.py" for found in clocks_of_property_tests(name, tree)] == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (bounds_by_the_clock, "assert time.monotonic() - began < 2"),
        (bounds_by_the_clock, "assert stopwatch.perf_counter() - began <= 0.25"),
        (clocks_of_property_tests, "@settings(max_examples=9, deadline=timedelta(seconds=5))\ndef test(): ..."),
        (clocks_of_property_tests, "@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])\ndef test(): ..."),
    ],
)
def test_each_rule_finds_a_planted_fault(rule, source):
    assert len(list(rule("test_page.py", ast.parse(source)))) == 1
