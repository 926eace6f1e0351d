"""Tries a theme: renders the specimen issue with its templates and checks that the result contains every text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from composer.errors import ComposeError, Finding
from composer.issue import document as doc
from composer.issue.digest import is_story, summary_of
from composer.issue.document import DIGEST, Issue
from composer.issue.issue_number import shown_number
from composer.issue.parsing.issue_file import load_issue
from composer.messages.phrases import phrase
from composer.rendering import mjml_compiler
from composer.rendering.blocks import name_in_themes
from composer.rendering.mjml_rendering import TEMPLATE, render_mjml
from composer.rendering.soft_hyphens import SOFT
from composer.rendering.template_errors import line_before, numbered
from composer.rendering.text_part import TEMPLATE as TEXT_TEMPLATE
from composer.rendering.text_part import render_text
from composer.rendering.theme_model import Theme, block_file

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "specimen"
FILES = ("issue.md", "issue.zh-Hans.md")


@lru_cache(maxsize=len(FILES))
def specimen(file: str = FILES[0]) -> Issue:
    return load_issue(FOLDER, file)


def specimens() -> tuple[Issue, ...]:
    """The specimen in each of its languages, English first."""
    return tuple(map(specimen, FILES))


def try_theme(theme: Theme, lines: Mapping[tuple[str, ...], int]) -> tuple[Finding, ...]:
    """Returns errors in rendering the specimen, and texts that are missing in the result; `lines` are those of theme.yaml."""
    whole = specimen()
    # The others are rendered only if the whole one has no faults, because they would show the same ones.
    short = (replace(whole, layout=DIGEST),) if theme.has_digest else ()
    for issue in (whole, bare(whole), *short):
        if findings := _draw(issue, theme, lines):
            return tuple(findings)
    return ()


def bare(issue: doc.Issue) -> doc.Issue:
    """Returns a minimal version of the issue, without everything that is optional."""
    section = issue.sections[0]
    article = replace(section.articles[0], blocks=section.articles[0].blocks[:1])
    return replace(
        issue, sections=(replace(section, articles=(article,)),), opening=(), tagline="", highlights=(), credits=(),
        footer=doc.Footer(issue.footer.about, issue.footer.address),
    )  # fmt: skip


def _draw(issue: doc.Issue, theme: Theme, lines: Mapping[tuple[str, ...], int]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        markup = _markup(issue, theme)
        findings += _lost(issue, theme, _bare(markup), lines)
    except ComposeError as error:
        findings += error.findings
    try:
        text = _squeezed(render_text(issue, theme, issue.tags()))
        findings += [
            _unwritten(theme, TEXT_TEMPLATE, what)
            for what, frame_text in _frame(issue, theme)
            if _squeezed(frame_text) not in text
        ]
    except ComposeError as error:
        findings += error.findings
    return findings


def _markup(issue: doc.Issue, theme: Theme) -> str:
    """Returns the MJML after checking that it is well-formed. Raises ComposeError with the line of the template."""
    some: Any = SimpleNamespace(width=1200, height=800)  # templates only need the size, so there is no need to load Pillow
    tags = issue.tags()
    pictures = {src: some for src, _ in issue.pictures()}
    pictures |= dict.fromkeys(theme.pictures, some)
    urls = dict.fromkeys(pictures, "https://example.org/picture.png")
    markup = render_mjml(issue, theme, tags, pictures, urls)
    try:
        mjml_compiler.check_shape(markup)
    except ComposeError as error:
        templates = {name: numbered(source, file) for file, (name, source) in enumerate(theme.templates.items())}
        signed = replace(theme, templates=templates)
        again = render_mjml(issue, signed, tags, pictures, urls)
        raise ComposeError(_placed(finding, again, theme) for finding in error.findings) from error
    return markup


def _placed(finding: Finding, signed: str, theme: Theme) -> Finding:
    """Returns the finding with the line of the template instead of the line of the MJML."""
    line, name = None, TEMPLATE
    try:
        mjml_compiler.check_shape(signed)
    except ComposeError as error:
        at = error.findings[0]
        line, file = line_before(signed, at.line or 1, at.column or 1)
        name = list(theme.templates)[file] if line else TEMPLATE
    return replace(finding, file=theme.path_of(name), line=line, column=None)


def _lost(issue: doc.Issue, theme: Theme, arrived: str, lines: Mapping[tuple[str, ...], int]) -> Iterator[Finding]:
    """Yields a finding for each block in theme.yaml whose text is missing, and for each missing text around the blocks."""
    blocks = list(theme.settings["blocks"])
    reported: set[str] = set()
    for article in issue.articles():
        for block in () if is_story(issue, article) else article.blocks:
            kind = name_in_themes(block)
            if kind in reported or kind not in blocks:
                continue
            lost = next((text for text in words_of(block) if _squeezed(text) not in arrived), None)
            if lost is not None:
                reported.add(kind)
                line = lines.get(("blocks", str(blocks.index(kind))))
                file = "theme.yaml" if line else block_file(block.module_name())
                problem = phrase("“{text}” is not in the mail", text=lost.strip()[:40])
                params: dict[str, object] = {"block": kind, "problem": problem}
                yield Finding("theme-block", params=params, file=theme.path_of(file), line=line)
    for what, text in _frame(issue, theme):
        if _squeezed(text) not in arrived:
            yield _unwritten(theme, TEMPLATE, what)


def words_of(block: doc.Block) -> Iterator[str]:
    for inner in doc.walk((block,)):
        yield from inner.own_texts()
        if not (isinstance(inner, doc.Figure) and inner.missing):
            for content in inner.contents():
                yield from _texts(content)


def _texts(content: doc.Inlines) -> Iterator[str]:
    return (node.text for node in doc.walk_inlines(content) if isinstance(node, doc.Text))


def _frame(issue: doc.Issue, theme: Theme) -> Iterator[tuple[str, str]]:
    """Yields (name in a template, text) for the texts around the blocks."""
    fixed_texts = theme.fixed_texts(issue.language)
    yield from ((f"issue.{key}", getattr(issue, key)) for key in ("title", "organisation", "tagline"))
    yield from ((f"footer.{key}", getattr(issue.footer, key)) for key in ("about", "address", "email"))
    yield "number_text", shown_number(issue.number, str(fixed_texts["number"]))
    yield "why", str(fixed_texts["why"]).format(title=issue.title)
    for word in ("preferences", "unsubscribe", "subscribe"):
        yield f"words.{word}", str(fixed_texts.get(word, ""))
    yield from (("credits", credit.name) for credit in issue.credits)
    yield from (("section.title", section.title) for section in issue.sections)
    yield from (("article.title", article.title) for article in issue.articles())
    for article in issue.articles():
        if is_story(issue, article):
            yield from (("story.summary", text) for text in _texts(summary_of(article)))
        else:
            yield from (("article.sources", text) for content in article.sources for text in _texts(content))


def _unwritten(theme: Theme, template: str, what: str) -> Finding:
    return Finding("theme-unwritten", params={"what": what}, file=theme.path_of(template))


def _bare(markup: str) -> str:
    """Returns the text of the MJML and of its alt attributes, without spaces."""
    without_tags = re.sub(r"<[^<>]*>", "", markup)
    alts = " ".join(re.findall(r'\balt="([^"]*)"', markup))
    return _squeezed(unescape(f"{without_tags}\n{alts}"))


def _squeezed(text: str) -> str:
    return "".join(text.replace(SOFT, "").split())
