"""An issue file is split into parts and joined again without a change, whatever it contains."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composer.errors import ComposeError
from composer.issue.document import Issue
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.splitting import WHOLE, Part, join, resplit, split
from composer.issue.printing.issue_printer import print_issue
from tests.composer.making import BODY, HEAD, issue_of
from tests.composer.strategies import BODIES, SECTIONS
from tests.support.variations import examples

ROOT = Path(__file__).resolve().parents[4]
FILES = [path for folder in ("examples", "templates", "tests/samples") for path in sorted((ROOT / folder).rglob("*"))
         if path.suffix in {".md", ".txt"}]  # fmt: skip
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
SOURCES = st.tuples(st.sampled_from([HEAD, "\ufeff" + HEAD, "\n" + HEAD, HEAD[:60], ""]), BODIES, LINE_ENDS).map(
    lambda drawn: (drawn[0] + "# S\n## One {#one}\nx\n\n" + drawn[1]).replace("\n", drawn[2])
)
many = examples(50)


def ids(source: str) -> list[str]:
    return [part.id for part in split(source)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_sample_is_joined_as_it_was(path: Path) -> None:
    source = path.read_bytes().decode("utf-8", "replace")
    assert join(split(source)) == source


def test_the_parts_of_an_example() -> None:
    assert ids((ROOT / "examples/tidelines-2026-11/issue.md").read_text(encoding="utf-8")) == [
        "@head", "@highlights", "@credits", "@footer", "@opening", "from-the-society", "annual-meeting", "tide-tables", "dates-2",
        "dates", "speaker",
    ]  # fmt: skip


@many
@given(SOURCES)
@example(HEAD)
@example(HEAD.rstrip("\n"))
@example(HEAD + "# S <!-- a\n--> b\n## T\nx")
@example(HEAD + "<!-- a\n--># S\n## T\nx")
@example(HEAD + "# S\n## T\n```\n# U\n```\n")
@example(HEAD + "# S\n::: lang de\n# U\n")
def test_any_source_is_joined_as_it_was_and_each_part_has_an_id_of_its_own(source: str) -> None:
    parts = split(source)
    assert join(parts) == source
    assert len({part.id for part in parts}) == len(parts)
    assert all(part.text for part in parts) or not source


def without_section_ids(issue: Issue) -> Issue:
    return replace(issue, sections=tuple(replace(section, id="") for section in issue.sections))


@many
@given(SOURCES)
@example(HEAD + "# S #\n## One # #\nx")
@example(HEAD + "# S <!-- m -->\n## <!-- m\n-->\nx")
@example(HEAD + "# S {#a}\n# a\n## A\nx\n## A\ny\n")
@example(HEAD + "# \\\n## \\{#x}\nx")
def test_written_ids_change_nothing_but_the_ids_of_sections(source: str) -> None:
    named = with_ids({"issue.md": source})["issue.md"]
    assert with_ids({"issue.md": named})["issue.md"] == named
    assert ids(named) == ids(source)
    assert named.count("\n") == source.count("\n")
    try:
        issue = parse_issue(source)
    except ComposeError:
        return
    again = parse_issue(named)
    assert without_section_ids(again) == without_section_ids(issue)
    assert [finding.location for finding in again.findings] == [finding.location for finding in issue.findings]
    assert all(section.id for section in again.sections)


@many
@given(st.lists(SECTIONS, min_size=1, max_size=3))
def test_a_printed_issue_is_split_into_its_sections_and_articles(sections: list) -> None:
    numbered = [
        replace(section, id=section.id and f"s{at}", articles=tuple(replace(each, id=f"a{at}") for each in section.articles))
        for at, section in enumerate(sections)
    ]
    source = print_issue(issue_of(sections=tuple(numbered)))
    found = ids(source)
    if found == [WHOLE]:
        with pytest.raises(ComposeError):
            parse_issue(source)
        return
    assert [name for name in found if name.startswith("a") and name[1:].isdigit()] == [f"a{at}" for at in range(len(sections))]
    assert len([name for name in found if not name.startswith("@")]) == 2 * len(sections)


@pytest.mark.parametrize(
    "source",
    [
        "", "words", "---\ntitle: a\n", HEAD + BODY + "<!-- open", HEAD + "# S {#one}\n## One {#one}\nx\n", HEAD + BODY + "\x00",
        HEAD + "# S {#No good}\n## One {#one}\nx\n", HEAD + BODY + ">" * 70 + " x", HEAD + "# S\n<!-- a\n--> # T\n## One\nx\n",
    ],
)  # fmt: skip
def test_a_source_whose_structure_is_unknown_is_one_part(source: str) -> None:
    assert split(source) == (Part(WHOLE, source),)
    assert with_ids({"issue.md": source}) == {"issue.md": source}


@pytest.mark.parametrize(
    "body", ["# S\n## One\n[x](javascript:1)\n", "## One\nx\n", "# S\n", "text", "# S\n## One\n{{ nmae }}\n"]
)
def test_other_errors_do_not_hide_the_parts(body: str) -> None:
    assert ids(HEAD + "\n" + body)[:2] == ["@head", "@footer"]


def test_the_head_is_one_part_if_other_keys_follow_the_footer() -> None:
    assert ids(HEAD.removesuffix("---\n") + "theme: plain\n---\n" + BODY) == ["@head", "headlines", "one"]
    assert ids("---\n{title: a, footer: {about: b}}\n---\n" + BODY) == ["@head", "headlines", "one"]
    assert ids("---\ntitle: a: b\nfooter:\n---\n" + BODY) == ["@head", "headlines", "one"]


def chinese(body: str) -> str:
    return HEAD.replace("language: en", "language: zh-Hans") + body


ENGLISH = HEAD + "# News\n## Light\nx\n## Sound {#noise}\ny\n# Dates\n## May\nz\n"


def test_languages_share_the_ids_of_the_same_places() -> None:
    named = with_ids({"issue.md": ENGLISH, "issue.zh-Hans.md": chinese("# 要闻\n## 光\nx\n## 声\ny\n# 日程\n## 五月\nz\n")})
    assert ids(named["issue.zh-Hans.md"]) == ids(named["issue.md"]) == [
        "@head", "@footer", "news", "light", "noise", "dates", "may",
    ]  # fmt: skip
    assert "## 光 {#light}" in named["issue.zh-Hans.md"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("# 要闻\n## 光\nx\n## 声\n[y](#article-1)\n# 日程\n## 五月\nz\n", ["news", "article-1", "noise", "dates", "may"]),
        ("# 要闻\n## 光\nx\n# 日程\n## 五月\nz\n", ["section-1", "article-1", "section-2", "article-2"]),
        (
            "# 要闻\n## 声 {#noise}\nx\n## 光\ny\n# 日程\n## 五月\nz\n",
            ["section-1", "noise", "article-2", "section-2", "article-3"],
        ),
        ("# 要闻\n## 光 {#may}\nx\n## 声\ny\n# 日程\n## 五月\nz\n", ["section-1", "may", "article-2", "section-2", "article-3"]),
        (
            "# Dates {#light}\n## 光\nx\n## 声\ny\n# 日程\n## 五月\nz\n",
            ["light", "article-1", "article-2", "section-2", "article-3"],
        ),
    ],
)
def test_an_id_is_shared_only_where_nothing_contradicts_it(body: str, wanted: list[str]) -> None:
    named = with_ids({"issue.md": ENGLISH, "issue.zh-Hans.md": chinese(body)})
    assert ids(named["issue.zh-Hans.md"])[2:] == wanted


def test_a_highlighted_id_stays() -> None:
    source = chinese("# 要闻\n## 光\nx\n## 声\ny\n# 日程\n## 五月\nz\n").replace("footer:", "highlights:\n  - article-3\nfooter:")
    named = with_ids({"issue.md": ENGLISH, "issue.zh-Hans.md": source})["issue.zh-Hans.md"]
    assert ids(named)[-1] == "article-3"
    assert parse_issue(named).highlights == ("article-3",)


def resplit_after(text: str, changed: str = "one") -> list[str]:
    parts = split(HEAD + "# S {#s}\n## One {#one}\nx\n## Two {#two}\ny\n")
    parts = tuple(replace(part, text=text) if part.id == changed else part for part in parts)
    return [part.id for part in resplit(parts, changed, with_ids({"issue.md": join(parts)})["issue.md"])][2:]


def test_a_part_with_another_heading_becomes_two_parts() -> None:
    assert resplit_after("## One {#one}\nx\n## New\ny\n") == ["s", "one", "new", "two"]
    assert resplit_after("## Renamed {#other}\nx\n") == ["s", "other", "two"]
    assert resplit_after("") == ["s", "two"]


@pytest.mark.parametrize("text", ["## One {#one}\n::: profile\n", "## One {#one}\n<!-- a\n", "## One {#two}\n", "## One\n```\n"])
def test_an_unfinished_text_takes_no_other_part_with_it(text: str) -> None:
    assert resplit_after(text) == ["s", "one", "two"]
