"""`mailroom issue export`: an issue as an article for a WeChat official account. Needs neither Django nor a database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import output
from cli.click_extensions import IssueFolder, JsonCommand
from cli.issue import finding_output
from config.env import EMAIL_THEMES

if TYPE_CHECKING:
    from composer.wechat.export import WechatExport


@click.command(cls=JsonCommand)
@click.argument("folder", metavar="DIR", type=IssueFolder())
@click.option("--wechat", "target", flag_value="wechat", required=True, help="Write an article for a WeChat official account.")
@click.option(
    "--to",
    "out",
    metavar="OUT",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or the folder of an earlier export.",
)
@click.option("--language", metavar="TAG", default="", help="Which language of the issue. [default: Chinese, else the first]")
def export(folder: Path, target: str, out: Path, language: str) -> None:
    """Write DIR as an article for WeChat to OUT: wechat.html, article.html, wechat.json and images/. Nothing is published.

    Open wechat.html in a browser, copy the article, paste it into the editor of your official account, and upload the
    pictures in order. Links are numbered notes. Errors do not prevent writing: they are reported, and the exit code is 1.

    Example: mailroom issue export examples/cast-2023-03 --wechat --to /tmp/cast-wechat
    """
    from composer.wechat import export as wechat_export

    with output.busy("Writing"):
        exported = wechat_export.export(folder, out, language, EMAIL_THEMES)
    findings = exported.checked.findings
    document = {
        "out": out, "files": list(exported.files), **wechat_export.facts_of(exported.checked.article),
        "findings": [finding_output.document(finding, with_variant=False) for finding in findings],
    }  # fmt: skip
    output.show(document, lambda: _tell_exported(exported, out))
    faults = finding_output.errors_of(findings)
    finding_output.tell(faults)
    if faults:
        output.note(f"mailroom: {output.count(len(faults), 'error')}: the article is written, but it is not ready")
        sys.exit(1)


def _tell_exported(exported: WechatExport, out: Path) -> None:
    article = exported.checked.article
    counted = f"{output.count(len(article.pictures), 'picture')}, {output.count(len(article.links), 'numbered link')}"
    output.say(f"{out}: “{article.title}”, {article.language}, {output.visible(len(article.html))} characters of HTML, {counted}")
    finding_output.tell(finding for finding in exported.checked.findings if finding.level != "error")
    output.say(f"Open it: {out / 'wechat.html'}")
