"""Reads and checks theme.yaml: reports the faults of all keys, each with its line."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeGuard

import yaml

from composer.css.colours import contrast_ratio
from composer.errors import ComposeError, Finding, Findings, nearest
from composer.messages.phrases import Phrase, phrase
from composer.rendering.blocks import NAMES_IN_THEMES
from composer.themes.slot_colours import INKS, LEAST_CONTRAST, TonePosition, read_reference, replace_references

COLOURS = ("ground", "line", *INKS)
MODES = ("light", "dark")
NARROWEST, WIDEST = 320, 700  # CSS pixels

_TEXT, _LIST, _MAPPING, _WHOLE = phrase("a text"), phrase("a list"), phrase("a mapping"), phrase("a whole number")
_COLOUR = phrase("a colour such as #1a2b3c")
_LANGUAGE = phrase("a language tag such as en or zh")
# key -> what it must be. A key with a question mark may be left out.
KEYS: dict[str, Phrase] = {
    "name": _TEXT, "description": _TEXT, "maker": _TEXT,
    "width": phrase("a whole number from {least} to {most}", least=NARROWEST, most=WIDEST),
    "pictures": _MAPPING, "fonts": _MAPPING, "logo?": _MAPPING, "slots?": _MAPPING, "tones": _MAPPING,
    "sections": _LIST, "section_tones?": _MAPPING, "blocks?": _LIST, "words?": _MAPPING,
}  # fmt: skip
PICTURES = {"widest": _WHOLE, "tallest": _WHOLE, "portrait": _WHOLE, "lead?": _WHOLE, "small?": _WHOLE}
LOGO = {"light": _TEXT, "dark?": _TEXT, "alt": _TEXT, "width": _WHOLE}
# The words that Mailroom itself writes, with what they must and may hold. Others are what the templates ask for.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "number": (("number",), ()),
    "more": (("count",), ()),
    "minutes": (("count",), ()),
    "photo": (("credit",), ()),
    "waiting": (("alt",), ()),
    "why": (("title",), ()),
    "wechat_code": (("organisation",), ()),
    "date": (("day", "month", "year"), ()),
    "days": (("day", "last", "month", "year"), ("last_month",)),
    "weeks": (("day", "month", "last", "last_month", "year"), ()),
    "span": (("first", "last"), ()),
    "months": ((), ()),
}
# Words that themes from before they existed lack: English ones fill the gap.
OPTIONAL_WORDS = frozenset({"wechat_code", "wechat_follow", "colon"})
_COMMON_WORDS = Path(__file__).resolve().parents[2] / "templates" / "words.yaml"
_COLOUR_VALUE = re.compile(r"#[0-9a-f]{6}\Z")
_SLOT_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_FAMILY = re.compile(r"[^{};\"<>\\]+,\s*(serif|sans-serif|monospace)\Z")
_FACES = phrase(
    "font names with commas between them, names of several words in single quotes, the last serif, sans-serif or monospace"
)
_Path = tuple[str, ...]


def read_settings(
    text: str, file: str, templates: Collection[str], drawn: Sequence[str] = ()
) -> tuple[Mapping[str, Any], Findings, Mapping[_Path, int], Mapping[TonePosition, str]]:
    """Returns the settings, their faults, the line of each key, and the places in the tones that refer to a slot.

    In the settings, the places have the colours of the design. `templates` are the sources whose words must be there.

    `drawn`: the blocks that have a file of their own, which are added to those in theme.yaml.

    Raises ComposeError if the text is not YAML or has no keys.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        settings = yaml.SafeLoader("").construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise ComposeError(Finding("theme-yaml", params={"problem": str(problem.problem)}, file=file, line=line)) from problem
    except (yaml.YAMLError, RecursionError) as problem:
        raise ComposeError(Finding("theme-yaml", params={"problem": str(problem)}, file=file)) from problem
    if not isinstance(settings, dict) or node is None:
        raise ComposeError(Finding("theme-yaml", params={"problem": phrase("it has no keys")}, file=file, line=1))
    if isinstance(given := settings.get("blocks", []), list):
        settings["blocks"] = given + [block for block in drawn if block not in given]
    places = replace_references(settings)
    judge = _Judge(settings, node, file)
    judge.judge(templates, places)
    settings["words"] = _with_common(settings.get("words") or {})
    return MappingProxyType(settings), judge.findings, judge.lines, places


@cache
def common_words() -> Mapping[str, Mapping[str, Any]]:
    """Returns language -> the fixed texts that all themes share."""
    texts = yaml.safe_load(_COMMON_WORDS.read_text(encoding="utf-8"))
    return MappingProxyType({language: MappingProxyType(own) for language, own in texts.items()})


