"""Names of the colours that can be chosen for a design, and what became of a chosen colour."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from composer.css.colours import contrast_ratio
from composer.rendering.theme_model import AdaptedColour, Theme
from composer.themes.slot_colours import LEAST_CONTRAST

# A slot of another name has that name: it is from a theme that somebody else wrote.
SLOTS: Mapping[str, str | Promise] = {
    "accent": gettext_lazy("Accent colour"),
    "masthead": gettext_lazy("Background of the masthead"),
}


def slot_name(slot: str) -> str:
    return str(SLOTS.get(slot, slot))


def colour_notes(theme: Theme, slot: str, chosen: str) -> list[str]:
    """What people should know about a colour that was chosen for a slot of the theme, which has this colour already.

    The first section's ground, on which most text is, has a sentence of its own. The others are one sentence for each mode.
    """
    adapted = [change for change in theme.adapted if change.slot == slot]
    text, ground = ([change for change in adapted if bool(change.on) == on_ground] for on_ground in (True, False))
    main = theme.settings["tones"][theme.settings["sections"][0]]["light"]["ground"]
    first = [change for change in text if change.mode == "light" and change.on == main]
    light = [change for change in text if change.mode == "light" and change.on != main]
    dark = [change for change in text if change.mode == "dark"]
    notes = [_on_main(change, chosen) for change in first[:1]]
    if light:
        notes.append(_("On other backgrounds, text in it is %(colours)s.") % {"colours": _colours(light)})
    notes += [_inks(theme, chosen)] if chosen in _light_grounds(theme) else []
    if ground:
        notes.append(_("In dark mode, backgrounds in it are %(colours)s.") % {"colours": _colours(ground)})
    if dark:
        notes.append(_("In dark mode, text in it is %(colours)s.") % {"colours": _colours(dark)})
    return notes or [_("People can read it everywhere as it is.")]


def _on_main(change: AdaptedColour, chosen: str) -> str:
    contrast = int(contrast_ratio(chosen, change.on) * 10) / 10  # rounded down: 4.49 is not enough
    values = {"ground": change.on, "chosen": chosen, "used": change.used, "contrast": contrast, "needed": LEAST_CONTRAST}
    return (
        _(
            "On %(ground)s, %(chosen)s is written as %(used)s, so that people can read it: "
            "its contrast is %(contrast)s, and text needs %(needed)s."
        )
        % values
    )


def _inks(theme: Theme, chosen: str) -> str:
    inks = {tone["light"]["ink"] for tone in theme.settings["tones"].values() if tone["light"]["ground"] == chosen}
    return _("Text on this background is %(colours)s.") % {"colours": _(", ").join(sorted(inks))}


def _light_grounds(theme: Theme) -> set[str]:
    return {tone["light"]["ground"] for tone in theme.settings["tones"].values()}


def _colours(places: Iterable[AdaptedColour]) -> str:
    return _(", ").join(dict.fromkeys(change.used for change in places))
