"""Prints the variants of an issue, counted from 1: who gets each, and how many recipients that is. JSON counts from 0."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli import output

MOST_OUTCOMES = 3  # in a cell; --json has all
Variants = Sequence[Mapping[str, Any]]


def tell(variants: Variants, *numbers: str) -> None:
    """Print a table of the variants with these counts; nothing where there is only one."""
    if len(variants) < 2:
        return
    rows = [
        [str(variant["variant"] + 1), named(variant["language"]), for_whom(variant, variants),
         *(variant[name] for name in numbers)]
        for variant in variants
    ]  # fmt: skip
    output.show_table(("variant", "language", "for", *numbers), rows)


def note(variants: Variants) -> None:
    """Print the variants before a question, a line each."""
    if len(variants) < 2:
        return
    output.note(f"in {len(variants)} variants; each recipient gets one:")
    for variant in variants:
        people = output.count(variant["recipients"], "recipient")
        output.note(f"  {variant['variant'] + 1}: {people}, {named(variant['language'])}, {for_whom(variant, variants)}")


def named(language: str) -> str:
    """`Simplified Chinese (zh-Hans)`; the tag alone for a language that Django does not know."""
    from django.utils.translation import get_language_info

    try:
        return f"{get_language_info(language.lower())['name']} ({language})"
    except KeyError:
        return language


def for_whom(variant: Mapping[str, Any], variants: Variants) -> str:
    """Who gets a variant. Readers of a language that the issue is not written in get the first."""
    everybody_else = variant["language"] == variants[0]["language"] != variants[-1]["language"]
    if not variant["holds"]:
        return "everybody else" if everybody_else else "readers of this language"
    more = len(variant["holds"]) - MOST_OUTCOMES
    outcomes = " or ".join(variant["holds"][:MOST_OUTCOMES]) + (f" or {output.count(more, 'outcome')} more" if more > 0 else "")
    return f"everybody else, if {outcomes}" if everybody_else else f"if {outcomes}"
