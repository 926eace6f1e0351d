"""A theme's colours and logo for pages outside the issue mail: public web pages, error pages and notices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from composer.css.colours import contrast_ratio, mixed
from composer.errors import ComposeError
from composer.images.picture_encoder import Picture
from composer.rendering.theme_model import LOGO, LOGO_DARK, Theme
from composer.themes.slot_colours import INKS, LEAST_CONTRAST
from composer.themes.theme_loading import DEFAULT_ROOT, load_theme, theme_names
from composer.themes.theme_settings import COLOURS

# How much of the second colour the surroundings of the sheet get: the first share at which all text stays legible.
_SHARES = (0.35, 0.2, 0.1, 0.0)
_BLACK = "#000000"
# How much black the accent of light mode gets for the bar in dark mode: the first share with which its text stays legible.
_DARKENED = (0.55, 0.3, 0.0)
MASTHEAD = "masthead"  # the slot of designs whose masthead has a colour of its own


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours for one mode, each as #rrggbb. `ink`, `quiet` and `accent` reach 4.5:1 on `sheet` and on `ground`, `on_accent`
    does on `accent`, and `on_bar` on `bar`."""

    ground: str  # around the sheet, and behind headers and footers
    sheet: str  # behind the text
    line: str
    ink: str
    quiet: str
    accent: str
    on_accent: str
    bar: str  # behind the name of the publication, as the masthead of the mail
    on_bar: str
    logo_ground: str  # behind the logo in the bar: logos are made for the ground on which the mail has them


@dataclass(frozen=True, slots=True)
class PageDesign:
    """`logo_width` is in CSS pixels; without a logo it is 0."""

    light: Palette
    dark: Palette
    logo: Picture | None = None
    logo_dark: Picture | None = None
    logo_width: int = 0

    @property
    def logo_height(self) -> int:
        return max(1, round(self.logo_width * self.logo.height / self.logo.width)) if self.logo else 0


# Used until there is an issue, and for a theme that cannot be loaded. templates/static/ has the same colours.
NEUTRAL = PageDesign(
    light=Palette("#f4f3ef", "#ffffff", "#dcdad3", "#1d2125", "#5b646c", "#14505c", "#ffffff", "#14505c", "#ffffff", "#ffffff"),
    dark=Palette("#121517", "#1b2023", "#343b40", "#e9ebec", "#a3adb4", "#7cc5d1", "#08262c", "#0d343c", "#e9ebec", "#1b2023"),
)


def page_design(name: str, root: Path | None = None, colours: Mapping[str, str] | None = None) -> PageDesign | None:
    """The design of the theme `name` in the folder `root`; None if there is no such theme or it has errors.

    `colours`: as for `load_theme`.
    """
    if name not in theme_names(root):
        return None
    return _design(name, root, tuple(sorted((colours or {}).items())), _stamp((root or DEFAULT_ROOT) / name))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes with every change of a file in the folder."""
    facts = [(str(path), path.stat()) for path in (*folder.glob("*"), *folder.glob("blocks/*")) if path.is_file()]
    return tuple(sorted((name, fact.st_mtime_ns, fact.st_size) for name, fact in facts))


# Checking a theme takes 25 ms. load_theme keeps themes without errors only, and a page must not pay for a faulty one each time.
@lru_cache(maxsize=32)
def _design(
    name: str, root: Path | None, colours: tuple[tuple[str, str], ...], _: tuple[tuple[str, int, int], ...]
) -> PageDesign | None:
    try:
        return design_of(load_theme(name, root, dict(colours)), dict(colours))
    except ComposeError:
        return None


def design_of(theme: Theme, colours: Mapping[str, str]) -> PageDesign:
    """Colours of the tone in which the theme's first section is set, those of its masthead for the bar, and the logo. `colours`:
    those with which the theme was loaded."""
    tones: Mapping[str, Any] = theme.settings["tones"]
    tone = tones[theme.settings["sections"][0]]
    light = palette(tone["light"], NEUTRAL.light, around=tone["light"]["line"])
    dark = palette(tone["dark"], NEUTRAL.dark, around=_BLACK)
    masthead = {**theme.slots, **colours}.get(MASTHEAD, "").lower()
    own = next((other for other in tones.values() if other["light"]["ground"].lower() == masthead), None)
    if own is not None:
        light, dark = _with_masthead(light, own["light"]), _with_masthead(dark, own["dark"])
    elif dark is not NEUTRAL.dark and light is not NEUTRAL.light:
        bar = next(
            bar for bar in (mixed(_BLACK, light.accent, share) for share in _DARKENED)
            if contrast_ratio(light.on_accent, bar) >= LEAST_CONTRAST
        )  # fmt: skip
        dark = replace(dark, bar=bar, on_bar=light.on_accent)
    logo = theme.pictures.get(LOGO)
    return PageDesign(
        light=light, dark=dark, logo=logo, logo_dark=theme.pictures.get(LOGO_DARK),
        logo_width=min(int(theme.settings["logo"]["width"]), logo.width) if logo else 0,
    )  # fmt: skip


def _with_masthead(mode: Palette, tone: Mapping[str, str]) -> Palette:
    return replace(mode, bar=tone["ground"], on_bar=tone["ink"], logo_ground=tone["ground"])


def palette(colours: Mapping[str, str], neutral: Palette, *, around: str) -> Palette:
    """Returns the palette of one mode of a tone. The ground is the sheet's colour with some of `around`, as far as text stays
    legible on it. Where text is not legible on the sheet itself, `neutral` is returned."""
    sheet, line, ink, quiet, accent = (colours[key] for key in COLOURS)
    inks = [colours[key] for key in INKS]
    for share in _SHARES:
        ground = mixed(around, sheet, share)
        if all(contrast_ratio(ink, back) >= LEAST_CONTRAST for ink in inks for back in (sheet, ground)):
            return Palette(ground, sheet, line, ink, quiet, accent, sheet, bar=accent, on_bar=sheet, logo_ground=sheet)
    return neutral
