"""Colours that a publication chooses for a theme: all text stays legible, in every tone, in light and in dark mode."""

import colorsys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.css.colours import contrast_ratio
from composer.pipeline import compose
from composer.preflight.mail import GMAIL_CLIPS
from composer.rendering.theme_model import Theme
from composer.themes.slot_colours import INKS, LEAST_CONTRAST, legible, read_colour, with_colours
from composer.themes.theme_check import FOLDER, issues
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_settings import MODES, read_settings
from tests.composer.making import address_of, theme_copy
from tests.support.variations import examples, first

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
NAMES = theme_names()
# Colours that cannot stay as they are: light, dark, of medium lightness, without hue.
HARD = ("#ffee00", "#000000", "#777777", "#ffffff", "#0000ff", "#00ff00")


def faint(tones: Any) -> list[str]:
    """The texts with too little contrast to their ground."""
    return [
        f"{tone} {mode} {ink}"
        for tone, modes in tones.items()
        for mode in MODES
        for ink in INKS
        if contrast_ratio(modes[mode][ink], modes[mode]["ground"]) < LEAST_CONTRAST
    ]


def painted(name: str, chosen: dict[str, str]) -> Any:
    """The tones of a theme in these colours, and the adapted places, without rendering the specimen."""
    theme = load_theme(name)
    text = (FOLDER.parent / "email" / name / "theme.yaml").read_text(encoding="utf-8")
    places = read_settings(text, "theme.yaml", ())[3]
    return with_colours(theme.settings["tones"], places, theme.slots, chosen)


@given(st.sampled_from(NAMES), st.data())
@examples(2000, deadline=None)
def test_every_text_of_every_theme_is_legible_in_every_colour(name: str, data: st.DataObject) -> None:
    slots = load_theme(name).slots
    chosen = {slot: data.draw(st.sampled_from(HARD) | COLOURS, slot) for slot in slots}
    tones, adapted = painted(name, chosen)
    assert faint(tones) == []
    assert all(place.used != chosen[place.slot] for place in adapted)
    for mode in MODES:
        # The style sheets use the dark colours of one tone for others: what the design writes alike has to stay alike.
        design = load_theme(name).settings["tones"]
        alike: dict[str, set[str]] = {}
        for tone in design if mode == "dark" else ():
            alike.setdefault(design[tone][mode]["accent"], set()).add(tones[tone][mode]["accent"])
        assert all(len(colours) == 1 for colours in alike.values())


@given(COLOURS, COLOURS)
@examples(1000)
def test_an_adapted_colour_is_legible_and_keeps_its_hue(colour: str, ground: str) -> None:
    used = legible(colour, [ground])
    assert used is not None
    assert contrast_ratio(used, ground) >= LEAST_CONTRAST
    if contrast_ratio(colour, ground) >= LEAST_CONTRAST:
        assert used == colour
    (hue, _, saturation), (then, light, colourful) = (
        colorsys.rgb_to_hls(*(int(each[at : at + 2], 16) / 255 for at in (1, 3, 5))) for each in (colour, used)
    )
    if saturation > 0.5 and colourful > 0.5 and 0.2 < light < 0.8:  # elsewhere, rounding to 8 bits moves the hue
        assert min(abs(hue - then), 1 - abs(hue - then)) < 0.03


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("colour", first(HARD))
def test_a_mail_in_chosen_colours_passes_all_checks(name: str, colour: str) -> None:
    """The checks look at the finished mail, in light and dark mode, with all rules of the style sheets."""
    design = load_theme(name)
    for chosen in ({"accent": colour}, {"accent": "#0055aa", "masthead": colour}):
        theme = load_theme(name, None, chosen)
        for issue, plain in (
            (issue, compose(issue, folder=FOLDER, theme=design, picture_url=address_of)) for issue in issues(theme)
        ):
            mail = compose(issue, folder=FOLDER, theme=theme, picture_url=address_of)
            # A pure colour is hardly changed by Gmail's dark mode, but text on it is: this is found, and is no fault of the theme.
            found = {finding.code for finding in mail.findings} - {"contrast-inverted"}
            assert found == {finding.code for finding in plain.findings}
            assert len(mail.html) < GMAIL_CLIPS
            assert mail.digest != plain.digest


def test_without_a_choice_the_theme_is_the_same_object() -> None:
    theme = load_theme("cast")
    assert load_theme("cast", None, {}) is theme
    assert load_theme("cast", None, {"accent": "#b92d17", "unknown": "#000000"}) is theme, "the colour of the design is no choice"
    blue = load_theme("cast", None, {"accent": "#0055aa"})
    assert load_theme("cast", None, {"accent": "#0055aa", "unknown": "#000000"}) is blue
    assert blue.digest not in (theme.digest, load_theme("cast", None, {"accent": "#0055ab"}).digest)


def _paper(theme: Theme) -> Any:
    return theme.settings["tones"]["paper"]["light"]


def test_a_colour_that_is_not_legible_on_white_is_reported_with_the_one_that_is_used() -> None:
    theme = load_theme("cast", None, {"accent": "#ffee00"})
    assert _paper(theme)["accent"] == "#817800"
    assert [(place.used, place.on) for place in theme.adapted if place.mode == "light" and place.on == "#ffffff"] == [
        ("#817800", "#ffffff")
    ]
    flame = theme.settings["tones"]["flame"]["light"]
    assert (flame["ground"], flame["ink"]) == ("#ffee00", "#1c1c1c"), "white would not be legible on yellow"
    assert load_theme("cast", None, {"accent": "#0b57a4"}).settings["tones"]["flame"]["light"]["ink"] == "#ffffff"


def test_a_theme_without_slots_ignores_colours(tmp_path: Any) -> None:
    root = theme_copy(tmp_path, theme__yaml=('slots:\n  accent: "#b92d17"\n  masthead: "#0b2239"\n', ""))
    path = root / "ours" / "theme.yaml"
    text = path.read_text(encoding="utf-8").replace('"$accent"', '"#b92d17"').replace('"$masthead"', '"#0b2239"')
    path.write_text(text.replace("$accent ", "").replace("$masthead ", ""), encoding="utf-8")
    theme = load_theme("ours", root)
    assert theme.slots == {}
    assert load_theme("ours", root, {"accent": "#0055aa"}) is theme
    assert theme.settings["tones"] == load_theme("cast").settings["tones"]


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#0055AA", "#0055aa"),
        (" 05a ", "#0055aa"),
        ("0055aa", "#0055aa"),
        ("blue", None),
        ("", None),
        ("#0055aa11", None),
        ("#٠٠٠", None),
    ],
)
def test_a_typed_colour_is_read_as_six_digits(text: str, colour: str | None) -> None:
    assert read_colour(text) == colour
