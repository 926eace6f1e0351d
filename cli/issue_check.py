"""What `mailroom issue check` finds: in the source alone, at once; or in the composed mail, by every rule of sending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.later import later
from composer import issue, theme
from composer.document import EditorMark
from composer.errors import ComposeError, Finding
from config.env import ROOT

if TYPE_CHECKING:
    from composer import pipeline
else:
    pipeline = later("composer.pipeline")

THEMES = ROOT / "templates" / "email"
# Where pictures will be is known only when a campaign is made; any https address keeps that rule out of a writer's way.
MEDIA = "https://media.invalid/"


def check_source(folder: Path) -> tuple[Finding, ...]:
    """The faults of issue.md, its theme, and the marks left in it. Pictures are looked for, not opened."""
    try:
        found = issue.load_issue(folder)
        look = theme.load_theme(found.theme, THEMES)
    except ComposeError as error:
        return error.findings
    marks = [
        Finding("editor-mark", "warning", {"text": mark.text}, found.file, mark.line)
        for mark in found.blocks()
        if isinstance(mark, EditorMark)
    ]  # fmt: skip
    if not found.footer.address.strip():
        marks.append(Finding("postal-address", "warning", {"where": "the issue"}, found.file, found.lines.get("footer")))
    return (*found.findings, *look.findings, *marks)


def check_mail(folder: Path) -> tuple[Finding, ...]:
    """Everything that stands in the way of sending."""
    try:
        found = issue.load_issue(folder)
        look = theme.load_theme(found.theme, THEMES)
        return pipeline.compose(
            found, folder=folder, theme=look, picture_url=lambda picture: f"{MEDIA}{picture.name}", stage="send"
        ).findings
    except ComposeError as error:
        return error.findings
