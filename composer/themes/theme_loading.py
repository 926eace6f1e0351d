"""Loads a theme folder. Every file is checked and the specimen rendered first; a theme with errors is not loaded."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
import tinycss2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from composer.css.stylesheets import parse_head_css, rules_of
from composer.errors import ComposeError, Finding, Findings, nearest
from composer.images.picture_encoder import Picture, encode_picture
from composer.issue.links import suggestions
from composer.messages.phrases import Phrase, phrase
from composer.rendering.blocks import NAMES_BY_BLOCK, NAMES_IN_THEMES
from composer.rendering.template_errors import Missing, filling, numbered, without_numbers
from composer.rendering.text_part import TEMPLATE as TEXT_TEMPLATE
from composer.rendering.theme_model import LOGO, LOGO_DARK, AdaptedColour, Sheet, Theme, block_file
from composer.themes.slot_colours import chosen_colours, with_colours
from composer.themes.theme_settings import read_settings
from composer.themes.theme_trial import try_theme

_FUNCTIONS = frozenset({"url", "image-set", "src"})
_MODERN = frozenset({"var", "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix",
                     "light-dark", "calc", "clamp", "min", "max", "env"})  # fmt: skip
_LAYOUTS = frozenset({"flex", "inline-flex", "grid", "inline-grid", "contents"})
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_QUOTED = re.compile(r"""/\*.*?(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'""", re.DOTALL)
_Fault = Callable[[str | Phrase, int], None]


def fill_sheet(source: str, settings: Mapping[str, Any], file: str) -> Sheet:
    """Fills a style sheet with the theme's tones and fonts. Raises ComposeError with the line."""
    nothing = jinja2.DictLoader({})  # so that an include raises TemplateNotFound
    environment = ImmutableSandboxedEnvironment(loader=nothing, undefined=Missing, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    values = {"tones": settings["tones"], "fonts": settings["fonts"]}
    with filling(environment, file, source, values, str):
        return Sheet(*without_numbers(environment.from_string(numbered(source)).render(values)))


def check_css(css: str, *, file: str, inlined: bool, lines: Sequence[int] = ()) -> list[Finding]:
    """Returns faults that would make a mail client or the inliner drop rules, or load a file; `lines` as in `Sheet`."""
    findings: list[Finding] = []

    def fault(problem: str | Phrase, line: int) -> None:
        file_line = lines[line - 1] if line <= len(lines) else line
        finding = Finding("theme-css", params={"problem": problem}, file=file, line=file_line)
        if finding not in findings:  # a rule in a template loop is reported once
            findings.append(finding)

    for number, text in enumerate(_COMMENT.sub(_line_ends, css).split("\n"), start=1):
        if "<" in text:
            fault(phrase("a < in CSS breaks the MJML engine"), number)
    open_since = _left_open(css)
    if open_since is not None:
        fault(phrase("the {{ is not closed"), open_since)
    for rule in rules_of(css):
        _check_rule(rule, fault, inlined=inlined, inside_media=False)
    return findings


def _left_open(css: str) -> int | None:
    """Returns the line of the first { without a }. Parsers silently close it at the end."""
    lines: list[int] = []
    for number, text in enumerate(_QUOTED.sub(_line_ends, css).split("\n"), start=1):
        for brace in re.findall("[{}]", text):
            if brace == "{":
                lines.append(number)
            elif lines:
                lines.pop()
    return lines[0] if lines else None


def _line_ends(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _check_rule(rule: Any, fault: _Fault, *, inlined: bool, inside_media: bool) -> None:
    line = rule.source_line
    if rule.type == "error":
        fault(rule.message, line)
    elif rule.type == "at-rule":
        keyword = rule.lower_at_keyword
        if inlined or inside_media or keyword != "media":
            fault(phrase("@{keyword} is not allowed here", keyword=keyword), line)
        elif rule.content is None:
            fault(phrase("@media has no rules"), line)
        else:
            if set("<>=") & set(tinycss2.serialize(rule.prelude)):
                fault(phrase("Gmail drops a query with > or =; write max-width or min-width"), line)
            for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
                _check_rule(inner, fault, inlined=inlined, inside_media=True)
    elif rule.type == "qualified-rule":
        if inlined:
            _check_selector(rule.prelude, fault, line)
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            _check_declaration(declaration, fault, inlined=inlined)


def _check_selector(prelude: Sequence[Any], fault: _Fault, line: int) -> None:
    from cssselect import SelectorError, parse  # noqa: PLC0415  (comes with premailer)

    for token in prelude:
        if token.type == "literal" and token.value == ":":
            fault(phrase("a pseudo-class cannot be inlined"), line)
            return
        if token.type == "literal" and token.value == "*":
            fault(phrase("the inliner skips selectors with *"), line)
            return
        if token.type == "[] block" and any(character in token.serialize() for character in ":*,.#"):
            # The inliner looks for these characters everywhere: it would skip the rule, cut it, or weigh it too much.
            fault(phrase("the inliner misreads a : * , . or # in brackets: {part}", part=token.serialize()), line)
            return
    selector = tinycss2.serialize(prelude).strip()
    try:
        parse(selector)
    except SelectorError as problem:  # the inliner would leave the rule out without a word
        fault(phrase("the selector “{selector}” cannot be read: {problem}", selector=selector, problem=str(problem)), line)


def _check_declaration(declaration: Any, fault: _Fault, *, inlined: bool) -> None:
    line = declaration.source_line
    if declaration.type != "declaration":
        fault(getattr(declaration, "message", "") or phrase("this is not a declaration"), line)
        return
    name = declaration.lower_name
    keywords = [token.lower_value for token in declaration.value if token.type == "ident"]
    if inlined and declaration.important:
        fault(phrase("!important would override the rules for dark mode"), line)
    if name == "position" or (name == "display" and set(keywords) & _LAYOUTS):
        fault(
            phrase("Gmail or Outlook drops {declaration}; lay out with tables", declaration=f"{name}: {' '.join(keywords)}"), line
        )
    if name.startswith("margin") and any(
        token.type in ("number", "dimension") and token.value < 0 for token in declaration.value
    ):
        fault(phrase("Gmail drops a negative margin"), line)
    if name.startswith("--"):
        fault(phrase("some mail clients do not understand variables; write the value"), line)
    for token in declaration.value:
        if token.type == "url" or (token.type == "function" and token.lower_name in _FUNCTIONS):
            fault(phrase("mail clients would load the url(); delete it"), line)
        elif token.type == "function" and token.lower_name in _MODERN:
            name = token.lower_name
            fault(phrase("some mail clients do not understand {function}(); write #rrggbb or pixels", function=name), line)


DEFAULT_ROOT = Path(__file__).resolve().parents[2] / "templates" / "email"
MEDIA = "media.css"
FILES = ("theme.yaml", "issue.mjml.j2", "theme.css", MEDIA)
COMMON_TEXT = DEFAULT_ROOT.parent / TEXT_TEMPLATE  # the plain-text part of a theme without a template of its own
_TEXTS = (".j2", ".css", ".yaml")
_BLOCKS = "blocks"  # the folder with one file for each block: its markup, and its style below
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def theme_names(root: Path | None = None) -> tuple[str, ...]:
    root = root or DEFAULT_ROOT
    return tuple(sorted(path.name for path in root.glob("*") if path.is_dir() and _NAME.match(path.name)))


def load_theme(name: str, root: Path | None = None, colours: Mapping[str, str] | None = None) -> Theme:
    """Loads the theme in the folder `root`/`name`. Raises ComposeError with every fault of its files.

    `colours`: slot -> #rrggbb, instead of the colours of the design. Slots that the theme does not have are ignored.
    """
    root = root or DEFAULT_ROOT
    folder = root / name
    if not _NAME.match(name) or not folder.is_dir():
        names = suggestions(name, theme_names(root))
        raise ComposeError(Finding("theme-missing", params={"name": name, "root": str(root), **names}))
    sources = _read_files(folder)
    digest = _digest(sources, folder)
    theme = _kept(name, folder, sources, digest, {})
    chosen = chosen_colours(theme.slots, colours)
    if not chosen:
        return theme
    facts = "\0".join([digest, *(f"{slot}\0{colour}" for slot, colour in chosen.items())])
    return _kept(name, folder, sources, hashlib.sha256(facts.encode()).hexdigest(), chosen)


def _kept(name: str, folder: Path, sources: Mapping[str, str], digest: str, chosen: Mapping[str, str]) -> Theme:
    theme = _loaded.get((folder, digest))  # looked up once: another thread may clear the cache
    if theme is None:
        theme = _checked(name, folder, sources, digest, chosen)
        if len(_loaded) >= _MOST_KEPT:
            _loaded.clear()
        _loaded[folder, digest] = theme
    return theme


# Checking a theme takes as long as composing with it (measured: 25 ms of CPU time each). The digest covers every byte of the
# folder and the chosen colours, so a change takes effect immediately.
_loaded: dict[tuple[Path, str], Theme] = {}
_MOST_KEPT = 64


def _files_of(folder: Path, *endings: str) -> list[Path]:
    """Returns the files with these extensions, in lower or upper case. Entries that are not files are ignored: text editors put
    dangling links next to a file while it is being edited."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.lower().endswith(endings) and entry.is_file()]
    return [folder / name for name in sorted(names)]


def _digest(sources: Mapping[str, str], folder: Path) -> str:
    pictures = [f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in _files_of(folder, ".png")]
    parts = [*(f"{path}\0{text}" for path, text in sources.items()), *pictures]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _checked(name: str, folder: Path, sources: Mapping[str, str], digest: str, chosen: Mapping[str, str]) -> Theme:
    templates = {path: _markup_and_style(path, text)[0] for path, text in sources.items() if path.endswith(".j2")}
    drawn = {name: block_file(block) for block, names in NAMES_BY_BLOCK.items() if block_file(block) in sources for name in names}
    settings, findings, lines, places = read_settings(
        sources["theme.yaml"], str(folder / "theme.yaml"), templates.values(), tuple(drawn)
    )
    faults = findings.collected
    _raise_errors(faults)
    adapted: tuple[AdaptedColour, ...] = ()
    if chosen:
        tones, adapted = with_colours(settings["tones"], places, settings["slots"], chosen)
        settings = MappingProxyType({**settings, "tones": tones})
    sheets = {path: _fill(text, settings, folder / path, faults) for path, text in _style_sources(sources)}
    inlined = "\n".join(sheet.compact() for path, sheet in sheets.items() if path != MEDIA)
    pictures = _read_logo(settings.get("logo") or {}, folder, lines, findings)
    _find_unstyled(settings["blocks"], {name: str(folder / file) for name, file in drawn.items()}, inlined, lines, findings)
    sound = all(fault.level != "error" for fault in faults)  # a sheet with errors is reported, not parsed
    theme = Theme(
        name, settings, MappingProxyType(templates), inlined,
        parse_head_css(sheets[MEDIA].compact()) if sound else (),
        digest, tuple(faults), MappingProxyType(pictures), str(folder), MappingProxyType(sheets), adapted,
    )  # fmt: skip
    _raise_errors([*faults, *try_theme(theme, lines)])
    return theme


def _raise_errors(faults: list[Finding]) -> None:
    if any(fault.level == "error" for fault in faults):
        raise ComposeError(faults)


def _read_files(folder: Path) -> dict[str, str]:
    faults = [Finding("theme-file", params={"path": path}, file=str(folder)) for path in FILES if not (folder / path).is_file()]
    sources: dict[str, str] = {}
    paths = _files_of(folder, *_TEXTS)
    if (folder / _BLOCKS).is_dir():
        paths += _files_of(folder / _BLOCKS, ".j2")
    for path in paths:
        data = path.read_bytes()
        try:
            sources[path.relative_to(folder).as_posix()] = data.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as problem:
            line = data[: problem.start].count(b"\n") + 1
            faults.append(Finding("not-utf8", params={"offset": problem.start}, file=str(path), line=line))
    _raise_errors(faults)
    if TEXT_TEMPLATE not in sources:
        sources[TEXT_TEMPLATE] = COMMON_TEXT.read_text(encoding="utf-8")
    return sources


def _style_sources(sources: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields (file, CSS) of the style sheets, media.css first, because it wins, then theme.css and the styles of the blocks. Line
    numbers are those of the files."""
    yield from ((path, sources[path]) for path in (MEDIA, "theme.css"))
    for path, text in sources.items():
        markup, style = _markup_and_style(path, text)
        if style:
            yield path, "\n" * (markup.count("\n") + 1) + style


def _markup_and_style(path: str, text: str) -> tuple[str, str]:
    """Splits the file of a block before the line `<style>`; other files have no style."""
    markup, opening, rest = f"\n{text}".partition("\n<style>\n")
    style, closing, after = rest.rpartition("</style>")
    if not path.startswith(f"{_BLOCKS}/") or not opening or not closing or after.strip():
        return text, ""
    return f"{markup}\n"[1:], style


def _fill(source: str, settings: Mapping[str, Any], path: Path, faults: list[Finding]) -> Sheet:
    """Fills and checks a style sheet of the theme; adds its faults to `faults`."""
    try:
        sheet = fill_sheet(source, settings, str(path))
    except ComposeError as error:
        faults += error.findings
        return Sheet("", ())
    faults += check_css(sheet.css, file=str(path), inlined=path.name != MEDIA, lines=sheet.lines)
    return sheet


def _read_logo(
    setting: Mapping[str, Any], folder: Path, lines: Mapping[tuple[str, ...], int], findings: Findings
) -> dict[str, Picture]:
    """Returns the theme's pictures, re-encoded like those of issues."""
    pictures: dict[str, Picture] = {}
    for key, src in (("light", LOGO), ("dark", LOGO_DARK)):
        if key not in setting:
            continue
        line, path = lines.get(("logo", key)), folder / str(setting[key])
        if path.name != setting[key] or path.suffix.lower() != ".png":
            findings.error("theme-value", line, key=f"logo.{key}", wanted=phrase("a PNG file in the theme's folder"))
        elif not path.is_file():
            there = [file.name for file in folder.iterdir() if file.suffix.lower() == ".png"]
            findings.error("image-file", line, src=path.name, nearest=nearest(path.name, there, 0.0))
        else:
            try:
                pictures[src] = encode_picture(path, file=findings.file, line=line)
            except ComposeError as error:
                findings.collected += error.findings
    return pictures


def _find_unstyled(
    blocks: list[str], files: Mapping[str, str], css: str, lines: Mapping[tuple[str, ...], int], findings: Findings
) -> None:
    """Adds an error for each block whose HTML has no rule in `css`; `files` are those of blocks that theme.yaml need not name."""
    selectors = " , ".join(part.rpartition("}")[2] for part in css.split("{")[:-1])
    for number, block in enumerate(blocks):
        for element in NAMES_IN_THEMES[block]:
            before = "" if element.startswith(".") else r"(?<![\w.-])"
            if not re.search(rf"{before}{re.escape(element)}(?![\w-]|\s*+[+~])", selectors):
                line = lines.get(("blocks", str(number)))
                problem = phrase("theme.css has no rule for {element}", element=element)
                file = findings.file if line else files.get(block, findings.file)
                findings.collected.append(Finding("theme-block", "error", {"block": block, "problem": problem}, file, line))
