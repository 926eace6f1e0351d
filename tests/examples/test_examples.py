"""The examples are complete, valid and as their README says, and the issue is in words of its own."""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from composer.composition import compose_folder
from composer.issue.document import Action, Block, Calendar, Figure, ListBlock, Profile, Quote, Sources, Table
from composer.issue.parsing.issue_file import load_issue
from sandbox.delivery.address_outcomes import foresee
from subscribers.addresses import AddressError, read

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ISSUE = EXAMPLES / "cast-2023-03"
FAULTS = EXAMPLES / "subscribers-with-faults.csv"
OUTCOMES = {"bounce": 24, "soft": 16, "defer": 20, "drop": 8, "complain": 4, "open": 60, "click": 40}
SHARED_RUN = 12  # words in a row; names of institutions are shared and reach eleven


def blocks() -> Iterator[Block]:
    for article in load_issue(ISSUE).articles():
        yield from article.blocks


def figures() -> list[Figure]:
    return [block for block in blocks() if isinstance(block, Figure)]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (EXAMPLES / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The issue


def test_the_issue_has_no_faults_and_its_whole_structure() -> None:
    issue = load_issue(ISSUE)
    assert [f for f in issue.findings if f.level != "info"] == []
    assert [s.title for s in issue.sections] == [
        "Headlines",
        "Academic Exchange",
        "Recommended Case",
        "Scientist Profile",
    ]
    assert [len(s.articles) for s in issue.sections] == [5, 4, 1, 1]
    assert len(issue.highlighted()) == 5
    assert [(c.role, c.name) for c in issue.credits] == [
        ("Editor", "Ying Wenqi"),
        ("Proofreader", "Wei Yumeng"),
        ("Designer", "Zhang Shan"),
    ]


def test_the_second_issue_makes_four_mails_without_a_finding() -> None:
    made = compose_folder(EXAMPLES / "tidelines-2026-11", picture_url=lambda picture: picture.name)
    assert [variant.name for variant in made.variants] == [
        'en, country != "CN"', 'en, country = "CN"', 'zh-Hans, country != "CN"', 'zh-Hans, country = "CN"',
    ]  # fmt: skip
    assert made.findings == ()
    for issue in made.issues:
        assert issue.theme == "plain"
        assert {type(block) for block in issue.blocks()} >= {Action, Calendar, Profile, Table}
    english, chinese = made.issues
    assert [article.id for article in english.articles()] == [article.id for article in chinese.articles()]


def test_every_article_names_its_sources_at_its_end() -> None:
    for article in load_issue(ISSUE).articles():
        assert isinstance(article.blocks[-1], Sources), article.id


def test_there_is_a_quotation_and_both_kinds_of_list() -> None:
    assert any(isinstance(b, Quote) for b in blocks())
    assert {b.ordered for b in blocks() if isinstance(b, ListBlock)} == {True, False}


def test_every_figure_has_alt_caption_credit_and_a_light_clean_picture() -> None:
    found = figures()
    assert len(found) >= 9
    assert len({f.src for f in found}) == len(found)
    for figure in found:
        assert figure.alt
        assert figure.caption
        assert figure.credit
        path = ISSUE / figure.src
        assert 20_000 <= path.stat().st_size <= 60_000
        with Image.open(path) as picture:
            assert picture.size in {(1120, 630), (840, 1050)}
            assert not picture.getexif()


def test_no_picture_lies_there_unused() -> None:
    assert {f"images/{p.name}" for p in (ISSUE / "images").iterdir()} == {f.src for f in figures()}


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + SHARED_RUN]) for i in range(len(found) - SHARED_RUN + 1)}


def test_the_issue_is_in_words_of_its_own() -> None:
    seed = os.environ.get("MAILROOM_TEST_SEED")
    if not seed:
        pytest.skip("MAILROOM_TEST_SEED does not name the text of the original newsletter")
    lines = (ISSUE / "issue.md").read_text(encoding="utf-8").splitlines()
    prose = "\n".join(line for line in lines if not line.startswith(("Source:", "Sources:")))
    assert runs(prose) & runs(Path(seed).read_text(encoding="utf-8")) == set()


# The subscribers


def test_two_thousand_unique_valid_addresses_that_no_mail_can_reach(rows: list[dict[str, str]]) -> None:
    addresses = [row["email"] for row in rows]
    assert len(addresses) == len({a.lower() for a in addresses}) == 2000
    for address in addresses:
        assert read(address, lambda text: text.encode()).address == address
        assert address.endswith(".example")


def test_the_sandbox_will_do_with_them_what_the_readme_says(rows: list[dict[str, str]]) -> None:
    by_domain = Counter(row["email"].rpartition("@")[2].removesuffix(".example") for row in rows)
    assert {word: by_domain[word] for word in OUTCOMES} == OUTCOMES
    foreseen = Counter(foresee(row["email"]) for row in rows)
    assert foreseen == {**OUTCOMES, "": 2000 - sum(OUTCOMES.values())}


def test_every_cell_is_well_formed(rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert list(row) == ["email", "name", "language", "country", "interests", "role", "joined"]
        assert re.fullmatch(r"[a-z]{2}(-Hans)?", row["language"])
        assert re.fullmatch(r"[A-Z]{2}", row["country"])
        interests = row["interests"].split(";")
        assert 1 <= len(interests) == len(set(interests)) <= 4
        assert date(2015, 1, 1) <= date.fromisoformat(row["joined"]) <= date(2023, 12, 31)
    assert all(a["joined"] <= b["joined"] for a, b in pairwise(rows))
    assert {"en", "zh-Hans", "es", "fr", "pt", "ru", "ar"} <= {row["language"] for row in rows}


def test_the_segments_of_the_readme_count_what_it_says(rows: list[dict[str, str]]) -> None:
    engineering = [r for r in rows if "engineering" in r["interests"].split(";")]
    counts = [
        len(engineering),
        sum(r["country"] != "CN" for r in engineering),
        sum(r["role"] == "student" and r["joined"] >= "2020" for r in rows),
        sum(r["language"] == "es" and "energy" in r["interests"].split(";") for r in rows),
    ]
    section = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("## Segments to try")[2].partition("##")[0]
    assert [int(n) for n in re.findall(r"\| (\d+) \|$", section, re.MULTILINE)] == counts


# The list with faults


def test_the_file_itself_is_awkward() -> None:
    data = FAULTS.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    assert re.search(rb"[^\r]\n", data)
    assert not data.endswith(b"\n")
    assert data.decode("utf-8-sig").count("\n") == 40  # so that the README's line numbers are those of an editor


def test_verdicts_of_the_readme_agree_with_the_one_truth_about_addresses() -> None:
    section = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("## The list with faults")[2]
    verdicts = {int(line): (verdict, why) for line, verdict, why in re.findall(r"^\| (\d+) \| (\w+) \| (.+) \|$", section, re.M)}
    about_other_cells = {"unknown language", "there is no 30 February", "three cells are missing", "two cells too many"}
    lines = FAULTS.read_text(encoding="utf-8-sig").splitlines()
    assert max(verdicts) == len(lines) == 41
    for number, line in enumerate(lines[1:], 2):
        verdict, why = verdicts.get(number, ("good", ""))
        if verdict == "refused" and why not in about_other_cells:
            with pytest.raises(AddressError):
                read(next(csv.reader([line]))[0], lambda text: text.encode())
        elif verdict != "skipped":
            read(next(csv.reader([line]))[0], lambda text: text.encode())
