"""Composes an issue folder: one mail per variant, the rules for who gets which variant, and one digest over all of them."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import DECODER, Picture
from composer.issue.document import Issue, ReaderQuestion
from composer.issue.parsing.head import LARGEST_HEAD
from composer.issue.parsing.issue_file import ISSUE_FILE, load_issue, parse_issue, placed
from composer.issue.variants import Choice, choose, variants_of
from composer.pipeline import ComposedIssue, compose, encode_pictures
from composer.rendering.measured_links import NOT_MEASURED, LongestAddresses
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import load_theme

ThemeColours = Mapping[str, Mapping[str, str]]  # theme -> slot -> #rrggbb
DESIGNED: ThemeColours = MappingProxyType({})  # the colours of the designs
_STEM, _ENDING = os.path.splitext(ISSUE_FILE)
# Names such as `issue-fr.md`, `issue_fr.md`, `Issue fr.MD` and `issue.fr.markdown`; only `issue.fr.md` is read.
_LANGUAGE_FILE = re.compile(r"issue[-_. ]*([a-z]{2,3}(?:[-_][a-z0-9]{2,8})*)\.(?:md|markdown)", re.IGNORECASE)
_SAYS_LANGUAGE = re.compile(r"language:[ \t]*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4})\b")


@dataclass(frozen=True, slots=True)
class ComposedVariant:
    """The mail of one variant. `holds`: the outcomes of the conditions that lead to it, as text; empty if there are none."""

    number: int
    mail: ComposedIssue
    holds: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        return self.mail.language

    @property
    def name(self) -> str:
        """`en`, or `en, country = "CN"`."""
        return ", ".join((self.language, *self.holds))


@dataclass(frozen=True, slots=True)
class Composition:
    """All mails of an issue. `issues` are its languages as written; the first serves all readers of other languages.

    `digest` is the SHA-256 in hexadecimal over everything that reaches a recipient, and over who gets which variant.
    """

    issues: tuple[Issue, ...]
    variants: tuple[ComposedVariant, ...]
    choices: tuple[Choice, ...]
    digest: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all variants, each once; a finding in only one of several variants names it."""
        unique: dict[tuple[object, ...], tuple[Finding, set[str]]] = {}
        for variant in self.variants:
            for finding in variant.mail.findings:
                key = (finding.code, finding.file, finding.line, finding.column, str(finding.params))
                first, names = unique.setdefault(key, (finding, set()))
                names.add(variant.name)
                if finding.level == "error":  # a warning about the file may be an error in the mail
                    unique[key] = (replace(first, level="error"), names)
        return tuple(
            replace(finding, variant=next(iter(names))) if len(names) == 1 and len(self.variants) > 1 else finding
            for finding, names in unique.values()
        )

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple({picture.name: picture for variant in self.variants for picture in variant.mail.pictures}.values())

    def issue_in(self, language: str) -> Issue:
        return next(issue for issue in self.issues if issue.language == language)

    def choose(self, language: str, person: Mapping[str, object]) -> ComposedVariant:
        """Returns the variant for a reader of `language` with the fields in `person` (field -> value)."""
        return self.variants[choose(language, person, self.choices)]


def load_issues(folder: Path, sources: Mapping[str, str] | None = None) -> tuple[Issue, ...]:
    """Loads the issue of a folder in each of its languages: issue.md, then issue.<language>.md sorted by name.

    `sources`: file name -> the text to take instead of the file's, which need not exist. Raises ComposeError with the faults of
    all files.
    """
    names = sorted({*_names_in(folder), *(sources or ())})
    others = [name for name in names if name.startswith(f"{_STEM}.") and name.endswith(_ENDING) and name != ISSUE_FILE]
    faults: list[Finding] = []
    issues: list[Issue] = []
    for name in (ISSUE_FILE, *others):
        try:
            if sources is not None and name in sources:
                issues.append(parse_issue(sources[name], file=str(folder / name), folder=folder))
            else:
                issues.append(load_issue(folder, name))
        except ComposeError as error:
            faults += error.findings
    faults += _differences(issues) + _different_questions(issues)
    unread = _unread(folder, [name for name in names if name not in (ISSUE_FILE, *others)])
    if faults:
        raise ComposeError([*faults, *unread])
    # These findings get added to every language: otherwise they would be reported as findings of one variant.
    return tuple(replace(issue, findings=(*issue.findings, *unread)) for issue in issues)


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []


def _unread(folder: Path, names: Sequence[str]) -> list[Finding]:
    """Returns a warning for each file that looks like the issue in another language, but has the wrong name. `issue-old.md` in
    the language of issue.md is just a copy."""
    warnings: list[Finding] = []
    for name in names:
        match = _LANGUAGE_FILE.fullmatch(name)
        if match is None or not (path := folder / name).is_file():
            continue
        tag, language = match[1].replace("_", "-"), _declared_language(path)
        differs = bool(language) and language.lower() != _declared_language(folder / ISSUE_FILE).lower()
        if differs or len(tag.split("-")[0]) == 2:  # most words of three letters are also language tags
            expected = f"{_STEM}.{language if differs else tag}{_ENDING}"
            warnings.append(Finding("language-unread", "warning", {"name": name, "wanted": expected}, str(path)))
    return warnings


