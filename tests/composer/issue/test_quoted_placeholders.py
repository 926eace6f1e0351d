"""A finding quotes a text as the author wrote it, never the placeholders that the parser puts in for merge fields and marks."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.errors import ComposeError, Finding, Findings
from composer.issue.parsing.issue_file import parse_issue
from tests.codebase.test_syntax import ROOT
from tests.composer.making import HEAD
from tests.support.variations import first

PLACEHOLDER = re.compile("[\ufdd0-\ufdef]")
FIELD = '{{ name or "you" }}'
CUT_OUT = (FIELD, "<!-- check: a -->", "{{ nme }}", '{{ <!-- m --> name or "r" }}')
PLACES = (  # @ is where the hostile text is
    "# S\n\n## A\n\n@\n", "# S\n\n## A@\n\nx\n", "# S@\n\n## A\n\nx\n", "# S\n\n## A {#@}\n\nx\n", "@\n\n# S\n\n## A\n\nx\n",
    "# S\n\n## A\n\n::: @\nx\n:::\n", "# S\n\n## A\n\n::: calendar\n@\n:::\n", "# S\n\n## A\n\n::: profile\n@\n\nx\n:::\n",
    "# S\n\n## A\n\n::: action\n@\n:::\n", "# S\n\n## A\n\n::: lang @\nx\n:::\n", "# S\n\n## A\n\n::: only @\nx\n:::\n",
    "# S\n\n## A\nOnly: @\n\nx\n", "# S\n\n## A\n\n![a](b.png)\n@\n", "# S\n\n## A\n\n| a | b |\n|---|---|\n| @ | x | @ | c |\n",
    "# S\n\n## A\n\nx\n\nSources: @\n", "# S\n\n## A\n\n- @\n", "# S\n\n## A\n\n#### @\n",
)  # fmt: skip
HOSTILE = (  # ~ is where the field or mark is; the long ones end a quotation inside it
    "~", "<b ~>", "**~a", "*~a b", "](~)", "] (https://~", "`~`", "~~x~ ~~", "[^~]", "[~][~]", '[x]{lang="~"}', "[x]{~=1}", "[](~)",
    "![~](~)", '[x](https://a.cn "~")', "| ~ |", ":: a~", "Caption: ~", "- 2026-~: x\n- ~", "- 2026-01-01: ~ at", "Name: ~\nFoo: ~",
    "Foo~", "&#xfdd0;7&#xfdd1; ~", "[x](foo:~)", "[^a~]: x", "[a~]: https://x", "**" + "b" * 17 + "~", "<i " + "b" * 55 + "~>",
    "`" + "b" * 37 + "~`", "| " + "a" * 36 + "~ |", "- " + "a" * 38 + "~", "<!-- ~", "{{ ~",
)  # fmt: skip


def findings_of(text: str) -> tuple[Finding, ...]:
    try:
        return parse_issue(text).findings
    except ComposeError as error:
        return error.findings


def leaks(found: tuple[Finding, ...]) -> list[str]:
    return [finding.shown() for finding in found if PLACEHOLDER.search(f"{finding.params}{finding.shown()}")]


@pytest.mark.parametrize("place", first(PLACES))
def test_no_finding_about_a_hostile_text_shows_a_placeholder(place: str) -> None:
    found = [
        findings_of(HEAD + place.replace("@", text.replace("~", cut_out)))
        for text, cut_out in itertools.product(HOSTILE, CUT_OUT)
    ]
    assert sum(map(len, found)) > len(HOSTILE)
    assert [leak for each in found for leak in leaks(each)] == []


def with_fields(text: str) -> Iterator[str]:
    """The text with a merge field and a mark at the end of each line of its body, and before it, one kind at a time."""
    head, body = text.split("\n---\n", 1)
    for cut_out in CUT_OUT:
        lines = body.split("\n")
        yield f"{head}\n---\n" + "\n".join(f"{line} <b {cut_out}" if line else line for line in lines)
        yield f"{head}\n---\n" + "\n".join(f"{cut_out}**{line}" if line else line for line in lines)


@pytest.mark.parametrize(
    "path", first(sorted(ROOT.glob("examples/*/issue*.md"))), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_no_finding_about_an_example_shows_a_placeholder(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [findings_of(each) for each in (text, *with_fields(text))]
    assert any(found)
    assert [leak for each in found for leak in leaks(each)] == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (f"**{FIELD}a", f"**{FIELD}a"),
        (f"<b {FIELD}>", f"<b {FIELD}>"),
        (f"`{FIELD}`", f"`{FIELD}`"),
        (f'[x]{{lang="{FIELD[:8]}}}}}"}}', "{{ name }}"),
    ],
)
def test_a_quotation_has_the_merge_field_as_it_was_written(text: str, quoted: str) -> None:
    found = findings_of(f"{HEAD}# S\n\n## A\n\n{text}\n")
    assert quoted in [value for finding in found for value in finding.params.values()]


def test_a_quotation_that_ends_inside_a_placeholder_ends_with_an_ellipsis() -> None:
    findings = Findings("issue.md")
    findings.warning("markup-left", 1, text="**a\ufdd01", html="\ufdd212\ufdd3b")
    assert findings.collected[0].params == {"text": "**a…", "html": "…b"}
