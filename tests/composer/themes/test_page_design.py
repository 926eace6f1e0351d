"""The colours and the logo that a theme gives to pages outside the issue mail."""

from dataclasses import fields
from pathlib import Path

import pytest

from composer.css.colours import contrast_ratio
from composer.themes.page_design import NEUTRAL, Palette, page_design, palette
from composer.themes.theme_loading import theme_names
from tests.composer.making import picture_bytes, theme_copy

LEAST = 4.5  # WCAG 2.2, success criterion 1.4.3
PALE = {"ground": "#ffffff", "line": "#777777", "ink": "#222222", "quiet": "#767676", "accent": "#0b57a4"}


def faint(colours: Palette) -> list[str]:
    """The pairs of text and background with too little contrast."""
    pairs = [(ink, back) for ink in ("ink", "quiet", "accent") for back in ("sheet", "ground")]
    pairs += [("on_accent", "accent"), ("on_bar", "bar")]
    return [f"{fore} on {back}" for fore, back in pairs if contrast_ratio(getattr(colours, fore), getattr(colours, back)) < LEAST]


def test_every_theme_and_the_neutral_design_are_legible_in_light_and_dark() -> None:
    designs = {name: page_design(name) for name in theme_names()} | {"neutral": NEUTRAL}
    assert None not in designs.values()
    assert [
        (name, faint(mode)) for name, each in designs.items() if each for mode in (each.light, each.dark) if faint(mode)
    ] == []


def test_the_colours_are_those_of_the_tone_of_the_first_section() -> None:
    cast = page_design("cast")
    assert cast is not None
    assert (cast.light.sheet, cast.light.accent, cast.light.on_accent) == ("#ffffff", "#b92d17", "#ffffff")
    assert (cast.dark.sheet, cast.dark.accent) == ("#141d26", "#ff937a")
    assert cast.light.ground not in (cast.light.sheet, cast.light.line)


def test_the_bar_has_the_colours_of_the_masthead_in_the_colours_that_the_publication_chose() -> None:
    cast, chosen = page_design("cast"), page_design("cast", None, {"masthead": "#5a1040"})
    assert cast is not None
    assert chosen is not None
    assert (cast.light.bar, cast.light.on_bar, cast.dark.bar) == ("#0b2239", "#ffffff", "#06131f")
    assert (chosen.light.bar, chosen.light.logo_ground) == ("#5a1040", "#5a1040")
    assert faint(chosen.light) == faint(chosen.dark) == []


@pytest.mark.parametrize("accent", ["#1b5c4b", "#ffe14d", "#d0000e", "#8a8a8a"])
def test_without_a_masthead_of_its_own_the_bar_has_the_accent_which_is_darker_in_dark_mode(accent: str) -> None:
    journal = page_design("journal", None, {"accent": accent})
    assert journal is not None
    assert journal.light.bar == journal.light.accent
    assert contrast_ratio(journal.dark.bar, "#000000") < contrast_ratio(journal.light.bar, "#000000")
    assert faint(journal.light) == faint(journal.dark) == []


def test_the_ground_stays_light_enough_for_quiet_text() -> None:
    """#767676 reaches 4.5:1 on white and on nothing darker."""
    found = palette(PALE, NEUTRAL.light, around=PALE["line"])
    assert found.ground == found.sheet == "#ffffff"
    assert faint(found) == []


@pytest.mark.parametrize("ink", ["ink", "quiet", "accent"])
def test_colours_that_fail_on_their_own_ground_are_replaced_by_the_neutral_ones(ink: str) -> None:
    assert palette(PALE | {ink: "#aaaaaa"}, NEUTRAL.light, around=PALE["line"]) == NEUTRAL.light


def test_a_missing_or_faulty_theme_has_no_design_and_a_repaired_one_has(tmp_path: Path) -> None:
    for name in ("nothing", "", "..", "../email/cast"):
        assert page_design(name) is None
    settings = theme_copy(tmp_path) / "ours" / "theme.yaml"
    sound = settings.read_text(encoding="utf-8")
    settings.write_text(sound.replace('accent: "#b92d17"', 'accent: "#ffdddd"'), encoding="utf-8")
    assert page_design("ours", tmp_path) is None
    settings.write_text(sound.replace('accent: "#b92d17"', 'accent: "#0b57a4"'), encoding="utf-8")
    repaired = page_design("ours", tmp_path)
    assert repaired is not None
    assert repaired.light.accent == "#0b57a4"


def test_the_logo_keeps_its_proportions(tmp_path: Path) -> None:
    root = theme_copy(tmp_path, theme__yaml=("width: 600", "logo: { light: mark.png, alt: Society, width: 200 }\nwidth: 600"))
    (root / "ours" / "mark.png").write_bytes(picture_bytes(400, 100, "PNG"))
    design = page_design("ours", root)
    assert design is not None
    assert design.logo is not None
    assert design.logo_dark is None
    assert (design.logo_width, design.logo_height) == (200, 50)


def test_colours_are_written_as_six_hexadecimal_digits() -> None:
    """They go into a style sheet and into style attributes as they are."""
    for name in theme_names():
        design = page_design(name)
        assert design is not None
        for mode in (design.light, design.dark):
            assert all(len(getattr(mode, each.name)) == 7 and getattr(mode, each.name)[0] == "#" for each in fields(mode))
