"""A theme: a folder with the look of a newsletter, read and checked as a whole before anything is composed with it."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
import tinycss2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from composer.errors import ComposeError, Finding
from composer.headcss import HeadRule, parse_head_css

DEFAULT_ROOT = Path(__file__).resolve().parent.parent / "templates" / "email"
FILES = ("theme.yaml", "issue.mjml.j2", "text.txt.j2", "theme.css", "media.css")
INKS = ("ink", "quiet", "accent")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_KEYS = ("width", "pictures", "fonts", "tones", "sections", "words")
LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3


@dataclass(frozen=True, slots=True)
class Theme:
    """`css` goes into style attributes, `head_rules` into the one style block; `settings` is theme.yaml."""

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)
    css: str = field(repr=False)
    head_rules: tuple[HeadRule, ...] = field(repr=False)
    digest: str
    findings: tuple[Finding, ...] = ()

    @property
    def width(self) -> int:
        return int(self.settings["width"])

    def words(self, language: str) -> Mapping[str, Any]:
        """The fixed words of the mail in the language of the issue, or English."""
        all_words: Mapping[str, Mapping[str, Any]] = self.settings["words"]
        primary = language.split("-")[0].lower()
        return {**all_words["en"], **all_words.get(primary, {}), **all_words.get(language, {})}


def load_theme(name: str, root: Path | None = None) -> Theme:
    """The theme in the folder `root`/`name`. Raises ComposeError with every fault of its files."""
    root = root or DEFAULT_ROOT
    folder = root / name
    if not _NAME.match(name) or not folder.is_dir():
        names = sorted(path.name for path in root.glob("*") if path.is_dir())
        nearest = difflib.get_close_matches(name, names, 1, 0.0)
        params: dict[str, object] = {"name": name, "root": str(root), "nearest": nearest[0] if nearest else ""}
        raise ComposeError(Finding("theme-missing", params=params))
    missing = [path for path in FILES if not (folder / path).is_file()]
    if missing:
        raise ComposeError(Finding("theme-file", params={"path": path}, file=str(folder)) for path in missing)
    sources = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.suffix in (".j2", ".css", ".yaml")
    }
    settings = _read_settings(sources["theme.yaml"], str(folder / "theme.yaml"))
    css, head_css = (_render_css(sources[path], settings, str(folder / path)) for path in ("theme.css", "media.css"))
    faults = [
        *check_css(css, file=str(folder / "theme.css"), inlined=True),
        *check_css(head_css, file=str(folder / "media.css"), inlined=False),
        *_check_contrast(settings, str(folder / "theme.yaml")),
    ]
    if any(fault.level == "error" for fault in faults):
        raise ComposeError(faults)
    digest = hashlib.sha256("\0".join(f"{path}\0{text}" for path, text in sources.items()).encode()).hexdigest()
    templates = {path: text for path, text in sources.items() if path.endswith(".j2")}
    return Theme(name, settings, MappingProxyType(templates), css, parse_head_css(head_css), digest, tuple(faults))


def _read_settings(text: str, file: str) -> Mapping[str, Any]:
    def refuse(problem: str, line: int | None = None) -> ComposeError:
        return ComposeError(Finding("theme-yaml", params={"problem": problem}, file=file, line=line))

    try:
        settings = yaml.safe_load(text)
    except yaml.MarkedYAMLError as problem:
        raise refuse(str(problem.problem), problem.problem_mark.line + 1 if problem.problem_mark else None) from problem
    if not isinstance(settings, dict):
        raise refuse("it holds no keys")
    lacking = [key for key in _KEYS if key not in settings]
    if lacking:
        raise refuse(f"it lacks {', '.join(lacking)}")
    if "en" not in settings["words"]:
        raise refuse("it lacks words.en")
    for name, modes in settings["tones"].items():
        for mode in ("light", "dark"):
            for ink in ("ground", "line", *INKS):
                colour = str(modes.get(mode, {}).get(ink, ""))
                if not _COLOUR.match(colour):
                    raise refuse(f"tones.{name}.{mode}.{ink} must be a colour such as #1a2b3c, not {colour or 'nothing'}")
    return MappingProxyType(settings)


def _render_css(source: str, settings: Mapping[str, Any], file: str) -> str:
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    try:
        rendered = environment.from_string(source).render(tones=settings["tones"], fonts=settings["fonts"])
    except jinja2.TemplateError as problem:
        line = getattr(problem, "lineno", None)
        raise ComposeError(Finding("template", params={"problem": str(problem)}, file=file, line=line)) from problem
    return _compact(rendered)


def _compact(css: str) -> str:
    """Without comments and blank lines: both would be mailed."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    lines = (re.sub(r"\s+", " ", line).strip() for line in bare.split("\n"))
    joined = "\n".join(line for line in lines if line)
    return re.sub(r" ?([{}:;,>]) ?", _tight, joined)


