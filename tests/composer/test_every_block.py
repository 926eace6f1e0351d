"""No kind of block or inline content is lost on the way into the mail, its text part, the web page, WeChat, the issue file or a
search."""

import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import get_args

import pytest

from composer.issue import document as doc
from composer.issue.block import walk
from composer.issue.blocks import BLOCKS
from composer.issue.editing.text_search import Search, find_hits
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.parts.splitting import Part
from composer.issue.printing.issue_printer import print_issue
from composer.issue.variants import variants_of
from composer.rendering.archive_page import LinkTargets, as_one_text, web_issue
from composer.themes.theme_loading import load_theme
from composer.wechat.article import write_article
from tests.composer.making import composed, issue_of

_ALPHA = (doc.Text("alpha"),)
_PARAGRAPH = (doc.Paragraph(_ALPHA),)
EXAMPLES: dict[type[doc.Block], doc.Block] = {
    doc.Paragraph: _PARAGRAPH[0],
    doc.SubHeading: doc.SubHeading("alpha"),
    doc.Figure: doc.Figure("missing", "x", _ALPHA),
    doc.Quote: doc.Quote(_PARAGRAPH),
    doc.ListBlock: doc.ListBlock((_PARAGRAPH,)),
    doc.Table: doc.Table((_ALPHA,), ((_ALPHA,),)),
    doc.Profile: doc.Profile("alpha", "beta", doc.Figure("missing", "gamma")),
    doc.Calendar: doc.Calendar((doc.CalendarEvent(date(2026, 1, 2), _ALPHA),)),
    doc.Action: doc.Action(doc.Link("https://example.org/", _ALPHA)),
    doc.ReaderQuestion: doc.ReaderQuestion("alpha", ("beta", "gamma")),
    doc.Passage: doc.Passage("de", _PARAGRAPH),
    doc.Only: doc.Only('country = "CN"', _PARAGRAPH),
    doc.Summary: doc.Summary(_ALPHA, "beta"),
    doc.Sources: doc.Sources((_ALPHA,)),
    doc.EditorMark: doc.EditorMark("alpha"),
}
INLINES: dict[type, doc.Inline] = {
    doc.Text: _ALPHA[0],
    doc.Strong: doc.Strong(_ALPHA),
    doc.Emphasis: doc.Emphasis(_ALPHA),
    doc.Link: doc.Link("https://example.org/", _ALPHA),
    doc.Field: doc.Field("name", "alpha"),
    doc.LineBreak: doc.LineBreak(),
    doc.Span: doc.Span("de", _ALPHA),
}
_BROKEN = doc.Paragraph((doc.Text("x"), doc.LineBreak(), doc.Text("alpha")))
EVERY = [
    *EXAMPLES.values(),
    *(doc.Paragraph((node,)) for node in INLINES.values() if not isinstance(node, doc.LineBreak)),
    _BROKEN,
]


def test_the_examples_contain_every_kind_of_block() -> None:
    assert set(EXAMPLES) == set(BLOCKS)
    assert set(INLINES) == set(get_args(doc.Inline))


@pytest.mark.parametrize("block", EVERY, ids=lambda block: f"{type(block).__name__}")
def test_every_kind_of_block_appears_in_every_output(block: doc.Block) -> None:
    issue = issue_of([doc.Paragraph((doc.Text("before"),)), block])
    written = print_issue(issue)
    assert parse_issue(written) == issue
    assert "alpha" in written
    variants, _ = variants_of((issue,))
    shown = variants[-1].issue  # the one for readers that match every condition
    theme = load_theme("plain")
    mail = composed(shown, Path(), theme)
    page = as_one_text(web_issue(shown, theme.fixed_texts("en"), LinkTargets("https://e.org/", "https://e.org/")))
    article = write_article(shown, theme, {}).html
    forms = [re.sub(r"<[^>]*>", "", unescape(mail.html)), mail.text, *(re.sub(r"<[^>]*>", "", form) for form in (page, article))]
    if isinstance(block, doc.EditorMark):
        wanted = [False] * 4  # only editors see it
    elif block == doc.Paragraph((INLINES[doc.Field],)):
        wanted = [False, False, True, True]  # the mail has a tag; the default is filled in when the mail is sent
        assert all("-mr_name" in form for form in forms[:2])
    else:
        wanted = [True] * 4
    assert ["alpha" in form for form in forms] == wanted
    part = Part("one", written[written.index("## One") :])
    for text in ("alpha", *(text for inner in walk((block,)) for text in inner.own_texts() if text)):
        assert bool(find_hits(part, Search(text), 0).count) == wanted[0], f"find and replace: {text}"
    if block == _BROKEN:
        assert ("x\nalpha" in mail.text, "x<br" in mail.html, "x<br" in str(page), "x<br" in article) == (True, True, True, True)
