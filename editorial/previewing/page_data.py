"""The JSON that the preview page shows next to the mail: variants, findings, headers, sizes, articles, links."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from composer.composition import ComposedVariant, Composition
from composer.errors import Finding
from composer.issue.document import Issue
from composer.issue.languages import direction_of
from composer.messages import finding_texts
from composer.messages.phrases import Translate
from composer.preflight.rules import size_rules
from composer.preflight.size_budget import GMAIL_CLIPS, Budget, quoted_printable_size
from composer.rendering.writers.mail_search import SearchTarget
from editorial.previewing import mail_locator, sample_headers
from editorial.previewing.mail_locator import target_of
from editorial.previewing.proof import LEVELS, Proof, place_all
from editorial.previewing.sample_reader import Reader, asked

_AROUND = 2  # lines shown before and after the one that a finding names

PageData = dict[str, Any]


def document(proof: Proof, reader: Reader, folder: Path, translate: Translate = str) -> PageData:
    """The document for the page. Without a mail it holds only the faults."""
    found: PageData = {
        "revision": proof.revision,
        "folder": str(folder),
        "stale": proof.stale,
        "trouble": proof.trouble,
        "faults": [_finding(fault, proof, translate) for fault in proof.faults],
        "mail": None,
    }
    if proof.composition is not None:
        found["made_at"] = time.strftime("%H:%M:%S", time.localtime(proof.made_at))
        found["mail"] = _mail(proof, proof.composition, reader, translate)
    return found


def _mail(proof: Proof, composition: Composition, reader: Reader, translate: Translate) -> PageData:
    own, shown = reader.own(composition), reader.shown(composition)
    mail, issue = shown.mail, issue_of(composition, shown)
    filled = reader.fill_page(mail.html, mail.fields)
    index = mail_locator.read(filled)
    return {
        "title": issue.title,
        "number": issue.number,
        "variants": [_variant(variant) for variant in composition.variants],
        "own": own.number,
        "shown": shown.number,
        "language": shown.language,
        "direction": direction_of(shown.language),
        "languages": [each.language for each in composition.issues],
        "asked": {name: [str(value) for value in values] for name, values in asked(composition).items()},
        "inbox": {
            "from": issue.title,
            "subject": reader.fill(mail.subject, mail.fields),
            "preheader": reader.fill(mail.preheader, mail.fields),
        },
        "headers": sample_headers.header_lines(mail, issue, reader),
        "text": reader.fill(mail.text, mail.fields),
        "findings": [
            _finding(finding, proof, translate) | {"variants": numbers, "found": _found(index, finding, issue)}
            for finding, numbers in findings_of(proof, composition)
        ],
        "articles": _articles(issue, mail.budget),
        "links": [
            {"url": url, "words": words} for _, url, words in index.links if not url.startswith("#") or words
        ],
        "sizes": _sizes(shown),
        "digest": mail.digest,
        "changed": _change(proof, shown, reader) is not None,
    }  # fmt: skip


def issue_of(composition: Composition, variant: ComposedVariant) -> Issue:
    """The issue as written, in the language of a variant."""
    return next(issue for issue in composition.issues if issue.language == variant.language)


def findings_of(proof: Proof, composition: Composition) -> list[tuple[Finding, list[int]]]:
    """Every finding once, errors first, with the numbers of the variants that have it. Its position names it."""
    found: dict[tuple[object, ...], tuple[Finding, list[int]]] = {}
    for variant in composition.variants:
        for finding in place_all(variant.mail.findings, proof.sources):
            key = (finding.code, finding.file, finding.line, finding.column, str(finding.params))
            numbers = found.setdefault(key, (finding, []))[1]
            if variant.number not in numbers:
                numbers.append(variant.number)
    return sorted(
        found.values(), key=lambda pair: (LEVELS.index(pair[0].level), pair[0].file, pair[0].line or 0, pair[0].column or 0)
    )


def target_in(proof: Proof, composition: Composition, variant: ComposedVariant, number: int) -> SearchTarget:
    """What to look for in a variant's mail to find the finding with that number. Raises IndexError if there is none."""
    finding = findings_of(proof, composition)[number][0]
    return target_of(finding, issue_of(composition, variant))


def _change(proof: Proof, variant: ComposedVariant, reader: Reader) -> int | None:
    before = previous(proof, variant)
    if before is None:
        return None
    old, new = (reader.fill_page(each.mail.html, each.mail.fields) for each in (before, variant))
    return mail_locator.first_change(old, new)


def previous(proof: Proof, variant: ComposedVariant) -> ComposedVariant | None:
    """The same variant in the mail before this one, if there was one."""
    earlier = proof.before.variants if proof.before is not None else ()
    return next((old for old in earlier if (old.language, old.holds) == (variant.language, variant.holds)), None)


def _variant(variant: ComposedVariant) -> PageData:
    levels = [finding.level for finding in variant.mail.findings]
    return {
        "number": variant.number, "language": variant.language, "holds": list(variant.holds), "digest": variant.mail.digest,
        "errors": levels.count("error"), "warnings": levels.count("warning"),
    }  # fmt: skip


def _found(index: mail_locator.Index, finding: Finding, issue: Issue) -> str:
    """`inbox`, `mail`, or "" where the mail has no place for it."""
    if finding.file != issue.file:
        return ""
    place = target_of(finding, issue)
    return "inbox" if place.inbox else "mail" if mail_locator.locate(index, place) is not None else ""


def _finding(finding: Finding, proof: Proof, translate: Translate) -> PageData:
    message, hint = finding_texts.text(finding.code, finding.params, translate)
    name = Path(finding.file).name
    place = ":".join(str(part) for part in (name, finding.line, finding.column) if part)
    return {
        "level": finding.level, "code": finding.code, "message": message, "hint": hint, "place": place,
        "path": finding.place, "column": finding.column,
        "lines": _lines(proof.sources.get(finding.file, ()), finding.line),
    }  # fmt: skip


def _lines(source: tuple[str, ...], line: int | None) -> list[PageData]:
    if line is None or not source:
        return []
    first = max(1, line - _AROUND)
    shown = source[first - 1 : line + _AROUND]
    return [{"number": first + at, "text": text[:400], "named": first + at == line} for at, text in enumerate(shown)]


def _articles(issue: Issue, budget: Budget | None) -> list[PageData]:
    sections = {article.id: section.title for section in issue.sections for article in section.articles}
    return [
        {"id": each.id, "title": each.title, "section": sections[each.id], "line": each.line, "bytes": each.size}
        for each in (budget.articles if budget else ())
        if each.id in sections
    ]


def _sizes(variant: ComposedVariant) -> PageData:
    mail = variant.mail
    pictures = sorted(mail.pictures, key=lambda picture: -len(picture.data))
    return {
        "html": len(mail.html.encode()), "html_warns": size_rules.GMAIL_WARNS, "html_limit": GMAIL_CLIPS,
        "travelling": quoted_printable_size(mail.html),
        "styles": len(mail_locator.read(mail.html).styles.encode()),
        "styles_warn": size_rules.GMAIL_STYLE_WARNS, "styles_limit": size_rules.GMAIL_STYLE,
        "text": len(mail.text.encode()),
        "pictures": sum(len(picture.data) for picture in pictures), "pictures_limit": size_rules.PICTURES_BYTES,
        "each_picture": [
            {"name": picture.name, "bytes": len(picture.data), "width": picture.width, "height": picture.height}
            for picture in pictures
        ],
    }  # fmt: skip