def _tight(match: re.Match[str]) -> str:
    # A colon keeps its blanks: before it, a blank is the difference between `td :hover` and `td:hover`.
    return match[0] if match[1] == ":" else match[1]


def check_css(css: str, *, file: str, inlined: bool) -> list[Finding]:
    """Faults that would make a mail program or the inliner drop rules, or fetch something."""
    found: list[Finding] = []

    def fault(problem: str, line: int) -> None:
        found.append(Finding("theme-css", params={"problem": problem}, file=file, line=line))

    if "<" in css:
        fault("a < in CSS breaks the MJML engine", css[: css.index("<")].count("\n") + 1)
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        _check_rule(rule, fault, inlined=inlined, inside_media=False)
    return found


def _check_rule(rule: Any, fault: Any, *, inlined: bool, inside_media: bool) -> None:
    line = rule.source_line
    if rule.type == "error":
        fault(rule.message, line)
    elif rule.type == "at-rule":
        keyword = rule.lower_at_keyword
        if inlined or inside_media or keyword != "media":
            fault(f"@{keyword} is not allowed here", line)
        elif rule.content is None:
            fault("@media has no rules", line)
        else:
            for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
                _check_rule(inner, fault, inlined=inlined, inside_media=True)
    elif rule.type == "qualified-rule":
        if inlined and any(token.type == "literal" and token.value == ":" for token in rule.prelude):
            fault("a pseudo-class cannot be written into a style attribute", line)
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            _check_declaration(declaration, fault, inlined=inlined)


def _check_declaration(declaration: Any, fault: Any, *, inlined: bool) -> None:
    line = declaration.source_line
    if declaration.type != "declaration":
        fault(getattr(declaration, "message", "this is no declaration"), line)
        return
    if inlined and declaration.important:
        fault("!important would beat the rules for dark screens", line)
    for token in declaration.value:
        if token.type == "url" or (token.type == "function" and token.lower_name in ("url", "image-set", "src")):
            fault("url() would be fetched", line)
        elif token.type == "function" and token.lower_name in ("var", "rgb", "rgba", "hsl", "hsla"):
            fault(f"{token.lower_name}() is not understood everywhere; write #rrggbb", line)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours written #rrggbb (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _check_contrast(settings: Mapping[str, Any], file: str) -> list[Finding]:
    found: list[Finding] = []
    for name, modes in settings["tones"].items():
        for mode in ("light", "dark"):
            for ink in INKS:
                ratio = contrast(modes[mode][ink], modes[mode]["ground"])
                if ratio < LEAST_CONTRAST:
                    params: dict[str, object] = {
                        "mode": f"{name}, {mode}",
                        "fore": f"{ink} {modes[mode][ink]}",
                        "back": modes[mode]["ground"],
                        "ratio": f"{ratio:.2f}",
                        "wanted": LEAST_CONTRAST,
                    }
                    found.append(Finding("dark-contrast", params=params, file=file))
    return found
