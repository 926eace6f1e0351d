"""Makes the article of an issue folder with its findings, and writes the files of an export."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from composer.composition import load_issues, load_themes
from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import Picture
from composer.issue import document as doc
from composer.issue.languages import best_language
from composer.issue.variants import choose_for_anybody, variants_of
from composer.output_folder import refuse_foreign, write_folder
from composer.pipeline import encode_pictures
from composer.rendering.theme_model import Theme
from composer.rendering.writers.wechat_writer import PICTURES
from composer.wechat.article import WechatArticle, write_article
from composer.wechat.local_page import local_page
from composer.wechat.rules import PictureFile, check_article

ARTICLE, PAGE, FACTS = "article.html", "wechat.html", "wechat.json"
WRITTEN = (ARTICLE, PAGE, FACTS, PICTURES)
USUAL_LANGUAGE = "zh-Hans"  # of articles in WeChat
_IMAGE = re.compile(r'<img src="images/([^"]+)"[^>]*>')


@dataclass(frozen=True, slots=True)
class CheckedArticle:
    article: WechatArticle
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class WechatExport:
    checked: CheckedArticle
    files: tuple[Path, ...]


def choose_issue(issues: Sequence[doc.Issue], language: str = "") -> doc.Issue:
    """Returns the variant that public pages show in a language; without one, in Chinese if there is any, else in the first.

    Raises ComposeError if the issue is not written in this language.
    """
    variants, choices = variants_of(issues)
    offered = [choice.language for choice in choices]
    chosen = next((tag for tag in offered if tag.lower() == language.lower()), "") or ("" if language else _usual(offered))
    if not chosen:
        raise ComposeError(Finding("wechat-language", params={"value": language, "offered": ", ".join(offered)}))
    return variants[choose_for_anybody(chosen, choices)].issue


def _usual(offered: Sequence[str]) -> str:
    chinese = [tag for tag in offered if tag.lower().split("-")[0] == "zh"]
    return best_language(USUAL_LANGUAGE, chinese or offered)


def checked_article(issue: doc.Issue, theme: Theme, pictures: Mapping[str, Picture]) -> CheckedArticle:
    """Writes and checks the article of an issue without conditions. `pictures`: src of a figure -> its picture."""
    article = write_article(issue, theme, pictures)
    files = {
        f"{PICTURES}/{placed.name}": PictureFile(placed.picture.content_type, len(placed.picture.data))
        for placed in article.pictures
    }
    findings = check_article(article.title, article.digest, article.author, article.html, files, issue.file)
    return CheckedArticle(article, (*issue.findings, *_unfinished(issue), *findings))


def _unfinished(issue: doc.Issue) -> list[Finding]:
    """Returns an error for each mark and each missing picture, because readers would miss them."""
    findings: list[Finding] = []
    for block in issue.blocks():
        if isinstance(block, doc.EditorMark):
            findings.append(Finding("editor-mark", "error", {"text": block.text}, issue.file, block.line))
        elif isinstance(block, doc.Figure) and block.missing:
            findings.append(Finding("image-missing", "error", {}, issue.file, block.line))
    return findings


def article_of_folder(
    folder: Path, language: str = "", theme_root: Path | None = None, sources: Mapping[str, str] | None = None
) -> CheckedArticle:
    """Writes and checks the article of an issue folder, with the texts in `sources` instead of its files. Raises ComposeError."""
    issues = load_issues(folder, sources)
    issue = choose_issue(issues, language)
    theme = load_themes(issues, theme_root)[issue.theme]
    return checked_article(issue, theme, encode_pictures(issue, folder))


def export(folder: Path, out: Path, language: str = "", theme_root: Path | None = None) -> WechatExport:
    """Writes the article of an issue folder into `out`, all or nothing; an earlier export there is replaced.

    Raises ComposeError, also if `out` contains anything that is not an export.
    """
    refuse_foreign(out, WRITTEN)
    checked = article_of_folder(folder, language, theme_root)
    return WechatExport(checked, write_folder(out, files_of(checked.article)))


def files_of(article: WechatArticle) -> dict[str, bytes]:
    """Returns name -> content of all files of an export."""
    files = {
        PAGE: local_page(article, for_clipboard(article.html)),
        ARTICLE: article.html,
        FACTS: json.dumps(facts_of(article), ensure_ascii=False, indent=2) + "\n",
    }
    pictures = {f"{PICTURES}/{placed.name}": placed.picture.data for placed in article.pictures}
    return {name: text.encode() for name, text in files.items()} | pictures


def facts_of(article: WechatArticle) -> dict[str, object]:
    """Returns what goes into other fields of WeChat, with the pictures and links in order."""
    return {
        "title": article.title, "digest": article.digest, "author": article.author, "language": article.language,
        "characters": len(article.html),
        "pictures": [
            {"file": f"{PICTURES}/{placed.name}", "alt": placed.alt, "bytes": len(placed.picture.data)}
            for placed in article.pictures
        ],
        "links": [{"text": link.text, "address": link.address} for link in article.links],
    }  # fmt: skip


def for_clipboard(html: str) -> str:
    """Returns the article with the name of its file in the place of each picture.

    WeChat shows only pictures that were uploaded to it: the others would vanish when the article is pasted, and with them their
    places.
    """
    return _IMAGE.sub(r'<span style="color:#c00000">[\1]</span>', html)
