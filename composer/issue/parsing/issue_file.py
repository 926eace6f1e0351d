"""Reads, parses and checks an issue file. The model is in `composer.issue.document`, the printer in `composer.issue.printing`."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from composer.errors import ComposeError, ContentError, Finding, Findings, nearest
from composer.issue import links, merge_fields
from composer.issue.characters import check_characters
from composer.issue.document import DEFAULT_THEME, FULL, Block, Inlines, Issue, ReaderQuestion
from composer.issue.inlines.foreign_fields import report_foreign_fields
from composer.issue.parsing.body import BodyReader
from composer.issue.parsing.head import FOOTER_TEXTS, Head, read_head, split
from composer.messages.phrases import Phrase, phrase

# The parameters that quote something as written, the most specific first.
_NAMING = ("html", "url", "src", "text", "value", "id", "name", "key", "title", "what")
_SHORTEST = 2
_LONGEST_PARAGRAPH = 40  # lines


def placed(findings: Iterable[Finding], lines: Sequence[str]) -> tuple[Finding, ...]:
    """Adds columns to the findings that have a line, and sorts them by position; `lines` are those of the file.

    A finding about a paragraph may have the first line of the paragraph although its text is some lines below. Then it gets the
    line of that text.
    """
    positioned = [_placed(finding, lines) for finding in findings]
    return tuple(sorted(positioned, key=lambda finding: (finding.line or 0, finding.column or 0)))


def _placed(finding: Finding, lines: Sequence[str]) -> Finding:
    if finding.line is None or finding.column is not None or not 1 <= finding.line <= len(lines):
        return finding
    for needle in _needles(finding):
        for offset, line in enumerate(lines[finding.line - 1 : finding.line - 1 + _LONGEST_PARAGRAPH]):
            if offset and not line.strip():
                break
            at = line.find(needle)
            if at >= 0:
                within = finding.params.get("at", 1)  # the character in the text, from 1; conditions know the exact one
                column = min(at + within, len(line) + 1) if isinstance(within, int) else at + 1
                return replace(finding, line=finding.line + offset, column=column)
    line = lines[finding.line - 1]
    return replace(finding, column=len(line) - len(line.lstrip()) + 1)


def _needles(finding: Finding) -> Iterable[str]:
    for name in _NAMING:
        value = finding.params.get(name)
        if isinstance(value, str) and len(value.strip()) >= _SHORTEST:
            yield value.strip()


ISSUE_FILE = "issue.md"
LARGEST_FILE = 120_000  # bytes; Gmail shows only 104,448 bytes of the HTML, so a longer issue cannot be sent


def load_issue(folder: Path, name: str = ISSUE_FILE) -> Issue:
    """Loads one file of an issue folder. Warnings are in `issue.findings`. With errors, raises ComposeError with all findings.

    Checks that pictures exist, but does not open them; `composer.images.picture_encoder` does.
    """
    path = folder / name
    name = str(path)
    if not path.is_file():
        raise ComposeError(Finding("no-issue-file", params={"path": name}, file=name))
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ComposeError(Finding("file-too-big", params={"size": path.stat().st_size, "limit": LARGEST_FILE}, file=name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        fault = Finding("not-utf8", params={"offset": problem.start}, file=name, line=line)
        raise ComposeError(fault) from problem
    return parse_issue(text, file=name, folder=folder)


def parse_issue(text: str, *, file: str = ISSUE_FILE, folder: Path | None = None, unfinished: bool = False) -> Issue:
    """Parses an issue; `folder`, if given, must contain its pictures. `unfinished`: required keys of the head may be empty, as an
    import leaves them; the date is then `date.min`.

    Raises ComposeError with all faults.
    """
    findings = Findings(file)
    if len(text) > LARGEST_FILE:
        raise ComposeError(Finding("file-too-big", params={"size": len(text), "limit": LARGEST_FILE}, file=file))
    lines = unified_lines(text)
    for number, line in enumerate(lines, start=1):
        check_characters(line, number, findings)
    if findings.fatal:  # a hidden character could make every later finding misleading
        raise ComposeError(placed(findings.collected, lines))
    head_text, body_text, lines_before = split(lines, findings)
    if findings.fatal:
        raise ComposeError(placed(findings.collected, lines))
    head = read_head(head_text, findings, unfinished=unfinished)
    body = BodyReader(findings, lines_before)
    body.read(body_text)
    issue = _assemble(head, body, findings)
    blocks = tuple(issue.blocks())
    written = [(content, block.line) for block in blocks for content in block.contents()]
    _check_fields(issue, blocks, written, findings)
    report_foreign_fields(lines, findings)
    _check_links(issue, written, findings)
    _check_questions(blocks, findings)
    if folder is not None:
        _check_pictures(issue, folder, findings)
    if findings.fatal:
        raise ComposeError(placed(findings.collected, lines))
    return replace(issue, findings=placed(findings.collected, lines), source=tuple(lines))


def unified_lines(text: str) -> list[str]:
    """Returns the lines of a file, whatever its line ends, without a byte order mark."""
    return unified(text.removeprefix("\ufeff")).split("\n")


def unified(text: str) -> str:
    """Returns the text with the line ends of Unix: forms and Windows programs send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _assemble(head: Head, body: BodyReader, findings: Findings) -> Issue:
    sections = body.sections
    ids = [article.id for section in sections for article in section.articles]
    for article_id, line in head.highlights:
        if article_id not in ids:
            findings.error("highlight-unknown", line, id=article_id, **links.suggestions(article_id, ids))
    texts = head.texts
    if texts["lead"] and texts["lead"] not in ids:
        findings.error("lead-unknown", head.lines["lead"], id=texts["lead"], **links.suggestions(texts["lead"], ids))
    return Issue(
        title=texts["title"],
        organisation=texts["organisation"],
        number=texts["number"],
        date=head.date or date.min,
        subject=texts["subject"],
        preheader=" ".join(texts["preheader"].split()),
        language=texts["language"],
        footer=head.footer,
        sections=sections,
        opening=tuple(body.opening),
        tagline=texts["tagline"],
        theme=texts["theme"] or DEFAULT_THEME,
        layout=texts["layout"] or FULL,
        lead=texts["lead"],
        highlights=tuple(article_id for article_id, _ in head.highlights),
        credits=tuple(head.credits),
        file=findings.file,
        lines=head.lines,
    )


