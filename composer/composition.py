"""A whole issue folder -> every finished mail of it: one per variant, with one digest over all and who gets which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from composer.document import Issue
from composer.errors import ComposeError, Finding
from composer.images import Picture
from composer.issue import ISSUE_FILE, load_issue
from composer.pipeline import ComposedIssue, Stage, compose
from composer.theme import Theme, load_theme
from composer.variants import Choice, choose, variants_of


@dataclass(frozen=True, slots=True)
class ComposedVariant:
    """`holds`: the outcomes of the conditions that lead to it, in words; empty where there are none."""

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
    """All finished mails of an issue. `issues` are its languages as written, the first that of everybody else.

    `digest` is SHA-256, in hexadecimal, over everything that reaches a recipient and who gets what.
    """

    issues: tuple[Issue, ...]
    variants: tuple[ComposedVariant, ...]
    choices: tuple[Choice, ...]
    digest: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all variants, each once; what is in one of several only names it."""
        found: dict[tuple[object, ...], tuple[Finding, set[str]]] = {}
        for variant in self.variants:
            for finding in variant.mail.findings:
                key = (finding.code, finding.file, finding.line, finding.column, str(finding.params))
                told, names = found.setdefault(key, (finding, set()))
                names.add(variant.name)
                if finding.level == "error":  # what the file only warns of may be an error of the mail
                    found[key] = (replace(told, level="error"), names)
        return tuple(
            replace(finding, variant=next(iter(names))) if len(names) == 1 and len(self.variants) > 1 else finding
            for finding, names in found.values()
        )

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple({picture.digest: picture for variant in self.variants for picture in variant.mail.pictures}.values())

    def choose(self, language: str, person: Mapping[str, object]) -> ComposedVariant:
        """The variant for somebody who reads `language` and of whom `person` tells field -> value."""
        return self.variants[choose(language, person, self.choices)]


def load_issues(folder: Path) -> tuple[Issue, ...]:
    """The issue of a folder in each of its languages: issue.md, then issue.<language>.md in order of their names.

    Raises ComposeError with the faults of all files.
    """
    first = folder / ISSUE_FILE
    stem, ending = first.stem, first.suffix
    others = sorted(path for path in folder.glob(f"{stem}.*{ending}") if path != first) if folder.is_dir() else []
    faults: list[Finding] = []
    issues: list[Issue] = []
    for path in [first, *others]:
        try:
            issues.append(load_issue(folder, path.name))
        except ComposeError as error:
            faults += error.findings
    faults += _differences(issues)
    if faults:
        raise ComposeError(faults)
    return tuple(issues)


def _differences(issues: Sequence[Issue]) -> list[Finding]:
    """What the languages of one issue may not say differently."""
    faults: list[Finding] = []

    def fault(code: str, issue: Issue, where: str, **params: object) -> None:
        faults.append(Finding(code, params=params, file=issue.file, line=issue.lines.get(where)))

    for at, issue in enumerate(issues):
        name = Path(issue.file).name
        wanted = name.removeprefix(f"{Path(ISSUE_FILE).stem}.").removesuffix(Path(ISSUE_FILE).suffix)
        if name != ISSUE_FILE and wanted.lower() != issue.language.lower():
            fault("language-file", issue, "language", wanted=wanted, found=issue.language)
        for earlier in issues[:at]:
            if earlier.language.lower() == issue.language.lower():
                fault("language-twice", issue, "language", value=issue.language, first=Path(earlier.file).name)
        for key in ("number", "date"):
            own, wanted_value = str(getattr(issue, key)), str(getattr(issues[0], key))
            if own != wanted_value:
                params = {"key": key, "found": own, "wanted": wanted_value, "first": Path(issues[0].file).name}
                fault("language-differs", issue, key, **params)
    return faults


def compose_folder(
    folder: Path,
    *,
    theme_root: Path | None = None,
    picture_url: Callable[[Picture], str],
    stage: Stage = "draft",
) -> Composition:
    """Every finished mail of an issue folder. Raises ComposeError with every fault where there is no mail at all."""
    issues = load_issues(folder)
    themes: dict[str, Theme] = {issue.theme: load_theme(issue.theme, theme_root) for issue in issues}
    variants, choices = variants_of(issues)
    composed = tuple(
        ComposedVariant(
            variant.number,
            compose(variant.issue, folder=folder, theme=themes[variant.issue.theme], picture_url=picture_url, stage=stage),
            variant.holds,
        )
        for variant in variants
    )
    return Composition(issues, composed, choices, _digest(composed, choices))


def _digest(variants: Sequence[ComposedVariant], choices: Sequence[Choice]) -> str:
    reaching = [
        [variant.mail.digest for variant in variants],
        [[choice.language, choice.comparisons, choice.numbers] for choice in choices],
    ]
    return hashlib.sha256(json.dumps(reaching, ensure_ascii=True).encode()).hexdigest()
