"""Charts: every number is drawn to scale and named, and nothing needs an inline style."""

import re

import pytest

from web.charts import SHADES, Series, bars

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
JOINED, LEFT = Series("joined <b>", [0, 3, *range(10)]), Series("left", [1] * 12)


def rects(svg: str) -> list[tuple[float, float]]:
    """(top edge, height) of each bar."""
    return [(float(y), float(height)) for y, height in re.findall(r'<rect [^>]*y="([\d.]+)" [^>]*height="([\d.]+)"', svg)]


def test_each_number_is_a_bar_with_its_name_in_both_widths():
    chart = str(bars("Joins & leaves", MONTHS, [JOINED, LEFT]))
    assert chart.count("<svg ") == 2
    assert chart.count("<title>2026-02 · joined &lt;b&gt; · 3</title>") == 2
    assert chart.count("<rect ") == 2 * (10 + 12), "a number that is zero has no bar"
    assert 'role="img" aria-label="Joins &amp; leaves"' in chart
    assert "style=" not in chart
    assert "<b>" not in chart


def test_heights_are_in_proportion_and_stacks_stand_on_one_another():
    heights = [height for _, height in rects(str(bars("x", ["a", "b"], [Series("s", [5, 10])])))[:2]]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    (low, lower), (high, _higher) = rects(str(bars("x", ["a"], [Series("s", [4]), Series("t", [6])], is_stacked=True)))[:2]
    assert high < low
    assert low + lower == pytest.approx(176, abs=0.2)


def test_a_chart_of_nothing_and_one_of_a_million_can_be_read():
    for most, top in ((0, "2"), (1, "2"), (7, "8"), (1_000_000, "1,000,000"), (1_087, "1,200")):
        assert f">{top}</text>" in str(bars("x", ["a"], [Series("s", [most])])), most
    assert "<svg " in str(bars("x", [], []))


def test_the_shades_begin_again_after_the_last_one():
    many = str(bars("x", ["a"], [Series(str(number), [1]) for number in range(SHADES + 2)]))
    assert {int(shade) for shade in re.findall(r"shade-(\d)", many)} == {*range(1, SHADES + 1)}