_Written = Sequence[tuple[Inlines, int]]  # inline content of the blocks, with the line of each


def _check_fields(issue: Issue, blocks: Sequence[Block], written: _Written, findings: Findings) -> None:
    """Reports merge fields where they cannot be filled, and texts that look like merge tags."""
    for key in ("subject", "preheader"):
        line = issue.lines.get(key)
        text: str = getattr(issue, key)
        try:
            for field in merge_fields.fields_in(text):
                if field.name in merge_fields.URL_FIELDS:
                    findings.error("field-place", line, where=phrase("the {key}: {field}", key=key, field=field.name))
                elif not field.default:
                    findings.warning("field-default", line, name=field.name)
        except ContentError as fault:
            findings.error(fault.code, line, **fault.params)
    fixed = tuple(_fixed_texts(issue, blocks))
    for what, text, line in fixed:
        if "{{" in text and any(merge_fields.written_in(text)):
            findings.error("field-place", line, where=what)
    texts = [(getattr(issue, key), issue.lines.get(key)) for key in ("subject", "preheader")]
    texts += [(text, line) for _, text, line in fixed]
    texts += [(merge_fields.text_with_addresses(content), line) for content, line in written]
    for text, line in texts:
        if merge_fields.TAG_BEGINNING in text:
            findings.error("tag-in-text", line, text=merge_fields.TAG_BEGINNING)


def _fixed_texts(issue: Issue, blocks: Sequence[Block]) -> Iterator[tuple[str | Phrase, str, int | None]]:
    """Texts that are the same for every recipient: (what it is, the text, its line)."""
    for key in ("title", "organisation", "tagline", "number"):
        yield phrase("the {key}", key=key), getattr(issue, key), issue.lines.get(key)
    for key in FOOTER_TEXTS:
        yield f"footer.{key}", getattr(issue.footer, key), issue.lines.get(f"footer.{key}")
    for account in issue.footer.social:
        yield "footer.social", f"{account.name} {account.url}", account.line
    for credit in issue.credits:
        yield phrase("the credits"), f"{credit.role} {credit.name}", issue.lines.get("credits")
    for section in issue.sections:
        yield phrase("a heading"), section.title, section.line
        for article in section.articles:
            yield phrase("a heading"), article.title, article.line
    for block in blocks:
        yield from ((block.text_name, text, block.line) for text in block.own_texts())


def _check_links(issue: Issue, written: _Written, findings: Findings) -> None:
    ids = [article.id for article in issue.articles()]
    hrefs: list[tuple[str, list[str], int | None]] = [
        (link.href, ids, link.line or line) for content, line in written for link in links.links_of(content)
    ]
    if issue.footer.website:
        hrefs.append((issue.footer.website, [], issue.lines.get("footer.website")))
    for account in issue.footer.social:
        if account.url and not account.url.lower().startswith(("https://", "http://")):
            findings.error("social-link", account.line, name=account.name[:40], url=account.url[:80])
        elif account.url:
            hrefs.append((account.url, [], account.line))
    for href, anchors, line in hrefs:
        try:
            url = links.normalise(href, anchors)
        except ContentError as fault:
            findings.error(fault.code, line, **fault.params)
            continue
        if url.startswith("http:"):
            findings.add("link-http", "info", line, url=url)


def _check_questions(blocks: Sequence[Block], findings: Findings) -> None:
    names: set[str] = set()
    for block in blocks:
        if isinstance(block, ReaderQuestion):
            if block.name in names:
                findings.error("question-twice", block.line, name=block.name)
            names.add(block.name)


def _check_pictures(issue: Issue, folder: Path, findings: Findings) -> None:
    for src, line in issue.pictures():  # a figure with the file name `missing` is an error in the mail, not in the file
        if code := picture_fault(src, folder):
            names = sorted(f"{path.parent.name}/{path.name}" for path in (folder / "images").glob("*") if path.is_file())
            findings.error(code, line, src=src, nearest=nearest(src, names))


def picture_fault(src: str, folder: Path) -> str | None:
    """Returns the code for a wrong picture name, or None if it is a file inside the issue folder."""
    if "://" in src or src.startswith("//"):
        return "image-remote"
    if "\x00" in src or "\\" in src:
        return "image-path"
    home, path = os.path.realpath(folder), os.path.realpath(folder / src)  # resolves links, which might lead out of the folder
    if path != home and not path.startswith(os.path.join(home, "")):
        return "image-path"
    return None if os.path.isfile(path) else "image-file"
