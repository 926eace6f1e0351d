"""The colours of a theme that a publication may choose: puts them into the theme's tones so that all text stays legible.

A tone refers to a slot with `$accent`, or with `$accent #b0290f`: the slot, and the colour there as long as nobody chose one.
See docs/decisions/theme-colours.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from composer.css.colours import contrast_ratio, lightness_of, mixed, with_lightness
from composer.rendering.theme_model import AdaptedColour

LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3
INKS = ("ink", "quiet", "accent")
_WHITE, _DARK_INKS = "#ffffff", ("#1c1c1c", "#000000")  # black reaches 4.5:1 wherever white does not
_REFERENCE = re.compile(r"\$([a-z][a-z0-9-]*)(?: +(#[0-9a-f]{6}))?\Z")
_COLOUR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})\Z")
_STEPS = 400  # of lightness between black and white
_QUIET_SHARES = (0.72, 0.84, 0.92, 1.0)  # how much of the ink is in quiet text on a chosen ground
_LINE_SHARE = 0.24  # and in lines

Tones = Mapping[str, Mapping[str, Mapping[str, str]]]


class TonePosition(NamedTuple):
    """Where a tone has a colour: such as (night, light, ground)."""

    tone: str
    mode: str
    key: str


def read_colour(text: str) -> str | None:
    """Returns a colour that a person typed as #rrggbb; None if it is not one. `#05A` and `0055aa` are colours too."""
    match = _COLOUR.match(text.strip().lower())
    if match is None:
        return None
    digits = match[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def read_reference(value: object) -> tuple[str, str] | None:
    """Returns the slot that a value refers to, and the colour written behind it (may be empty); None if it is no reference."""
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    return (match[1], match[2] or "") if match else None


def replace_references(settings: dict[str, Any]) -> dict[TonePosition, str]:
    """Replaces each reference in the tones by the colour of the design. Returns position -> slot.

    A reference to an unknown slot is left as it is, for the checks to report.
    """
    slots, tones = settings.get("slots"), settings.get("tones")
    places: dict[TonePosition, str] = {}
    if not isinstance(slots, dict) or not isinstance(tones, dict):
        return places
    for tone, modes in tones.items():
        for mode, colours in modes.items() if isinstance(modes, dict) else ():
            for key, value in colours.items() if isinstance(colours, dict) else ():
                reference = read_reference(value)
                if reference is not None and reference[0] in slots:
                    places[TonePosition(str(tone), str(mode), str(key))] = reference[0]
                    colours[key] = reference[1] or slots[reference[0]]
    return places


def chosen_colours(slots: Mapping[str, str], colours: Mapping[str, str] | None) -> dict[str, str]:
    """Returns the colours (slot -> #rrggbb) that differ from those of the design; those of unknown slots are ignored."""
    return {slot: colours[slot] for slot, default in slots.items() if colours and colours.get(slot, default) != default}


def with_colours(
    tones: Tones, places: Mapping[TonePosition, str], slots: Mapping[str, str], chosen: Mapping[str, str]
) -> tuple[dict[str, dict[str, dict[str, str]]], tuple[AdaptedColour, ...]]:
    """Returns the tones with the chosen colours, and the places where a chosen colour had to be adapted.

    All inks of a tone keep 4.5:1 to its ground if they have it in the design. Tones without a chosen colour do not change.
    """
    painter = _Painter(tones, places, slots, chosen)
    painter.paint_grounds()
    painter.paint_references()
    painter.paint_other_inks()
    return painter.tones, tuple(dict.fromkeys(painter.adapted))


class _Painter:
    """Paints the tones in three steps: grounds, then references in text and lines, then the other inks on changed grounds."""

    def __init__(
        self, tones: Tones, places: Mapping[TonePosition, str], slots: Mapping[str, str], chosen: Mapping[str, str]
    ) -> None:
        self.design, self.places, self.slots, self.chosen = tones, places, slots, chosen
        self.tones = {tone: {mode: dict(colours) for mode, colours in modes.items()} for tone, modes in tones.items()}
        self.adapted: list[AdaptedColour] = []

    def paint_grounds(self) -> None:
        """A ground has the chosen colour in light mode. In dark mode it is as dark as the texts of the design need it."""
        for position, slot in self.places.items():
            if position.key == "ground" and slot in self.chosen:
                chosen = self.chosen[slot]
                self._set(position, chosen if position.mode == "light" else self._dark_ground(position, slot))
                self._note(position, slot, "")

    def _dark_ground(self, position: TonePosition, slot: str) -> str:
        """Darkens the chosen colour as much as the design darkens its own; then further, until its inks are legible."""
        design = self.design[position.tone][position.mode]
        before, after = (lightness_of(colour) for colour in (self.slots[slot], design["ground"]))
        dimmed = with_lightness(self.chosen[slot], lightness_of(self.chosen[slot]) * min(1.0, after / before if before else 1.0))
        inks = [design[key] for key in INKS if TonePosition(position.tone, position.mode, key) not in self.places]
        return _nearest(dimmed, lambda colour: _contrasts(colour, inks), darker=True) or dimmed

    def paint_references(self) -> None:
        """References that the design writes alike stay alike, because style sheets may use one of them for all their tones."""
        groups: dict[tuple[str, str, str], list[TonePosition]] = {}
        for position, slot in self.places.items():
            if position.key == "line" and slot in self.chosen:
                self._set(position, self.chosen[slot])
            elif position.key in INKS:
                groups.setdefault((slot, position.mode, self.design[position.tone][position.mode][position.key]), []).append(
                    position
                )
        for (slot, _, written), places in groups.items():
            grounds = [self._ground(position) for position in places]
            colour = self.chosen.get(slot, written)
            common = legible(colour, grounds)
            for position, ground in zip(places, grounds, strict=True):
                self._set(position, common or legible(colour, [ground]) or colour)
                if slot in self.chosen:
                    self._note(position, slot, ground)

    def paint_other_inks(self) -> None:
        for tone, modes in self.tones.items():
            for mode, colours in modes.items():
                ground = colours["ground"]
                if ground != self.design[tone][mode]["ground"]:
                    own = [key for key in (*INKS, "line") if TonePosition(tone, mode, key) not in self.places]
                    # In dark mode, the ground was made for the inks, and style sheets may share these between tones.
                    if mode == "light" or not _contrasts(ground, [colours[key] for key in own if key in INKS]):
                        colours |= {key: colour for key, colour in _inks_on(ground, colours).items() if key in own}

    def _ground(self, position: TonePosition) -> str:
        return self.tones[position.tone][position.mode]["ground"]

    def _set(self, position: TonePosition, colour: str) -> None:
        self.tones[position.tone][position.mode][position.key] = colour

    def _note(self, position: TonePosition, slot: str, on: str) -> None:
        used = self.tones[position.tone][position.mode][position.key]
        if used != self.chosen[slot]:
            self.adapted.append(AdaptedColour(slot, position.mode, position.key, used, on))


def _inks_on(ground: str, colours: Mapping[str, str]) -> dict[str, str]:
    """Returns the inks for a chosen ground: the ink of the design, white or dark, and what is mixed from it."""
    ink = next(colour for colour in (colours["ink"], _WHITE, *_DARK_INKS) if _contrasts(colour, [ground]))
    quiet = next(colour for colour in (mixed(ink, ground, share) for share in _QUIET_SHARES) if _contrasts(colour, [ground]))
    accent = colours["accent"] if _contrasts(colours["accent"], [ground]) else ink
    return {"ink": ink, "quiet": quiet, "accent": accent, "line": mixed(ink, ground, _LINE_SHARE)}


def legible(colour: str, grounds: Sequence[str]) -> str | None:
    """Returns the colour, made lighter or darker as little as possible, so that text in it is legible on all grounds.

    None if there is no such colour. On one ground there always is: black and white are among them.
    """
    return _nearest(colour, lambda tried: _contrasts(tried, grounds))


def _nearest(colour: str, fits: Callable[[str], bool], *, darker: bool = False) -> str | None:
    """Returns the colour of the same hue that fits and is nearest in lightness, or with `darker` the nearest darker one."""
    if fits(colour):
        return colour
    start = lightness_of(colour)
    for step in range(1, _STEPS + 1):
        for distance in (-step / _STEPS,) if darker else (-step / _STEPS, step / _STEPS):
            if -1 / _STEPS < start + distance < 1 + 1 / _STEPS:
                tried = with_lightness(colour, min(1.0, max(0.0, start + distance)))
                if fits(tried):
                    return tried
    return None


def _contrasts(colour: str, others: Iterable[str]) -> bool:
    return all(contrast_ratio(colour, other) >= LEAST_CONTRAST for other in others)
