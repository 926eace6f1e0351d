"""Quotation marks, apostrophes and dashes of each language; addresses, measures and code stay as typed."""

from itertools import product

import pytest

from composer.issue.document import Emphasis, Field, Link, Paragraph, Span, Strong, Text
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.printing.issue_printer import print_issue
from composer.issue.typography import STYLES, typeset, typeset_issue
from tests.composer.making import issue_of

# Language -> a quotation, one in it, the dash between two words; the last column is a word of the language.
MARKS = {
    "en": ("“{}”", "‘{}’", " – ", "light"),
    "zh-Hans": ("“{}”", "‘{}’", "——", "光"),
    "zh-Hant": ("「{}」", "『{}』", "——", "光"),
    "de": ("„{}“", "‚{}‘", " – ", "Licht"),
    "fr": ("«\u202f{}\u202f»", "“{}”", " – ", "lumière"),
    "es": ("«{}»", "“{}”", " – ", "luz"),
    "pt": ("“{}”", "‘{}’", " – ", "luz"),
    "ru": ("«{}»", "„{}“", " — ", "свет"),
    "ar": ("«{}»", "“{}”", " – ", "ضوء"),
    "ja": ("「{}」", "『{}』", "——", "光"),
}
KEPT = (
    'https://example.org/a--b?c=1', "www.example.org/a", "anna@example.org", "`a--b`", "issue_file.md", "name='x'", "5'10", '12"',
    "2023-03", "010-6857-1888", "#first", "a/b",
)  # fmt: skip


def cases(language: str):
    """Yields what is typed and what is expected."""
    outer, inner, dash, word = MARKS[language]
    is_spaced = language not in ("zh-Hans", "zh-Hant", "ja")
    gap = " " if is_spaced else ""
    typed_dash = " -- " if is_spaced else "--"
    quoted = [(f'"{word}"', outer.format(word)), (f"\"{word} '{word}'\"", outer.format(f"{word} {inner.format(word)}"))]
    quoted += [(f"'{word}'", inner.format(word)), (f'"{word}, {word}"', outer.format(f"{word}, {word}"))]
    ends = (".", ",", ";", ")") if is_spaced else ("。", "，", "；", "）")
    for (typed, expected), end, times in product(quoted, ends, (1, 2, 3, 4, 5, 6)):
        start = ("(" if is_spaced else "（") if end in (")", "）") else ""
        yield gap.join([word, *[start + typed + end] * times, word]), gap.join([word, *[start + expected + end] * times, word])
    for (typed, expected), (other, second) in product(quoted, quoted):
        yield f"{typed}{typed_dash}{word}{typed_dash}{other}", f"{expected}{dash}{word}{dash}{second}"
        yield (
            f"{word}{gap}{typed}{gap}{word}... {other}",
            f"{word}{gap}{expected}{gap}{word}{'…' if is_spaced else '……'} {second}",
        )
    for kept, (typed, expected) in product(KEPT, quoted):
        for form in ("{kept} {mark}", "{mark} {kept}", "{word} {kept} {mark} {kept}", "{word} ({kept}) {mark}"):
            if kept.endswith('"') and form != "{mark} {kept}":
                continue  # nobody knows whether such a mark ends a measure or begins a quotation
            values = {"kept": kept, "word": word}
            yield form.format(mark=typed, **values), form.format(mark=expected, **values)


@pytest.mark.parametrize("language", MARKS)
def test_typed_marks_become_those_of_the_language(language: str) -> None:
    made = dict(cases(language))
    assert len(made) >= 300
    wrong = [
        (typed, expected, typeset(typed, language)) for typed, expected in made.items() if typeset(typed, language) != expected
    ]
    assert wrong == []
    assert [text for text in made.values() if typeset(text, language) != text] == [], "what is typographic stays"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("It's O'Brien's, the Smiths' and the '90s'", "It’s O’Brien’s, the Smiths’ and the ’90s’"),
        ('An "open mark stays', 'An "open mark stays'),
        ('5\'10" tall, 6" wide, "and" 7\' deep', "5'10\" tall, 6\" wide, “and” 7' deep"),
        ('"In 1999", she said', "“In 1999”, she said"),
        ("3 - 5 - and - six", "3 - 5 – and – six"),
        ("well--known .... dots", "well—known .... dots"),
        ("-- Wei Yumeng", "— Wei Yumeng"),
    ],
)
def test_english_in_detail(typed: str, expected: str) -> None:
    assert typeset(typed, "en-GB") == expected


def test_a_language_without_rules_here_stays_as_typed() -> None:
    assert "eo" not in STYLES
    assert typeset('"a" -- b', "eo") == '"a" -- b'


def test_marks_may_open_and_close_in_different_texts_and_words_of_another_language_have_their_own() -> None:
    content = (
        Text('He said "it was '), Strong((Text("good"),)), Text('" and '), Link('https://e.org/"', (Text('"read" it'),)),
        Text(', "'), Field("name", "you"), Text('". '), Span("de", (Text('"Licht"'),)), Emphasis((Text(" it's"),)),
    )  # fmt: skip
    made = typeset_issue(issue_of((Paragraph(content),))).sections[0].articles[0].blocks[0]
    assert isinstance(made, Paragraph)
    expected = (
        Text("He said “it was "), Strong((Text("good"),)), Text("” and "), Link('https://e.org/"', (Text("“read” it"),)),
        Text(", “"), Field("name", "you"), Text("”. "), Span("de", (Text("„Licht“"),)), Emphasis((Text(" it’s"),)),
    )  # fmt: skip
    assert made.content == expected


def test_every_kind_of_prose_is_typeset_and_nothing_else() -> None:
    source = """---
title: The "Post"
organisation: Organisation
number: '1 "a"'
date: 2026-05-04
subject: Light's here
preheader: What's in it
language: en
footer:
  about: Who's who.
---

# News's {#news}

## What's new {#first}

Summary: It's short.
By: Wei's

It's.

- It's

![It's](images/it's.png)
Caption: It's
Credit: It's

::: profile
Name: O'Neill
Role: It's
:::

Source: It's
"""
    made = print_issue(typeset_issue(parse_issue(source)))
    assert made.count("’s") == 12
    for kept in ("(images/it's.png)", "Light's here", "What's in it", 'The "Post"', '1 "a"'):
        assert kept in made
