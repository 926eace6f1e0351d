import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from composer.issue import conditions
from composer.issue.conditions import Comparison, Condition, ConditionError
from tests.composer.strategies import COMPARISONS, CONDITIONS


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ('country = "CN"', 'country = "CN"'),
        ('country=="CN"', 'country = "CN"'),
        ('  a!="b"or c=1 ', 'a != "b" or c = 1'),
        ('a in ("x","y") and b not in (1, 2.50, True, None)', 'a in ("x", "y") and b not in (1, 2.5, True, None)'),
        ('a in ("x")', 'a = "x"'),
        ("a = “x” and b in (「y」, ‘z’, ＂it's＂)", 'a = "x" and b in ("y", "z", "it\'s")'),
        ('a not in ("x", "x")', 'a != "x"'),
        ("a in (1, True, 1.0)", "a in (1, True, 1.0)"),
        ('a = "say \\"yes\\" \\\\"', 'a = "say \\"yes\\" \\\\"'),
        ("a = 0.000001", "a = 0.000001"),
        ("a = -12.5", "a = -12.5"),
        ('a = "and b = 1"', 'a = "and b = 1"'),
    ],
)
def test_a_condition_has_one_normal_form(text: str, normal: str) -> None:
    assert str(conditions.parse(text)) == normal
    assert str(conditions.parse(normal)) == normal


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("", "name of a field is missing", 1),
        ("country", "is missing", 8),
        ("country =", "a value is missing", 10),
        ("country = CN", "in quotation marks", 11),
        ('country = "CN', "not understood", 11),
        ("country = “CN", "not understood", 11),
        ('country > "CN"', "not understood", 9),
        ('Country = "CN"', "not the name of a field", 1),
        ("not a = 1", "not the name of a field", 1),
        ("a = 1 b = 2", "`and` or `or`", 7),
        ("a = 1 and b = 2 or c = 3", "cannot be mixed", 17),
        ("a = 1 and", "name of a field is missing", 10),
        ("(a = 1)", "name of a field is expected", 1),
        ("a in 1", "( is expected", 6),
        ("a in (1", ", or ) is missing", 8),
        ("a in ()", "a value is expected", 7),
        ("a not 1", "`in` is expected", 7),
        ("a = (1)", "a value is expected", 5),
        ("a.b = 1", "not understood", 2),
        ("a = 1e5", "`and` or `or`", 6),
        ("a = ٣", "not understood", 5),
        ('a = "{{ x }}"', "“{{” is not allowed", 6),
        ('a = "<!--"', "“<!--” is not allowed", 6),
        ('a = "\n"', "is not allowed", 6),
        ("a = 1 and " * 8 + "a = 1", "at most 8 comparisons", 85),
        ("a = 1" + " " * 300, "at most 300 characters", 301),
        ("__import__('os') = 1", "not understood", 12),
        ('city != ""', "write `= None`", 9),
        ('city in ("a", "")', "write `= None`", 15),
        ("a" * 64 + " = 1", "not the name of a field", 1),
    ],
)
def test_anything_else_is_rejected_with_its_column(text: str, problem: str, column: int) -> None:
    with pytest.raises(ConditionError) as caught:
        conditions.parse(text)
    assert problem in str(caught.value.problem)
    assert caught.value.column == column


@given(CONDITIONS)
def test_a_printed_condition_is_parsed_back_the_same(condition: Condition) -> None:
    text = str(condition)
    assume(len(text) <= conditions.LONGEST and not any(sign in text for sign in ("{{", "}}", "<!--", "-->")))
    read = conditions.parse(text)
    assert str(read) == text
    assert [type(value) for each in read.comparisons for value in each.values] == [
        type(value) for each in condition.comparisons for value in each.values
    ]


@given(st.text(st.sampled_from('ab =!(),"\\1-.andorti\n '), max_size=40) | st.text(max_size=30))
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    try:
        read = conditions.parse(text)
    except ConditionError as error:
        column = error.column
    else:
        column = 1
        assert str(conditions.parse(str(read))) == str(read)
    assert 1 <= column <= len(text) + 1


PERSON = {
    "country": "CN",
    "language": "zh-Hans",
    "interests": ["physics", "sea"],
    "empty": "",
    "nothing": [],
    "member": True,
    "count": 1,
    "none": None,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('country = "CN"', True),
        ('country != "CN"', False),
        ('country in ("DE", "CN")', True),
        ('interests = "sea"', True),
        ('interests != "sea"', False),
        ('interests not in ("air", "fire")', True),
        ("empty = None", True),
        ("none = None", True),
        ("unknown = None", True),
        ("unknown != 1", True),
        ("empty != None", False),
        ("nothing = None", True),
        ('nothing = "sea"', False),
        ('country = "cn"', True),
        ('country not in ("de", "Cn")', False),
        ('language = "ZH-hans"', True),
        ('language != "zh_hans"', False),
        ("member = True", True),
        ("member = 1", False),
        ("count = 1", True),
        ("count = True", False),
        ("count = 1.0", True),
        ('country = "DE" or count = 1', True),
        ('country = "DE" and count = 1', False),
    ],
)
def test_a_condition_holds_for_the_right_people(text: str, holds: bool) -> None:
    condition = conditions.parse(text)
    assert condition.holds(PERSON) is holds
    truths = {each.positive: each.positive.holds(PERSON) for each in condition.comparisons}
    assert condition.decide(truths) is holds


@given(COMPARISONS)
def test_the_number_1_and_true_are_different(comparison: Comparison) -> None:
    assert comparison.positive == Comparison(comparison.field, comparison.values)
    assert Comparison("a", (1,)) != Comparison("a", (True,))
    assert len({Comparison("a", (1,)), Comparison("a", (True,)), Comparison("a", (1.0,))}) == 3
