"""No regular expression of the product takes more than linear time, whatever text an outsider sends."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.codebase.regular_expressions import ROOT, Expression, literals, slowness
from tests.support.variations import few

# Place -> the check in the code that keeps the text short.
SHORT = {
    "composer/importing/readers/html/html_nodes.py:EMBEDDED": "read_tree calls refuse_depth first: no tag, closed or not, is "
    "longer than LONGEST_TAG, 20,000 characters, so that no search for a > goes further",
}
# Place -> a description of the expression, which is known only at run time.
UNKNOWN = {
    "composer/issue/editing/text_search.py:Search.pattern()": "one literal text, without any repetition",
    "editorial/review/quotations.py:_pattern()": "literal words joined by [\\W_]+, which ends where the next word begins",
    "subscribers/consent/traces.py:Traces._addresses()": "literal addresses joined by |, without any repetition",
    "web/texts/issues/import_texts.py:_patterns()": "the rows of MARKS and REASONS, each of which is measured",
    "subscribers/consent/traces.py:Traces._words()": "literal names and attributes joined by |, without any repetition",
}

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("expressions")]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.codebase.regular_expressions"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len({verdict["place"] for verdict in found}) == len(found)
    return {verdict["place"]: verdict for verdict in found}


def test_no_expression_takes_more_than_linear_time(verdicts: dict[str, dict[str, Any]]) -> None:
    slow = {place: verdict["slow"] for place, verdict in verdicts.items() if verdict["slow"] and place not in SHORT}
    assert slow == {}


def test_every_exception_still_exists_and_is_still_slow(verdicts: dict[str, dict[str, Any]]) -> None:
    assert [place for place in SHORT if place not in verdicts or not verdicts[place]["slow"]] == []


def test_every_expression_is_known_before_the_code_runs(verdicts: dict[str, dict[str, Any]]) -> None:
    assert {place for place, verdict in verdicts.items() if verdict["pattern"] is None} == set(UNKNOWN)


def test_expressions_are_found_in_every_kind_of_place(verdicts: dict[str, dict[str, Any]]) -> None:
    assert len(verdicts) > 300
    for place in (
        "composer/importing/files/file_kinds.py:HTML_BEGIN",  # in a package of a package
        "composer/importing/manuscript/issue_dates.py:_WHOLE_MONTHS#2",  # in a tuple, joined from constants
        "composer/importing/readers/html/html_nodes.py:BASES#3",
        "composer/importing/manuscript/line_patterns.py:is_name()",  # in a function
        "composer/themes/theme_loading.py:_find_unstyled()",  # an f-string with a value that only the function knows
        "editorial/previewing/mail_locator.py:_MARKS_ALONE",
        "subscribers/addresses.py:_SHAPE",
        "transport/sendgrid/answers.py:_ADDRESS",
        "config/log_masking.py:LINK",
        "web/public/picture_files.py:_NAME",
        "campaigns/tracking/event_inbox.py:_ADDRESS",
    ):
        assert place in verdicts


@pytest.mark.parametrize(
    ("pattern", "methods"),
    few(
        (r"\s*(?:<!--.*?-->\s*)*<html", {"match"}),  # an import hung for ever on 26 comments
        (r"(?:[\s>]*<!--.*?-->)+\s*", {"fullmatch"}),
        (r"(?:\w+ ?)+:", {"match"}),
        (r"<!--.*?-->", {"sub"}),
        (r"\s+$", {"sub"}),
        (rb"[a-z0-9]+-[0-9]", {"search"}),
        soak=[
            (r"[\s\W]+$", {"search"}),
            (r"^[\s\W]+|[\s\W]+$", {"sub"}),
            (r"no\s*:?\s*\d", {"match"}),
            (r"@rule[^{]*\{", {"search"}),
            (r"(?m)^!\[[^\]]*\]", {"search"}),
            (r"[^\s@]+@[^\s@]+", {"findall"}),
        ],
    ),
)
def test_slow_expressions_are_detected(pattern: str | bytes, methods: set[str]) -> None:
    assert slowness(Expression("here", re.compile(pattern, re.DOTALL), methods)) is not None


@pytest.mark.parametrize(
    ("pattern", "methods"),
    [
        (r"\s*+(?:<!--(?>.*?-->)\s*+)*+<html", {"match"}),
        (r"<!--.*?(?:-->|\Z)", {"sub"}),
        (r"\s+$", {"match"}),
        (r"(?<!\s)\s++$", {"sub"}),
        (r"[a-z]{1,64}@", {"search"}),
    ],
)
def test_linear_expressions_are_not_reported(pattern: str, methods: set[str]) -> None:
    assert slowness(Expression("here", re.compile(pattern, re.DOTALL), methods)) is None


def test_expressions_in_functions_are_evaluated() -> None:
    source = """
import re
BASE = "a+"
def one(text, name):
    re.sub(r"b" "c" + BASE, "", text)
    re.search(rf"{BASE}{name}$", text, re.MULTILINE | re.DOTALL)
    return re.compile(name)
"""
    module = ModuleType("written")
    exec(source, vars(module))
    found = list(literals(module, "written.py", ast.parse(source)))
    assert [each.place for each in found] == ["written.py:one()", "written.py:one()#2", "written.py:one()#3"]
    assert found[0].pattern.pattern == "bca+"
    assert found[0].methods == {"sub"}
    assert found[1].pattern.pattern == "a+x$"
    assert found[1].pattern.flags & (re.MULTILINE | re.DOTALL) == re.MULTILINE | re.DOTALL
    assert found[2].pattern is None
