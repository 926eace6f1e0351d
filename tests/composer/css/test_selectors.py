"""Selectors are parsed from right to left, with their specificity."""

from composer.css.selectors import read_selector


def test_a_selector_is_read_from_right_to_left_with_its_specificity() -> None:
    read = read_selector("div.a#b > td[lang=en] p")
    assert read is not None
    chain, weight = read
    assert [each.tag for each in chain] == ["p", "td", "div"]
    assert [each.child for each in chain] == [False, True, False]
    assert weight == (1, 2, 3)
    assert read_selector("p:hover") is None