def _with_common(own: object) -> Mapping[str, Mapping[str, Any]]:
    """Returns the fixed texts of all languages, with those of the theme instead of the common ones."""
    given = {str(language): texts for language, texts in own.items() if isinstance(texts, dict)} if isinstance(own, dict) else {}
    common = common_words()
    return {language: {**common.get(language, {}), **given.get(language, {})} for language in (*common, *given)}


class _Judge:
    """Checks the settings part by part; a part of the wrong type is not checked further."""

    def __init__(self, settings: dict[str, Any], node: yaml.Node, file: str) -> None:
        self.settings, self.findings = settings, Findings(file)
        self.lines: dict[_Path, int] = {}
        self._note_lines(node, ())

    def _note_lines(self, node: yaml.Node, path: _Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                line = key.start_mark.line + 1
                if inner in self.lines:
                    self.findings.error("key-twice", line, key=".".join(inner), first=self.lines[inner])
                self.lines.setdefault(inner, line)
                self._note_lines(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self.lines[(*path, str(number))] = value.start_mark.line + 1

    def _wrong(self, path: _Path, expected: Phrase) -> None:
        self.findings.error("theme-value", self.lines.get(path), key=".".join(path), wanted=expected)

    def judge(self, templates: Collection[str], places: Mapping[TonePosition, str]) -> None:
        self._keys((), self.settings, KEYS)
        for key, expected in (("pictures", PICTURES), ("logo", LOGO)):
            if isinstance(self.settings.get(key), dict):
                self._keys((key,), self.settings[key], expected)
        self._measures()
        self._fonts()
        self._slots(places)
        self._tones()
        self._sections()
        self._blocks()
        self._words(templates)

    def _keys(self, path: _Path, given: Mapping[Any, Any], expected: Mapping[str, Phrase]) -> None:
        """Reports unknown and missing keys of one mapping, and values of the wrong kind."""
        known = {key.removesuffix("?"): (kind, key.endswith("?")) for key, kind in expected.items()}
        for key in given:
            if str(key) not in known:
                here = (*path, str(key))
                self.findings.error("theme-key", self.lines.get(here), key=".".join(here), nearest=nearest(str(key), known, 0.5))
        for key, (kind, optional) in known.items():
            if key not in given:
                if not optional:
                    self.findings.error("theme-lacks", self.lines.get(path, 1), key=".".join((*path, key)))
            elif not _is(given[key], kind):
                self._wrong((*path, key), kind)

    def _mapping(self, key: str) -> Mapping[Any, Any]:
        """Returns the mapping of a key, or an empty one if it is missing or wrong, which `_keys` reports."""
        given = self.settings.get(key)
        return given if isinstance(given, dict) else {}

    def _measures(self) -> None:
        width = self.settings.get("width")
        if _whole(width) and not NARROWEST <= width <= WIDEST:
            self._wrong(("width",), KEYS["width"])
        for key in ("pictures", "logo"):
            for name in ("widest", "portrait", "lead", "small", "width", "tallest"):
                value = self._mapping(key).get(name)
                if _whole(value) and value < 1:
                    self._wrong((key, name), phrase("at least 1"))
                elif name != "tallest" and _whole(value) and _whole(width) and value > width:
                    self._wrong((key, name), phrase("at most the width, {width}", width=width))

    def _fonts(self) -> None:
        for name, families in self._mapping("fonts").items():
            if not isinstance(families, str) or not _FAMILY.match(families.strip()):
                self._wrong(("fonts", str(name)), _FACES)

    def _slots(self, places: Mapping[TonePosition, str]) -> None:
        """Reports slots with a wrong name or colour, and those that no tone uses."""
        for name, colour in self._mapping("slots").items():
            path = ("slots", str(name))
            if not isinstance(name, str) or not _SLOT_NAME.match(name):
                self._wrong(path, phrase("a name of lowercase letters, digits and hyphens"))
            elif not _is(colour, _COLOUR):
                self._wrong(path, _COLOUR)
            elif name not in places.values():
                self._wrong(path, phrase("a slot that a tone refers to, such as ground: ${slot}", slot=name))

    def _tones(self) -> None:
        for name, modes in self._mapping("tones").items():
            path = ("tones", str(name))
            if not isinstance(modes, dict):
                self._wrong(path, _MAPPING)
                continue
            self._keys(path, modes, dict.fromkeys(MODES, _MAPPING))
            for mode in MODES:
                if isinstance(modes.get(mode), dict):
                    self._tone((*path, mode), modes[mode])

    def _tone(self, path: _Path, colours: Mapping[Any, Any]) -> None:
        for key, value in colours.items():
            if (reference := read_reference(value)) is not None:  # those to slots of the theme are replaced already
                names = ", ".join(f"${slot}" for slot in self._mapping("slots")) or "–"
                self._wrong(
                    (*path, str(key)), phrase("a slot of this theme ({slots}), not ${slot}", slots=names, slot=reference[0])
                )
        written = {key: value for key, value in colours.items() if read_reference(value) is None}
        self._keys(path, written, {key: _COLOUR for key in COLOURS if key in written or key not in colours})
        for ink in INKS:
            fore, back = colours.get(ink), colours.get("ground")
            if _is(fore, _COLOUR) and _is(back, _COLOUR):
                ratio = contrast_ratio(str(fore), str(back))
                if ratio < LEAST_CONTRAST:
                    self.findings.error(
                        "theme-contrast", self.lines.get((*path, ink)), mode=f"{path[1]}, {path[2]}", fore=f"{ink} {fore}",
                        back=back, ratio=f"{ratio:.2f}", wanted=LEAST_CONTRAST,
                    )  # fmt: skip

    def _sections(self) -> None:
        tones = self._mapping("tones")
        turn = self.settings.get("sections")
        chosen = [(("sections", str(number)), tone) for number, tone in enumerate(turn)] if isinstance(turn, list) else []
        chosen += [(("section_tones", str(title)), tone) for title, tone in self._mapping("section_tones").items()]
        if isinstance(turn, list) and not turn:
            self._wrong(("sections",), phrase("a list of at least one tone"))
        for path, tone in chosen:
            if str(tone) not in tones:
                self._wrong(path, phrase("one of the tones {tones}", tones=", ".join(map(str, tones))))

    def _blocks(self) -> None:
        given = self.settings.get("blocks")
        if not isinstance(given, list):
            return
        for number, block in enumerate(given):
            if str(block) not in NAMES_IN_THEMES:
                line = self.lines.get(("blocks", str(number)))
                self.findings.error("theme-key", line, key=f"blocks: {block}", nearest=nearest(str(block), NAMES_IN_THEMES, 0.5))
        for block in NAMES_IN_THEMES:
            if block not in given:
                unnamed = phrase("theme.yaml does not name it")
                self.findings.warning("theme-block", self.lines.get(("blocks",)), block=block, problem=unnamed)

    def _words(self, templates: Collection[str]) -> None:
        languages = self._mapping("words")
        common = common_words()
        asked = {word for source in templates for word in re.findall(r"\bwords\.([A-Za-z_]\w*)", source)}
        own = asked - common["en"].keys()  # that only this theme has
        if own and "en" not in languages:
            self.findings.error("theme-lacks", self.lines.get(("words",), 1), key=f"words.en.{min(own)}")
        for language, texts in languages.items():
            path = ("words", str(language))
            if not _LANGUAGE_TAG.match(str(language)):
                self._wrong(path, _LANGUAGE)
            elif not isinstance(texts, dict):
                self._wrong(path, _MAPPING)
            else:
                optional = common.get(str(language), {})
                expected = {
                    word if word in own or not (optional or word in OPTIONAL_WORDS) else f"{word}?": _TEXT
                    for word in sorted(own | common["en"].keys())
                }
                self._keys(path, texts, {word: _LIST if word.startswith("months") else kind for word, kind in expected.items()})
                for word, text in texts.items():
                    self._word((*path, str(word)), text)

    def _word(self, path: _Path, text: object) -> None:
        word = path[-1]
        if word == "months" and isinstance(text, list) and (len(text) != 12 or not all(isinstance(month, str) for month in text)):
            self._wrong(path, phrase("a list of twelve names, with numbers in quotes"))
        if word not in WORDS or not isinstance(text, str):
            return
        must, may = WORDS[word]
        try:
            held = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        except ValueError:
            self._wrong(path, phrase("a text with matching braces"))
            return
        if not set(must) <= set(held) <= {*must, *may}:
            self._wrong(path, phrase("a text with {fields}", fields=" ".join(f"{{{name}}}" for name in must)))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is(value: object, kind: Phrase) -> bool:
    if kind == _TEXT:
        return isinstance(value, str) and bool(value.strip())
    if kind == _LIST:
        return isinstance(value, list)
    if kind == _MAPPING:
        return isinstance(value, dict) and bool(value)
    if kind == _COLOUR:
        return isinstance(value, str) and _COLOUR_VALUE.match(value) is not None
    return _whole(value)
