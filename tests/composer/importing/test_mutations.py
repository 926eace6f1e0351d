"""Fifty documents of each kind with seeded faults: no word is lost, and each becomes an issue that can be parsed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from composer.importing.importer import Imported, import_file, import_manuscript
from composer.importing.readers.pdf import pdf_process, pdf_reader
from composer.issue.document import Issue
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import account_for, differences, questions_of, rows_of
from tests.samples.make_documents import load_example
from tests.samples.mutated import Mutant, make_markdown, make_page, make_pdf, make_word
from tests.support.variations import few, first

SEEDS = range(50)


@pytest.fixture(scope="module")
def example() -> Issue:
    return load_example()


def held_against_truth(mutant: Mutant, done: Imported) -> Issue:
    assert done.missing == ()
    assert account_for(mutant.words, done) == []
    assert "WORDS" not in done.report
    return parse_issue(done.issue_md, unfinished=True)


@pytest.mark.parametrize(("make", "ending"), first([(make_word, "docx"), (make_page, "html"), (make_markdown, "md")]))
@pytest.mark.parametrize("seeds", few(SEEDS[:2], soak=[SEEDS[2:]]), ids=["some", "the rest"])
def test_no_word_is_lost(example: Issue, make: Callable[[Issue, int], Mutant], ending: str, seeds: range, tmp_path: Path) -> None:
    same = 0
    for seed in seeds:
        mutant = make(example, seed)
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        path = folder / f"sample.{ending}"
        path.write_bytes(mutant.data)
        for name, data in mutant.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        issue = held_against_truth(mutant, import_file(path))
        same += not differences(mutant.issue, issue)
    if ending != "docx":  # every Word document here has parts that are not in the issue
        assert same >= 0.75 * len(seeds)


@pytest.mark.soak
@pytest.mark.parametrize(
    "seeds",
    few(SEEDS[:2], soak=[SEEDS[2:30], SEEDS[30:]]),
    ids=["some", "more", "the rest"],
)
def test_no_word_of_a_pdf_is_lost_and_what_differs_is_marked(example: Issue, seeds: range) -> None:
    broken = total = unmarked = misread = 0
    for seed in seeds:
        mutant = make_pdf(example, seed)
        done = import_manuscript(pdf_reader.manuscript_of(pdf_process.read(mutant.data), "sample.pdf"))
        issue = held_against_truth(mutant, done)
        lost = Counter(rows_of(mutant.issue)) - Counter(rows_of(issue))
        misread += sum(lost[row] for row in lost if row[0] in ("section", "article", "heading", "figure"))
        broken += lost.total()
        total += len(rows_of(mutant.issue))
        marked = sum(
            "one paragraph, or two" in question or "no full stop" in question or "joined from" in question
            for question in questions_of(issue)
        )
        unmarked += max(lost.total() - 2 * marked, 0)
    # A paragraph that ends where its column ends looks like one that continues. Nearly all such places are marked.
    assert misread <= 0.002 * total
    assert broken <= 0.03 * total
    assert unmarked <= 0.005 * total
