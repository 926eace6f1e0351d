"""The salutation of a letter is not on the web page; every sentence is."""

import pytest

from composer.issue.parsing.issue_file import parse_issue
from composer.rendering.salutations import without_salutation
from tests.composer.making import HEAD


def opening_of(first: str, second: str = "Spring has come."):
    return parse_issue(f"{HEAD}{first}\n\n{second}\n\n# News\n\n## Light {{#light}}\n\nx\n").opening


@pytest.mark.parametrize(
    "text",
    [
        'Dear {{ name or "reader" }},', "Dear Madam, dear Sir:", "Hello everyone,", "Good morning,", "Sehr geehrte Damen und Herren,",
        "尊敬的读者：", "各位读者：", "{{ name or \"各位会员\" }}，您好！", "亲爱的朋友们，大家好！", "您好！", '{{ name or "Reader" }},', "**Dear friends,**",
    ],
)  # fmt: skip
def test_a_first_paragraph_that_only_greets_is_left_out(text):
    assert len(without_salutation(opening_of(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Dear readers, this is our last issue:", "Dear reader, welcome.", "In this issue:", "Hello from our new office in Trieste!",
        "Dear Sir or Madam is how letters used to begin, and so do ours:", "各位委员在会上提出了以下意见：", "Spring:", "今年大家过得好。",
        '{{ name or "Reader" }}, you asked for this:', "Dearest freedom, we sing of you and what you gave us,", "本期内容：",
    ],
)  # fmt: skip
def test_what_may_be_a_sentence_stays(text):
    assert len(without_salutation(opening_of(text))) == 2


def test_an_introduction_of_a_list_and_a_salutation_without_a_letter_stay():
    listed = opening_of("Dear reader:", "- one\n- two")
    assert without_salutation(listed) == listed
    alone = opening_of("Dear reader,")[:1]
    assert without_salutation(alone) == alone
    assert without_salutation(()) == ()
