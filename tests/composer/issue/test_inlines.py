"""The normal form of inline text; its fast paths give the same results as the general ones."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from composer.errors import Findings
from composer.issue.characters import FORBIDDEN
from composer.issue.document import LineBreak, Span, Text
from composer.issue.inlines.inline_reader import Cuttings, cut_fields, tidy

_PIECES = ("a", "b!", "é", "“", "国", "。", "글", " ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u200b", "\x0b")
_words = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)


@given(_words)
@example("a\nb")
@example("国\n国\n글\n글")
@example("\n a \n")
def test_tidying_a_single_text_equals_the_general_case(words: str) -> None:
    assert tidy((Text(words),)) == tidy((Text(words), Text("")))
    assert tidy((Text(words),)) == tidy((LineBreak(), Text(words)))


@given(_words)
@example("a\nb")
def test_joining_lines_of_plain_characters_equals_the_general_case(words: str) -> None:
    # A carriage return always takes the general path.
    assert tidy((Text(words),)) == tidy((Text(words.replace("\n", "\r")),))


def test_only_the_innermost_language_counts() -> None:
    german = Span("de", (Text("eins"),))
    within = (Span("de", (Text("zwei "), Span("zh-CN", (Text("三"), german)))),)
    assert tidy(within) == within, "German within Chinese within German"
    assert tidy((Span("de", (Text("zwei "), german)),)) == (Span("de", (Text("zwei eins"),)),)


def test_no_hidden_character_can_be_printed() -> None:
    everything = "".join(map(chr, range(0x110000)))
    found = FORBIDDEN.findall(everything)
    assert len(found) > 2000
    assert not any(map(str.isprintable, found))


@given(
    st.lists(
        st.sampled_from(("a", "\n", "\\", "{{", "}}", "{{ name }}", '{{ name or "x" }}', "{{ who }}", "{{ view_url }}")),
        max_size=15,
    )
)
@example(["\n", "{{ who }}", "{{ name }}", "\n", "\n", "a", '{{ name or "x" }}'])
def test_the_fields_of_a_text_are_the_fields_of_its_lines(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole, cuttings = Findings("issue.md"), Cuttings()
    cut = cut_fields(text, cuttings, whole, 5)
    by_line, found = Findings("issue.md"), Cuttings()
    lines = [cut_fields(line, found, by_line, number) for number, line in enumerate(text.split("\n"), start=5)]
    assert (cut, cuttings, whole.collected) == ("\n".join(lines), found, by_line.collected)
    assert cuttings.put_back(cut) == text
    assert re.sub("\ufdd0[0-9]+\ufdd1", "", cut).count("\n") == text.count("\n")
