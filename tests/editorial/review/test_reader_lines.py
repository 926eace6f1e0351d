"""The text of a part as its readers see it: without the marks of its source."""

import re
from pathlib import Path

import pytest

from composer.issue.parts.splitting import Part, split
from composer.rendering.writers.text_writer import ReaderLine
from editorial.review import comments
from web.texts.issues.reader_texts import lines_of

EXAMPLES = Path(__file__).parents[3] / "examples"
ARTICLE = """## A *new* laser {#laser}

Only: country = "CN"

See **[the lab](https://lab.example/a)** of {{ name or "everybody" }}.

![A blue light](images/light.jpg)
Caption: The *hall*
Credit: Li Na

### Numbers

Table: Since 2020
| Year | Papers |
|------|-------:|
| 2020 | 7 |

1. One
2. Two

- Three

<!-- check: is it seven? -->

Sources: [CAST](https://cast.example); Nature
"""


def lines(text: str, part: str = "laser", **how) -> list[tuple[str, str]]:
    return [(line.kind, f"{line.name} {line.text}".strip()) for line in lines_of(Part(part, text), {"a": "Title of a"}, **how)]


def test_an_article_has_its_words_in_order_and_none_of_its_marks():
    assert lines(ARTICLE) == [
        ("title", "A *new* laser"), ("condition", 'country = "CN"'), ("paragraph", "See the lab of everybody."),
        ("picture", "A blue light"), ("caption", "The hall"), ("credit", "Li Na"), ("heading", "Numbers"),
        ("caption", "Since 2020"), ("row", "Year · Papers"), ("row", "2020 · 7"), ("item", "1. One"), ("item", "2. Two"),
        ("item", "• Three"), ("source", "CAST"), ("source", "Nature"),
    ]  # fmt: skip


def test_a_comparison_sees_where_links_lead_to():
    assert ("paragraph", "See the lab (https://lab.example/a) of everybody.") in lines(ARTICLE, with_addresses=True)


def test_the_head_has_the_values_of_its_form_and_highlights_the_titles_of_articles():
    head = "---\ntitle: CAST News\nsubject: Light in Dalian\n"
    assert lines(head, "@head") == [("value", "title CAST News"), ("value", "subject Light in Dalian")]
    assert lines("credits:\n  - Editor: Li Na\n", "@credits") == [("made_by", "Editor Li Na")]
    assert lines("highlights:\n  - a\n  - b\n", "@highlights") == [("highlight", "Title of a"), ("highlight", "b")]


def test_lines_that_cannot_be_read_stay_as_they_are():
    assert lines("## T {#t}\n\n::: nonsense\nx\n:::\n") == [("title", "T"), ("lines", "::: nonsense\nx\n:::")]
    assert list(lines_of(Part("@whole", "no head"), {})) == [ReaderLine("lines", "no head")]


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/issue*.md")), ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_is_quoted_from_a_line_of_any_example_is_found_and_no_mark_is_left(file):
    for part in split(file.read_text(encoding="utf-8")):
        if part.id.startswith("@head"):
            continue
        for line in lines_of(part, {}):
            if line.kind not in ("condition", "row") and re.search(r"\w", line.text):
                assert comments.is_in(line.text, part.text) or "{{" in part.text, line
            assert line.kind == "lines" or not re.search(r"\*\*|^#|\]\(|\{#|\|--|^(Caption|Credit|Sources?):", line.text), line
