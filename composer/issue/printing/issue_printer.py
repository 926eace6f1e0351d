"""Prints an issue as an issue file, which the parser reads back as the same issue."""

from datetime import date
from typing import Any

import yaml

from composer.issue import document as doc
from composer.issue.blocks.list import print_blocks
from composer.issue.inlines.inline_printer import print_title
from composer.issue.parsing.head import FOOTER_KEYS


def print_issue(issue: doc.Issue) -> str:
    parts = _blocks(issue.opening)
    for section in issue.sections:
        parts += _section(section)
    return f"---\n{_head(issue)}---\n\n" + "\n\n".join(parts) + "\n"


def _head(issue: doc.Issue) -> str:
    lines = [_pair("title", issue.title), _pair("organisation", issue.organisation)]
    if issue.tagline:
        lines.append(_pair("tagline", issue.tagline))
    lines += [_pair("number", issue.number), f"date: {issue.date.isoformat()}\n" if issue.date > date.min else _pair("date", "")]
    lines += [_pair(key, getattr(issue, key)) for key in ("subject", "preheader", "language", "theme")]
    if issue.layout != doc.FULL:
        lines.append(_pair("layout", issue.layout))
    if issue.lead:
        lines.append(_pair("lead", issue.lead))
    if issue.highlights:
        lines.append(_pair("highlights", list(issue.highlights)))
    if issue.credits:
        lines.append(_pair("credits", [{credit.role: credit.name} for credit in issue.credits]))
    footer: dict[str, Any] = {key: getattr(issue.footer, key) for key in FOOTER_KEYS}
    footer["social"] = [{account.name: account.url} for account in issue.footer.social]
    lines.append(_pair("footer", {key: value for key, value in footer.items() if value or key == "about"}))
    return "".join(lines)


def _pair(key: str, value: Any) -> str:
    return yaml.safe_dump({key: value}, allow_unicode=True, width=1_000_000, sort_keys=False)


def _section(section: doc.Section) -> list[str]:
    title = print_title(section.title)
    if section.id:
        title += f" {{#{section.id}}}"
    parts = [f"# {title}", *_only(section.only), *_blocks(section.marks)]
    for article in section.articles:
        parts += _article(article)
    return parts


def _article(article: doc.Article) -> list[str]:
    return [f"## {print_title(article.title)} {{#{article.id}}}", *_only(article.only), *_blocks(article.blocks)]


def _only(condition: str) -> list[str]:
    return [f"Only: {condition}"] if condition else []


def _blocks(blocks: tuple[doc.Block, ...]) -> list[str]:
    return [print_blocks(blocks)] if blocks else []
