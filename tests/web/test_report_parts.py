"""Parts of an audience for somebody without an account: no small group, and none that can be calculated from the others."""

import random

from campaigns.reporting.results.audience_parts import PartLine
from web.report_parts import SMALL, hidden, without_small


def line(value: str, recipients: int) -> PartLine:
    return PartLine(value, recipients, *[0] * 7)


def test_parts_of_fewer_than_ten_are_one_line_of_at_least_ten():
    assert [part[:2] for part in without_small([line("a", 50), line("b", 20), line("c", 4), line("d", 3)])] == [
        ("a", 50), ("*", 27),
    ]  # fmt: skip
    assert [part[:2] for part in without_small([line("a", 50), line("*", 30), line("c", 4)])] == [("a", 50), ("*", 34)]
    assert [part[:2] for part in without_small([line("a", 5), line("b", 3)])] == [("*", 8)], "one line, of which no table is made"


def test_a_number_that_alone_would_be_hidden_hides_another_one():
    assert hidden([[50], [20], [3]]) == [[50], ["≥ 10"], ["< 10"]]
    assert hidden([[50], [2], [3], [0]]) == [["≥ 10"], ["< 10"], ["< 10"], [0]], "the two of them would be five people"
    assert hidden([[50, 42], [50, 30], [50, 31]], {0}) == [[50, "≥ 10"], [50, "≥ 10"], [50, 31]], "eight did not click"
    assert hidden([[50], [40], [7], [6]]) == [[50], [40], ["< 10"], ["< 10"]]


def test_no_random_audience_has_a_small_group_left():
    chance = random.Random(4)
    for _ in range(300):
        parts = without_small([line(str(number), chance.randrange(1, 40)) for number in range(chance.randrange(1, 9))])
        assert len(parts) < 2 or min(part.recipients for part in parts) >= SMALL
