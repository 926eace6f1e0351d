"""Checks a theme completely: its files, then all pre-send checks on the specimen, also right to left. Writes its preview."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import tinycss2

from composer.css import stylesheets
from composer.css.stylesheets import rules_of, style_rules
from composer.errors import ComposeError, Finding, nearest
from composer.issue.document import Article, Block, Figure, Issue, Paragraph, Section, Text, plain
from composer.output_folder import PICTURES, refuse_foreign, variant_file_names, with_example_values, write_folder
from composer.pipeline import compose
from composer.preflight.rules import client_support
from composer.rendering import mjml_rendering
from composer.rendering.blocks import CLASSES
from composer.rendering.theme_model import Sheet, Theme
from composer.themes.theme_loading import load_theme
from composer.themes.theme_trial import FOLDER, bare, specimens

# Findings that are intended: the specimen is a long draft, contains very long words, and one of its pictures is missing.
_MEANT = frozenset({"image-missing", "editor-mark", "link-bare", "anchor-used", "images-https", "picture-late", "phone-length"})
RIGHT_TO_LEFT = "ar"
_OF_MAIL = frozenset({"color-scheme", "supported-color-schemes", "text-size-adjust", "word-break", "zoom"})


@dataclass(frozen=True, slots=True)
class Measured:
    """The sizes of one mail of the specimen: bytes of its HTML, and of the style block in it."""

    language: str
    html_bytes: int
    style_bytes: int


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """The result of a check. `measured` is empty if the theme cannot be loaded."""

    name: str
    findings: tuple[Finding, ...]
    measured: tuple[Measured, ...] = ()

    @property
    def fit(self) -> bool:
        return all(finding.level != "error" for finding in self.findings)


def check_theme(name: str, root: Path | None = None) -> ThemeReport:
    """Returns all findings about a theme. Raises ComposeError only if there is no such theme."""
    try:
        theme = load_theme(name, root)
    except ComposeError as error:
        if any(finding.code == "theme-missing" for finding in error.findings):
            raise
        return ThemeReport(name, error.findings)
    unique: dict[tuple[str, str, str], Finding] = {}
    measured: list[Measured] = []
    classes: set[str] = set()
    for issue in issues(theme):
        try:
            mail = compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"https://example.org/{picture.name}")
        except ComposeError as error:
            return ThemeReport(name, error.findings)
        for finding in mail.findings:
            if finding.code not in _MEANT:
                unique.setdefault((finding.code, finding.level, str(finding.params)), finding)
        style = "".join(re.findall(r"<style\b[^<>]*+>(.*?)(?:</style>|\Z)", mail.html, re.DOTALL))
        measured.append(Measured(issue.language, len(mail.html.encode()), len(style.encode())))
        classes |= stylesheets.classes_in(mail.html)
    return ThemeReport(
        name,
        (*unique.values(), *_dead(theme, classes | CLASSES | mjml_rendering.CLASSES), *_unknown(theme)),
        tuple(measured[: len(specimens())]),
    )


def issues(theme: Theme) -> tuple[Issue, ...]:
    """Returns the specimen in each language, one from right to left, a minimal one, and one with a picture in every tone."""
    first = specimens()[0]
    return (*specimens(), replace(first, language=RIGHT_TO_LEFT), bare(first), _in_every_tone(first, theme))


def _in_every_tone(issue: Issue, theme: Theme) -> Issue:
    """Returns the issue with one section for each tone that sections can have; each begins with a picture, as does the issue."""
    shown = next(block for block in issue.blocks() if isinstance(block, Figure) and not block.missing)
    titles = [f"Section {number}" for number, _ in enumerate(theme.settings["sections"], start=1)]
    # The specimen's paragraphs without their links, some of which lead to articles that are not here.
    texts = [plain(block.content) for block in issue.blocks() if isinstance(block, Paragraph)]
    blocks: tuple[Block, ...] = (shown, *(Paragraph((Text(text),)) for text in texts))
    articles = (Article(f"tone-{number}", f"Tone {number}", blocks) for number in count(1))
    titles += theme.settings.get("section_tones") or {}
    sections = tuple(Section(title, (article,)) for title, article in zip(titles, articles, strict=False))
    return replace(issue, sections=sections, opening=(shown,), highlights=())


def _dead(theme: Theme, classes: set[str]) -> Iterator[Finding]:
    """Yields a warning for each rule with a class that no mail of the theme can have, usually a typo."""
    written = {name for source in theme.templates.values() for name in re.findall(r"[A-Za-z][\w-]*", source)}
    tone = re.compile(f"-(?:{'|'.join(map(re.escape, theme.settings['tones']))})$")
    stems = {tone.sub("-", name) for name in classes}  # rules exist for every tone, but not every tone is used everywhere
    for file, sheet in theme.sheets.items():
        seen: set[str] = set()
        for text, line in zip(sheet.css.split("\n"), sheet.lines, strict=True):
            selector = text.partition("{")[0] if "{" in text else text if text.rstrip().endswith(",") else ""
            for name in re.findall(r"\.([A-Za-z_][\w-]*)", re.sub(r"/\*.*?(?:\*/|\Z)", "", selector, flags=re.DOTALL)):
                if name not in written | seen and tone.sub("-", name) not in stems:
                    seen.add(name)
                    near = nearest(name, sorted(classes), 0.0)
                    yield Finding("theme-dead", "warning", {"name": name, "nearest": near}, theme.path_of(file), line)


def _unknown(theme: Theme) -> Iterator[Finding]:
    """Yields a warning for each unknown CSS property, usually a typo. Unknown properties of a known family, such as border-*, are
    reported only if they are close to a known one, because no list is complete."""
    known = _properties()
    families = {name.partition("-")[0] for name in known}
    for file, sheet in theme.sheets.items():
        written = {
            (declaration.lower_name, sheet.lines[declaration.source_line - 1]): None for declaration in _declarations(sheet)
        }
        for name, line in written:
            if name in known or name.startswith(("-", "mso-")):
                continue
            near = nearest(name, known, 0.8)
            own_family = "-" in name and name.partition("-")[0] in families
            if own_family and not (near and name.count("-") == near.count("-")):
                continue
            yield Finding("theme-property", "warning", {"name": name, "nearest": near}, theme.path_of(file), line)


def _declarations(sheet: Sheet) -> Iterator[Any]:
    for rule, _ in style_rules(rules_of(sheet.css)):
        declarations = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
        yield from (declaration for declaration in declarations if declaration.type == "declaration")


def _properties() -> list[str]:
    """Returns the properties known to the inliner's parser and to the support table of mail clients."""
    import cssutils  # noqa: PLC0415  (slow to load, and needed only here)

    in_support_table = {slug.removeprefix("css-") for slug in client_support.table()["features"] if slug.startswith("css-")}
    return sorted({*cssutils.profile.knownNames, *in_support_table, *_OF_MAIL})


def preview_theme(name: str, out: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Writes the specimen in this theme into `out`, one folder per language, all or nothing; an earlier preview is replaced.

    Raises ComposeError, also if `out` contains anything else.
    """
    languages = [issue.language for issue in specimens()]
    refuse_foreign(out, (*languages, PICTURES))
    theme = load_theme(name, root)
    files: dict[str, bytes] = {}
    for issue in specimens():
        mail = compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"../{PICTURES}/{picture.name}")
        for file, content in zip(variant_file_names(0), with_example_values(mail), strict=True):
            files[f"{issue.language}/{file}"] = content.encode()
        files |= {f"{PICTURES}/{picture.name}": picture.data for picture in mail.pictures}
    return write_folder(out, files)
