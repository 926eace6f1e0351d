"""Every statement of an import's report is true: generated documents of every format with known words, links, number and date."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from composer.importing.importer import Imported, import_file
from composer.importing.manuscript.vocabulary import units_of
from composer.issue import links
from composer.issue.document import EditorMark, Figure, Issue, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.test_report import COMPLETE
from tests.samples.known_documents import FORMATS, KnownDocument, make_document
from tests.support.variations import few

# Of each format, a document with a fault; sixty in the soak.
CASES = few(*((ending, 1) for ending in FORMATS), soak=((ending, seed) for ending in FORMATS for seed in range(12) if seed != 1))
LINKS = re.compile(r"^Every link of the source \((\d+)\) is in the issue or in the list of what was left out\.$", re.MULTILINE)


@pytest.mark.parametrize(("ending", "seed"), CASES)
def test_every_statement_of_the_report_is_true(ending: str, seed: int, tmp_path: Path) -> None:
    known = make_document(ending, seed)
    path = tmp_path / f"known.{ending}"
    path.write_bytes(known.data)
    done = import_file(path)
    issue = parse_issue(done.issue_md, unfinished=True)
    assert_words(known, done)
    assert_links(known, done, issue)
    assert_head(known, done, issue)
    assert_sources(known, done, issue)
    assert_counts(done, issue)


def assert_words(known: KnownDocument, done: Imported) -> None:
    """Every known word is in the issue or under "Left out"; the report promises it exactly if the document has no fault."""
    kept = Counter(unit for text in (done.issue_md, *(left.text for left in done.left_out)) for unit in units_of(text))
    assert not Counter(unit for text in known.texts for unit in units_of(text)) - kept
    assert (COMPLETE in done.report) == done.complete == (not known.fault), (known.fault, done.report[:900])
    assert ("WORDS" in done.report, done.missing) == (False, ())


def assert_links(known: KnownDocument, done: Imported, issue: Issue) -> None:
    """Every known link is a link of the issue with its address and its words."""
    found = Counter(
        (link.href, " ".join(plain(link.children).split()))
        for block in issue.blocks() for content in block.contents() for link in links.links_of(content)
    )  # fmt: skip
    assert not Counter((href, text) for text, href in known.links) - found
    said = LINKS.search(done.report)
    assert int(said[1] if said else 0) == len(known.links)
    assert done.missing_links == ()
    for address in re.findall(r"https://\S+", " ".join(known.texts)):  # also those that are only text
        assert any(href == address for href, _ in found), address


def assert_head(known: KnownDocument, done: Imported, issue: Issue) -> None:
    """Number and date are those that the document says, or empty and asked for once."""
    assert (issue.title, issue.number, issue.date) == (known.title, known.number, known.day or date.min)
    [said] = re.findall(r"date and number: (.*)", done.report)
    missing = [*(["the day"] if known.day and not known.names_day else []), *([] if known.day else ["the date"])]
    missing += [] if known.number else ["the number"]
    assert said.endswith(f"; write {' and '.join(missing)}" if missing else "; check that both are right")
    assert said.startswith("the masthead names " if known.day else "no date was recognised")
    if known.day:
        assert f"{known.day:%B %Y}" in said
    assert "other words and was left out" not in done.report
    assert "above the highlights" not in done.report


def assert_sources(known: KnownDocument, done: Imported, issue: Issue) -> None:
    assert [article.title for article in issue.articles()] == [article.title for article in known.articles]
    assert [bool(article.sources) for article in issue.articles()] == [bool(article.source) for article in known.articles]
    unsourced = [article.title for article in known.articles if not article.source]
    said = re.findall(r"issue\.md:\d+: (\d+ articles? names? no source: .*|no article names a source)", done.report)
    if not unsourced:
        assert said == []
    elif len(unsourced) == len(known.articles):
        assert said == ["no article names a source"]
    else:
        verb = "article names" if len(unsourced) == 1 else "articles name"
        assert said == [f"{len(unsourced)} {verb} no source: {'; '.join(unsourced)}"]


def assert_counts(done: Imported, issue: Issue) -> None:
    """The numbers in the first lines of the report are those of the issue and of its own lists."""
    numbers = [
        int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?= [a-z])", " ".join(done.report.split("\n")[2:4]))
    ]
    figures = sum(isinstance(block, Figure) for block in issue.blocks())
    parts = [len(issue.sections), len(list(issue.articles())), figures, len(issue.credits)]
    assert numbers == [*parts, len(done.questions), len(done.left_out), len(done.changes)]
    lines = done.issue_md.split("\n")
    listed = re.findall(r"^issue\.md:(\d+): ", done.report, re.MULTILINE)
    assert len(listed) == len(done.questions) == sum(isinstance(block, EditorMark) for block in issue.blocks())
    assert all(lines[int(line) - 1].startswith("<!-- check: ") for line in listed)
