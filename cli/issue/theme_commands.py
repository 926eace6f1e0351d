"""`mailroom theme`: lists, checks and previews themes. Needs neither Django nor a database."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import output
from cli.click_extensions import CommandGroup
from cli.issue import finding_output
from composer.errors import ComposeError, Finding
from config.env import EMAIL_THEMES

if TYPE_CHECKING:
    from composer.themes.theme_check import ThemeReport


@click.group(cls=CommandGroup)
def theme() -> None:
    """The designs that an issue can have: list, check, preview.

    docs/themes.md describes how to make one.

    Example: mailroom theme list
    """


@theme.command("list")
def list_() -> None:
    """List every theme with its purpose; exit code 1 if one cannot be loaded.

    Example: mailroom theme list
    """
    from composer.themes import theme_loading

    rows: list[dict[str, object]] = []
    faults: list[Finding] = []
    for name in theme_loading.theme_names(EMAIL_THEMES):
        try:
            settings = theme_loading.load_theme(name, EMAIL_THEMES).settings
        except ComposeError as error:
            rows.append(
                {
                    "theme": name,
                    "name": "",
                    "description": "cannot be loaded",
                    "maker": "",
                    "languages": [],
                    "slots": {},
                    "ok": False,
                }
            )
            faults += error.findings
            continue
        details = {key: settings[key] for key in ("name", "description", "maker")}
        rows.append(
            {"theme": name, **details, "languages": list(settings["words"]), "slots": settings.get("slots", {}), "ok": True}
        )
    columns = ("theme", "name", "description", "maker", "languages")
    output.show_list("themes", rows, columns, empty="none yet")
    finding_output.tell(faults)
    if faults:
        sys.exit(1)


def placed(theme: str) -> tuple[str, Path]:
    """Name and parent folder of a theme that is given by its name or, as a shell completes it, by the path of its folder."""
    if "/" not in theme and os.sep not in theme and theme not in (".", ".."):
        return theme, EMAIL_THEMES
    path = Path(theme).resolve()
    return path.name, path.parent


@theme.command()
@click.argument("theme", metavar="THEME")
def check(theme: str) -> None:
    """Show every error in THEME, with its file, line and what to do; exit code 1 if there is an error.

    THEME is a name or the path of a theme's folder. The theme must be able to render the specimen, an issue with every
    block once, in English, in Chinese and from right to left, and these mails must pass all pre-send checks.

    Example: mailroom theme check cast
    """
    from composer.themes import theme_check

    name, root = placed(theme)
    with output.busy("Composing"):
        report = theme_check.check_theme(name, root)
    document = {
        "theme": name,
        "ok": report.fit,
        "findings": [finding_output.document(finding, with_variant=False) for finding in report.findings],
        "measured": [asdict(measurement) for measurement in report.measured],
    }
    output.show(document, lambda: _tell(report))
    if not report.fit:
        sys.exit(1)


def _tell(report: ThemeReport) -> None:
    finding_output.tell(report.findings)
    if report.fit:
        for measurement in report.measured:
            size = f"{measurement.language}: the specimen has {output.count(measurement.html_bytes, 'byte')} of HTML"
            output.say(f"{size}, {output.visible(measurement.style_bytes)} of them in style blocks")
        output.say(f"{report.name}: no errors")
    else:
        output.note(f"{output.count(len(finding_output.errors_of(report.findings)), 'error')} in {report.name}")


@theme.command()
@click.argument("theme", metavar="THEME")
@click.option("--to", "out", metavar="OUT", type=click.Path(path_type=Path), required=True,
              help="A new folder, or the folder of an earlier preview.")  # fmt: skip
def preview(theme: str, out: Path) -> None:
    """Write the specimen in THEME to OUT: en/issue.html, zh-Hans/issue.html, their text parts, and images/.

    Example: mailroom theme preview journal --to /tmp/journal
    """
    from composer.themes import theme_check

    name, root = placed(theme)
    with output.busy("Composing"):
        files = theme_check.preview_theme(name, out, root)
    pages = [file for file in files if file.suffix == ".html"]
    output.show({"theme": name, "out": out, "files": list(files)}, "\n".join(map(str, pages)))
