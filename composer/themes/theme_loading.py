"""Loads a theme folder. Every file is checked and the specimen is rendered first; a theme with errors is not loaded."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from composer.css.unused_rules import parse_head_css
from composer.errors import ComposeError, Finding, Findings, nearest
from composer.images.picture_encoder import Picture, encode_picture
from composer.messages.phrases import phrase
from composer.rendering.blocks import NAMES_BY_BLOCK, NAMES_IN_THEMES
from composer.rendering.theme_model import LOGO, LOGO_DARK, Sheet, Theme, block_file
from composer.themes.theme_css import check_css, fill_sheet
from composer.themes.theme_settings import read_settings
from composer.themes.theme_trial import try_theme

DEFAULT_ROOT = Path(__file__).resolve().parents[2] / "templates" / "email"
MEDIA = "media.css"
FILES = ("theme.yaml", "issue.mjml.j2", "text.txt.j2", "theme.css", MEDIA)
_TEXTS = (".j2", ".css", ".yaml")
_BLOCKS = "blocks"  # the folder with one file for each block: its markup, and its style below
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def theme_names(root: Path | None = None) -> tuple[str, ...]:
    root = root or DEFAULT_ROOT
    return tuple(sorted(path.name for path in root.glob("*") if path.is_dir() and _NAME.match(path.name)))


def load_theme(name: str, root: Path | None = None) -> Theme:
    """Loads the theme in the folder `root`/`name`. Raises ComposeError with every fault of its files."""
    root = root or DEFAULT_ROOT
    folder = root / name
    if not _NAME.match(name) or not folder.is_dir():
        near = nearest(name, theme_names(root), 0.0)
        raise ComposeError(Finding("theme-missing", params={"name": name, "root": str(root), "nearest": near}))
    sources = _read_files(folder)
    digest = _digest(sources, folder)
    theme = _loaded.get((folder, digest))  # looked up once: another thread may clear the cache
    if theme is None:
        theme = _checked(name, folder, sources, digest)
        if len(_loaded) >= _MOST_KEPT:
            _loaded.clear()
        _loaded[folder, digest] = theme
    return theme


# Checking a theme takes as long as composing with it (measured: 25 ms of CPU time each). The digest covers every byte of the
# folder, so a change takes effect immediately.
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


def _checked(name: str, folder: Path, sources: Mapping[str, str], digest: str) -> Theme:
    templates = {path: _markup_and_style(path, text)[0] for path, text in sources.items() if path.endswith(".j2")}
    drawn = {name: block_file(block) for block, names in NAMES_BY_BLOCK.items() if block_file(block) in sources for name in names}
    settings, findings, lines = read_settings(sources["theme.yaml"], str(folder / "theme.yaml"), templates.values(), tuple(drawn))
    faults = findings.collected
    _raise_errors(faults)
    sheets = {path: _fill(text, settings, folder / path, faults) for path, text in _style_sources(sources)}
    inlined = "\n".join(sheet.compact() for path, sheet in sheets.items() if path != MEDIA)
    pictures = _read_logo(settings.get("logo") or {}, folder, lines, findings)
    _find_unstyled(settings["blocks"], {name: str(folder / file) for name, file in drawn.items()}, inlined, lines, findings)
    sound = all(fault.level != "error" for fault in faults)  # a sheet with errors is reported, not parsed
    theme = Theme(
        name, settings, MappingProxyType(templates), inlined,
        parse_head_css(sheets[MEDIA].compact()) if sound else (),
        digest, tuple(faults), MappingProxyType(pictures), str(folder), MappingProxyType(sheets),
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
