"""Parts of an audience for somebody without an account: no small group, and none that can be calculated from the others."""

import itertools
import random
from collections import defaultdict

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
    assert hidden([50, 20, 3]) == [50, "≥ 10", "< 10"]
    assert hidden([50, 2, 3, 0]) == ["≥ 10", "< 10", "< 10", 0], "the two of them are five people"
    assert hidden([50, 40, 7, 6]) == [50, "≥ 10", "< 10", "< 10"], "of 13, neither can be less than four"
    assert hidden([11, 10, 3]) == ["", "", ""], "of 24 people, two groups of at least ten leave at most four"
    assert hidden([9, 9]) == ["", ""], "18 people"


def test_no_random_audience_has_a_small_group_left():
    chance = random.Random(4)
    for _ in range(300):
        parts = without_small([line(str(number), chance.randrange(1, 40)) for number in range(chance.randrange(1, 9))])
        assert len(parts) < 2 or min(part.recipients for part in parts) >= SMALL


def test_nobody_who_knows_the_rule_and_the_total_can_narrow_a_small_number_down():
    """Of all columns of three numbers that look the same and have the same sum, a hidden number has nearly every value below ten."""
    most = 26
    alike = defaultdict(list)
    for numbers in itertools.product(range(most), repeat=3):
        alike[tuple(hidden(numbers)), sum(numbers)].append(numbers)
    possible = [
        len({numbers[at] for numbers in columns})
        for (cells, total), columns in alike.items() if total < most  # beyond that, larger numbers would look the same, too
        for at, cell in enumerate(cells) if cell == "< 10"
    ]  # fmt: skip
    assert len(possible) > 100
    assert min(possible) >= 8
