import pytest

from composer.errors import Finding
from composer.issue.parsing.issue_file import placed

LINES = ["first", "  one <b> two", "中文 https://e.org/x", "", "  https://e.org/y"]


@pytest.mark.parametrize(
    ("params", "line", "place"),
    [
        ({"html": "<b>"}, 2, (2, 7)),
        ({"url": "https://e.org/x"}, 2, (3, 4)),
        ({"url": "https://e.org/y"}, 2, (2, 3)),  # beyond the end of the paragraph
        ({"url": "nowhere", "text": "two"}, 2, (2, 11)),
        ({"text": "o"}, 2, (2, 3)),  # too short to be found reliably
        ({"text": "one <b>", "at": 5}, 2, (2, 7)),
        ({"text": "one <b>", "at": 500}, 2, (2, 14)),
        ({}, 3, (3, 1)),
        ({"text": "first"}, None, (None, None)),
        ({"text": "first"}, 99, (99, None)),
    ],
)
def test_a_finding_points_to_the_text_that_it_quotes(
    params: dict[str, object], line: int | None, place: tuple[int | None, int | None]
) -> None:
    (found,) = placed([Finding("title-empty", params=params, line=line)], LINES)
    assert (found.line, found.column) == place


def test_findings_are_sorted_by_position() -> None:
    found = placed([Finding("title-empty", line=3), Finding("title-empty", line=1), Finding("title-empty")], LINES)
    assert [finding.line for finding in found] == [None, 1, 3]
