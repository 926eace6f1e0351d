"""The data class of a loaded theme, for rendering and the checks. `composer.themes` loads and checks themes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from composer.css.stylesheets import HeadRule
from composer.errors import Finding
from composer.images.picture_encoder import Picture
from composer.issue.languages import subtags

LOGO, LOGO_DARK = "theme:logo", "theme:logo-dark"  # keys of the theme's own pictures, next to the `src` of figures
SMALL = "small:"  # before the `src` of a figure: the key of its small picture


def block_file(name: str) -> str:
    """Returns the path within the theme of the file of a block: its markup, and below it its style."""
    return f"blocks/{name}.mjml.j2"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled style sheet: `css` is the output of the template, and `lines[n]` is the source line of its line n."""

    css: str
    lines: Sequence[int]

    def compact(self) -> str:
        """Returns the CSS without comments and blank lines, which would be mailed."""
        bare = re.sub(r"/\*.*?(?:\*/|\Z)", "", self.css, flags=re.DOTALL)
        lines = (re.sub(r"\s+", " ", line).strip() for line in bare.split("\n"))
        joined = "\n".join(line for line in lines if line)
        return re.sub(r" ?([{}:;,>]) ?", _tight, joined)


def _tight(match: re.Match[str]) -> str:
    # A colon keeps its spaces, because `td :hover` and `td:hover` mean different things.
    return match[0] if match[1] == ":" else match[1]


@dataclass(frozen=True, slots=True)
class AdaptedColour:
    """A place where the colour that was chosen for a slot would not be legible, so that the theme uses another one.

    `mode` is light or dark, `key` one of ground, ink, quiet and accent. `on`: the ground below a text; empty for a ground.
    """

    slot: str
    mode: str
    key: str
    used: str
    on: str


@dataclass(frozen=True, slots=True)
class Theme:
    """`css` goes into style attributes, `head_rules` into the only style block; `settings` is theme.yaml.

    `pictures`: its logo, and the logo for dark mode. `findings` are warnings; a theme with errors is not loaded.
    `adapted`: where the chosen colours, if there are any, are not used as they were chosen.
    """

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)
    css: str = field(repr=False)
    head_rules: tuple[HeadRule, ...] = field(repr=False)
    digest: str
    findings: tuple[Finding, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict, repr=False)
    folder: str = ""
    sheets: Mapping[str, Sheet] = field(default_factory=dict, repr=False)  # with their lines; the style block first: it wins
    adapted: tuple[AdaptedColour, ...] = ()

    @property
    def slots(self) -> Mapping[str, str]:
        """The colours that a publication may choose: slot -> the colour of the design."""
        slots: Mapping[str, str] = self.settings.get("slots") or {}
        return slots

    @property
    def width(self) -> int:
        return int(self.settings["width"])

    @property
    def has_digest(self) -> bool:
        """Whether its template can write stories; templates from before there were digests cannot."""
        return re.search(r"\.story\b", self.templates["issue.mjml.j2"]) is not None

    def fixed_texts(self, language: str) -> Mapping[str, Any]:
        """Returns the fixed texts of the mail in the language of the issue; English texts fill the gaps."""
        all_words: Mapping[str, Mapping[str, Any]] = self.settings["words"]
        texts = dict(all_words["en"])
        for name in _from_general(language):
            texts |= all_words.get(name, {})
        return texts

    def language_of(self, word: str, language: str) -> str:
        """Returns the language in which `fixed_texts(language)` has this text: English if the theme lacks it."""
        all_words: Mapping[str, Mapping[str, Any]] = self.settings["words"]
        return language if any(word in all_words.get(name, {}) for name in _from_general(language)) else "en"

    def path_of(self, file: str) -> str:
        return f"{self.folder or self.name}/{file}"


def _from_general(language: str) -> tuple[str, ...]:
    """Returns the names under which a theme may have texts in a language: zh, zh-Hant and zh-TW, the most special last."""
    primary, script, _ = subtags(language)
    return (primary, f"{primary}-{script.title()}", language)
