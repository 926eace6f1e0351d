"""Charts: every number is drawn to scale and named, and nothing needs an inline style."""

import re
from xml.etree import ElementTree

import pytest

from web.charts import SHADES, Chart, Series

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
JOINED, LEFT = Series("joined <b>", [0, 3, *range(10)]), Series("left", [1] * 12)


def rects(svg: str) -> list[tuple[float, float]]:
    """(top edge, height) of each bar."""
    return [(float(y), float(height)) for y, height in re.findall(r'<rect [^>]*y="([\d.]+)" [^>]*height="([\d.]+)"', svg)]


def test_each_number_is_a_bar_with_its_name_in_both_widths():
    chart = Chart("Joins & leaves", MONTHS, [JOINED, LEFT]).html()
    assert chart.count("<svg ") == 2
    assert chart.count("<title>2026-02 · joined &lt;b&gt; · 3</title>") == 2
    assert chart.count("<rect ") == 2 * (10 + 12), "a number that is zero has no bar"
    assert 'role="img" aria-label="Joins &amp; leaves"' in chart
    assert "style=" not in chart
    assert "<b>" not in chart


def test_heights_are_in_proportion_and_stacks_stand_on_one_another():
    heights = [height for _, height in rects(Chart("x", ["a", "b"], [Series("s", [5, 10])]).html())[:2]]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    (low, lower), (high, _higher) = rects(Chart("x", ["a"], [Series("s", [4]), Series("t", [6])], is_stacked=True).html())[:2]
    assert high < low
    assert low + lower == pytest.approx(176, abs=0.2)


def test_a_chart_of_nothing_and_one_of_a_million_can_be_read():
    for most, top in ((0, "2"), (1, "2"), (7, "8"), (1_000_000, "1,000,000"), (1_087, "1,200")):
        assert f">{top}</text>" in Chart("x", ["a"], [Series("s", [most])]).html(), most
    assert "<svg " in Chart("x", [], []).html()


def test_the_shades_begin_again_after_the_last_one():
    many = Chart("x", ["a"], [Series(str(number), [1]) for number in range(SHADES + 2)]).html()
    assert {int(shade) for shade in re.findall(r"shade-(\d)", many)} == {*range(1, SHADES + 1)}


def test_the_file_has_its_colours_title_and_key_inside():
    picture = Chart("Joins & leaves", MONTHS, [JOINED, Series("退订", [1] * 12)]).picture()
    root = ElementTree.fromstring(picture)
    names = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert names[0] == "Joins & leaves"
    assert names[-2:] == ["joined <b>", "退订"]
    bars = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if len(element)]
    assert len(bars) == 10 + 12
    assert all(re.fullmatch("#[0-9a-f]{6}", bar.attrib["fill"]) for bar in bars)
    assert "var(" not in picture