def _declared_language(path: Path) -> str:
    try:
        with path.open("rb") as file:
            lines = file.read(LARGEST_HEAD).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return ""
    match = next(filter(None, map(_SAYS_LANGUAGE.match, lines)), None)
    return match[1] if match else ""


def _differences(issues: Sequence[Issue]) -> list[Finding]:
    faults: list[Finding] = []

    def fault(code: str, issue: Issue, where: str, **params: object) -> None:
        faults.append(Finding(code, params=params, file=issue.file, line=issue.lines.get(where)))

    for at, issue in enumerate(issues):
        name = os.path.basename(issue.file)
        tag = name.removeprefix(f"{_STEM}.").removesuffix(_ENDING)
        if name != ISSUE_FILE and tag.lower() != issue.language.lower():
            fault("language-file", issue, "language", wanted=tag, found=issue.language)
        for earlier in issues[:at]:
            if earlier.language.lower() == issue.language.lower():
                fault("language-twice", issue, "language", value=issue.language, first=os.path.basename(earlier.file))
        for key in ("number", "date"):
            own, wanted_value = str(getattr(issue, key)), str(getattr(issues[0], key))
            if own != wanted_value:
                params = {"key": key, "found": own, "wanted": wanted_value, "first": os.path.basename(issues[0].file)}
                fault("language-differs", issue, key, **params)
    return faults


def _different_questions(issues: Sequence[Issue]) -> list[Finding]:
    """Returns a fault for each question that has another number of answers than in the first file with a question of its name."""
    faults: list[Finding] = []
    first: dict[str, tuple[ReaderQuestion, Issue]] = {}
    for issue in issues:
        for question in issue.questions():
            other, file = first.setdefault(question.name, (question, issue))
            if len(question.answers) != len(other.answers):
                params = {"count": len(question.answers), "wanted": len(other.answers), "first": os.path.basename(file.file)}
                faults.append(Finding("question-differs", "error", {"name": question.name, **params}, issue.file, question.line))
    return faults


def compose_folder(
    folder: Path,
    *,
    theme_root: Path | None = None,
    picture_url: Callable[[Picture], str],
    sources: Mapping[str, str] | None = None,
    theme_colours: ThemeColours = DESIGNED,
) -> Composition:
    """Composes all mails of an issue folder, with the texts in `sources` (file name -> text) instead of those of its files.

    `theme_colours`: theme -> slot -> #rrggbb, the colours that the publication has chosen. Raises ComposeError with all faults if
    there can be no mail.
    """
    issues = load_issues(folder, sources)
    return compose_issues(issues, folder, theme_root=theme_root, picture_url=picture_url, theme_colours=theme_colours)


def compose_issues(
    issues: tuple[Issue, ...], folder: Path, *, theme_root: Path | None = None, picture_url: Callable[[Picture], str],
    measured: LongestAddresses = NOT_MEASURED, theme_colours: ThemeColours = DESIGNED,
) -> Composition:  # fmt: skip
    """Composes all mails of an issue that is loaded already; `folder` contains its pictures.

    `measured`: the longest addresses that measuring will write, for the size checks. `theme_colours` as in `compose_folder`.
    Raises ComposeError.
    """
    if any(True for issue in issues for _ in issue.pictures()):
        DECODER.start()  # so that it starts while the themes are loaded
    try:
        themes = load_themes(issues, theme_root, theme_colours)
    except ComposeError as error:
        raise ComposeError([*error.findings, *_faults_of_pictures(issues, folder)]) from error
    variants, choices = variants_of(issues)
    composed = tuple(
        ComposedVariant(
            variant.number,
            compose(variant.issue, folder=folder, theme=themes[variant.issue.theme], picture_url=picture_url, measured=measured),
            variant.holds,
        )
        for variant in variants
    )
    return Composition(issues, composed, choices, _digest(composed, choices))


def load_themes(issues: Sequence[Issue], root: Path | None = None, colours: ThemeColours = DESIGNED) -> dict[str, Theme]:
    """Returns name -> theme for all languages of the issue. Raises ComposeError with all faults; a missing theme is a fault of
    each file that names it, with its line."""
    themes: dict[str, Theme] = {}
    faults: dict[Finding, None] = {}
    for issue in issues:
        try:
            themes[issue.theme] = load_theme(issue.theme, root, colours.get(issue.theme))
        except ComposeError as error:
            line = issue.lines.get("theme")
            missing = [
                replace(finding, file=issue.file, line=line) for finding in error.findings if finding.code == "theme-missing"
            ]
            others = [finding for finding in error.findings if finding.code != "theme-missing"]
            faults |= dict.fromkeys([*placed(missing, issue.source), *others])
    if faults:
        raise ComposeError(faults)
    return themes


def _faults_of_pictures(issues: Sequence[Issue], folder: Path) -> list[Finding]:
    faults: list[Finding] = []
    for issue in issues:
        try:
            encode_pictures(issue, folder)
        except ComposeError as error:
            faults += error.findings
    return faults


def _digest(variants: Sequence[ComposedVariant], choices: Sequence[Choice]) -> str:
    reaching = [
        [variant.mail.digest for variant in variants],
        [[choice.language, choice.comparisons, choice.numbers] for choice in choices],
    ]
    return hashlib.sha256(json.dumps(reaching, ensure_ascii=True).encode()).hexdigest()
