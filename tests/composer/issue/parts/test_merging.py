"""Two edits of a file are merged by part, or they are a conflict that has all three texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.parts.merging import ORDER, PartConflict, merge
from composer.issue.parts.splitting import WHOLE, Part, Parts
from tests.support.variations import examples


def file(words: str) -> Parts:
    """`a b2` -> the parts a and b; a part's text says what was written."""
    return tuple(Part(word[0], f"{word}\n") for word in words.split())


def text(parts: Parts) -> str:
    return " ".join(part.text.strip() for part in parts)


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged"),
    [
        ("a b c", "a2 b c", "a b c2", "a2 b c2"),
        ("a b c", "a2 b c", "a2 b c", "a2 b c"),
        ("a b c", "a b", "a2 b c", "a2 b"),
        ("a b c", "a x b c", "a b c y", "a x b c y"),
        ("a b c", "a b c x", "a b c y", "a b c y x"),
        ("a b c", "c a b", "a b2 c", "c a b2"),
        ("a b c", "a b2 c x", "c a b", "c x a b2"),
        ("a b c", "b c", "a x b c", "x b c"),
        ("a b c", "c b a", "c b a", "c b a"),
        ("a b c", "a c", "a c", "a c"),
        ("", "", "a b", "a b"),
        ("a b", "a b", "", ""),
    ],
)
def test_edits_of_different_parts_both_land(base: str, theirs: str, mine: str, merged: str) -> None:
    found = merge(file(base), file(theirs), file(mine))
    assert (text(found.parts), found.conflicts) == (merged, ())


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "conflict", "kept"),
    [
        ("a b", "a2 b", "a3 b", PartConflict("a", "a\n", "a2\n", "a3\n"), "a2 b"),
        ("a b", "b", "a3 b", PartConflict("a", "a\n", None, "a3\n"), "b"),
        ("a b", "a2 b", "b", PartConflict("a", "a\n", "a2\n", None), "a2 b"),
        ("a", "a x", "a x2", PartConflict("x", None, "x\n", "x2\n"), "a x"),
        ("a b c", "b a c", "c a b", PartConflict(ORDER, "a\nb\nc", "b\na\nc", "c\na\nb"), "b a c"),
    ],
)
def test_edits_of_the_same_part_are_a_conflict(base, theirs, mine, conflict, kept) -> None:
    found = merge(file(base), file(theirs), file(mine))
    assert (text(found.parts), found.conflicts) == (kept, (conflict,))


def test_a_source_that_cannot_be_split_is_compared_as_one_part() -> None:
    broken = (Part(WHOLE, "a <!-- b\n"),)
    assert merge(file("a b"), file("a b"), broken).parts == broken
    assert merge(broken, file("a b"), broken).parts == file("a b")
    [conflict] = merge(file("a b"), file("a b2"), broken).conflicts
    assert conflict == PartConflict(WHOLE, "a\nb\n", "a\nb2\n", "a <!-- b\n")


def test_a_part_that_is_not_the_last_any_more_ends_its_line() -> None:
    found = merge((Part("a", "a"),), (Part("a", "a"),), (Part("a", "a"), Part("b", "b")))
    assert found.parts == (Part("a", "a\n"), Part("b", "b"))


def _files(names: str) -> st.SearchStrategy[Parts]:
    texts = st.lists(st.sampled_from(names), unique=True, max_size=5)
    return st.builds(
        lambda chosen, digits: tuple(Part(name, f"{name}{digits[name]}\n") for name in chosen),
        texts,
        st.fixed_dictionaries({name: st.integers(0, 2) for name in names}),
    )


FILES = _files("abcde")


@examples(400)
@given(FILES, FILES, FILES)
def test_no_text_is_lost_without_a_conflict(base: Parts, theirs: Parts, mine: Parts) -> None:
    found = merge(base, theirs, mine)
    result = {part.id: part.text for part in found.parts}
    assert len(result) == len(found.parts)
    old, other, own = ({part.id: part.text for part in parts} for parts in (base, theirs, mine))
    named = {conflict.id for conflict in found.conflicts} - {ORDER}
    for name in old.keys() | other.keys() | own.keys():
        before, their, my = old.get(name), other.get(name), own.get(name)
        assert (name in named) == (before != their != my != before)
        assert result.get(name) == (my if their == before else their)
    for conflict in found.conflicts:
        if conflict.id != ORDER:
            assert (conflict.base, conflict.theirs, conflict.mine) == tuple(each.get(conflict.id) for each in (old, other, own))


@given(FILES, FILES)
def test_who_changes_nothing_gets_the_other_side(base: Parts, other: Parts) -> None:
    assert merge(base, other, base) == merge(base, base, other)
    assert merge(base, other, other).conflicts == merge(base, other, base).conflicts == ()
    assert merge(base, other, base).parts == other
    assert merge(base, other, other).parts == other
