"""Questions of an import: found in the source, decided one by one or together, and merged with what others write."""

import pytest

from composer.issue.parsing.issue_file import parse_issue
from editorial.importing import question_subjects, questions
from editorial.importing.questions import Question, QuestionError, QuestionKey
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
FILE = "issue.md"
SMALL = 'check: a sentence begins with a lowercase letter: "storm. all were"'
STOP = 'check: a full stop may be missing: "Asia She spoke"'
NO_ALT = "check: the document has no alternative text for this picture: describe the picture in the square brackets"


def made(body: str) -> IssueRecord:
    return import_source({FILE: HEAD + "\n" + body})


def questions_in(issue: IssueRecord) -> list[Question]:
    return list(questions.find(issue_state.head(issue.pk)))


def named(question: Question) -> QuestionKey:
    return QuestionKey(question.file, question.part, question.seen)


def body(issue: IssueRecord) -> str:
    return issue_state.head(issue.pk).sources[FILE].partition("\n---\n")[2].strip()


ARTICLE = f"# News\n\n## Light {{#light}}\n\n<!-- {SMALL} -->\n\n<!-- {STOP} -->\n\nAfter the storm. all were in Asia She spoke.\n\nEnd.\n"


def test_comments_above_one_paragraph_are_one_question():
    issue = made(f"<!-- check: headings guessed -->\n\n{ARTICLE}")
    first, second = questions_in(issue)
    assert (first.part, first.texts, first.passage) == ("@opening", ("check: headings guessed",), "")
    assert (second.part, second.texts) == ("light", (SMALL, STOP))
    assert second.passage == "After the storm. all were in Asia She spoke."
    assert questions.count(issue_state.head(issue.pk)) == 2


def test_comments_with_different_answers_are_questions_of_their_own():
    caption, table = (
        "check: the line below the picture was taken as its caption: is that right?",
        "check: cells of this table were merged; x",
    )
    head = "check: is the first row of this table its heading?"
    issue = made(
        f"<!-- check: title: write it -->\n\n<!-- check: a greeting: x -->\n\nDear reader,\n\n# News\n\n## Light {{#light}}\n\n"
        f"<!-- {caption} -->\n\n<!-- {NO_ALT} -->\n\n![](missing)\nCaption: A lamp\n\n<!-- {table} -->\n\n<!-- {head} -->\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert [
        (question.texts, question.subject.value, question.passage.partition("\n")[0]) for question in questions_in(issue)
    ] == [
        (("check: title: write it",), "whole", ""),
        (("check: a greeting: x",), "passage", "Dear reader,"),
        ((caption,), "caption", "![](missing)"),
        ((NO_ALT,), "picture", "![](missing)"),
        ((table,), "passage", "| a | b |"),
        ((head,), "table", "| a | b |"),
    ]
    for _ in range(2):
        questions.keep(audit.system(), issue, [named(questions_in(issue)[0])])
    questions.describe(audit.system(), issue, named(questions_in(issue)[1]), "A lamp", caption="Not this one")
    questions.keep(audit.system(), issue, [named(questions_in(issue)[1])])
    assert [question.texts for question in questions_in(issue)] == [(caption,), (head,)]
    assert "![A lamp](missing)\nCaption: A lamp\n\n" in body(issue)
    assert "Not this one" not in body(issue)


def test_one_of_two_questions_on_a_line_is_answered():
    issue = made(
        "# News\n\n## Light {#light}\n\n<!-- check: one --> <!-- check: two -->\n\nText. <!-- check: a --> <!-- check: b -->\n"
    )
    questions.keep(audit.system(), issue, [named(questions_in(issue)[2])])
    questions.keep(audit.system(), issue, [named(questions_in(issue)[0])])
    assert [question.texts for question in questions_in(issue)] == [("check: two",), ("check: b",)]
    assert body(issue).endswith("check: two -->\n\nText. <!-- check: b -->")


def test_keeping_removes_the_question_and_nothing_else():
    issue = made(f"<!-- check: headings guessed -->\n\n{ARTICLE}")
    for question in questions_in(issue):
        questions.keep(audit.system(), issue, [named(question)])
    assert questions_in(issue) == []
    kept = body(issue)
    assert kept == ARTICLE.replace(f"<!-- {SMALL} -->\n\n<!-- {STOP} -->\n\n", "").replace("# News\n", "# News {#news}\n").strip()
    assert issue.edits.filter(part="light").count() == 2


def test_a_correction_is_what_the_question_says():
    issue = made(ARTICLE)
    (question,) = questions_in(issue)
    usual, capital = question.corrections
    assert usual.text == "After the storm, all were in Asia. She spoke."
    assert capital.text == "After the storm. All were in Asia. She spoke."
    assert usual.changes == (("storm. all were", "storm, all were"), ("Asia She spoke", "Asia. She spoke"))
    questions.correct(audit.system(), issue, named(question), "capital")
    assert "storm. All were in Asia. She spoke.\n\nEnd." in body(issue)
    assert "check:" not in body(issue)


@pytest.mark.parametrize(
    ("question", "passage", "expected"),
    [
        ('check: "Bejing" here, "Beijing" elsewhere: which is right?', "In Bejing.", ["In Beijing."]),
        ('check: joined from "ex-" and "periment": is "experiment" right?', "An experiment.", ["An ex-periment."]),
        ('check: joined from "twenty-" and "one": is "twenty-one" right?', "It has twenty-one.", ["It has twentyone."]),
        ('check: a word may be repeated here: "CPC National CPC"', "The CPC National CPC Congress.", ["The CPC National Congress."]),
        ('check: "Bejing" here, "Beijing" elsewhere: which is right?', "Bejing and Bejing.", []),
        ("check: is this the title?", "Text", []),
        ('check: a sentence begins with a lowercase letter: "a*. b"', "x", []),
    ],
)  # fmt: skip
def test_what_is_proposed(question: str, passage: str, expected: list[str]):
    texts = [correction.text for correction in question_subjects.proposed([question], passage)]
    assert texts == expected


def test_questions_in_quotations_lists_and_lines_are_removed_cleanly():
    issue = made(
        "# News\n\n## Light {#light}\n\n> <!-- check: one -->\n>\n> Quoted.\n\nText. <!-- check: two -->\n\n"
        "- item\n\n  <!-- check: three -->\n\n  more\n\nEnd.\n\n<!-- check: four -->\n"
    )
    assert [(question.texts, question.passage) for question in questions_in(issue)] == [
        (("check: one",), "> Quoted."), (("check: two",), "Text. <!-- check: two -->"), (("check: three",), "  more"),
        (("check: four",), "End."),
    ]  # fmt: skip
    for _ in range(4):
        questions.keep(audit.system(), issue, [named(questions_in(issue)[0])])
    assert body(issue).endswith("> Quoted.\n\nText.\n\n- item\n\n  more\n\nEnd.")


def test_alike_places_are_decided_one_by_one():
    figure = f"<!-- {NO_ALT} -->\n\n![](missing)\n\n"
    issue = made(f"# News\n\n## Light {{#light}}\n\n{figure}{figure}End.\n")
    first, second = questions_in(issue)
    assert first.seen != second.seen
    questions.describe(audit.system(), issue, named(second), "A [red] light")
    assert body(issue).endswith(f"<!-- {NO_ALT} -->\n\n![](missing)\n\n![A \\[red\\] light](missing)\n\nEnd.")
    (left,) = questions_in(issue)
    questions.describe(audit.system(), issue, named(left), "A lamp")
    assert "![A lamp](missing)\n\n![A \\[red\\] light](missing)" in body(issue)


def test_a_description_cannot_write_markup():
    issue = made(f"# News\n\n## Light {{#light}}\n\n<!-- {NO_ALT} -->\n\n![](missing)\n\nEnd.\n")
    questions.describe(audit.system(), issue, named(questions_in(issue)[0]), "x](javascript:alert(1))\n\n## Y <!-- check: z -->")
    assert "![x\\](javascript:alert(1)) ## Y check: z ](missing)" in body(issue).replace("  ", " ")
    assert questions_in(issue) == []


@pytest.mark.parametrize("alt", ["<!<!---- check: injected ----> >", "<<!--!<!---- check: x ---->-->>-->", "<!<!<!------ a"])
def test_a_description_cannot_leave_a_question_behind(alt):
    issue = made(f"# News\n\n## Light {{#light}}\n\n<!-- {NO_ALT} -->\n\n![](missing)\n\nEnd.\n")
    questions.describe(audit.system(), issue, named(questions_in(issue)[0]), alt)
    assert "<!--" not in body(issue)
    assert "-->" not in body(issue)
    assert questions_in(issue) == []


def test_a_picture_of_the_issue_can_be_put_in_and_no_other():
    issue = made(f"# News\n\n## Light {{#light}}\n\n<!-- {NO_ALT} -->\n\n![](missing)\n\nEnd.\n")
    with pytest.raises(QuestionError) as refused:
        questions.describe(audit.system(), issue, named(questions_in(issue)[0]), "x", "images/none.png")
    assert refused.value.code == "picture"
    with pytest.raises(QuestionError) as refused:
        questions.describe(audit.system(), issue, named(questions_in(issue)[0]), "x" * 501)
    assert refused.value.code == "long"


def test_edits_of_others_in_the_same_part_stay():
    issue = made(ARTICLE)
    (question,) = questions_in(issue)
    state = issue_state.head(issue.pk)
    text = {part.id: part.text for part in state.files[FILE]}["light"].replace("End.", "The end.")
    edits.save_part(audit.command_line(), issue, FILE, "light", text, state.edits["text", FILE, "light"])
    questions.keep(audit.system(), issue, [named(question)])
    assert "The end." in body(issue)
    assert "check:" not in body(issue)


def test_a_text_that_changed_since_it_was_shown_is_not_decided_about():
    issue = made(ARTICLE)
    (question,) = questions_in(issue)
    state = issue_state.head(issue.pk)
    text = {part.id: part.text for part in state.files[FILE]}["light"].replace("After the storm", "After the rain")
    edits.save_part(audit.command_line(), issue, FILE, "light", text, state.edits["text", FILE, "light"])
    for call in (
        lambda: questions.keep(audit.system(), issue, [named(question)]),
        lambda: questions.correct(audit.system(), issue, named(question), "usual"),
    ):
        with pytest.raises(QuestionError) as refused:
            call()
        assert refused.value.code == "gone"
    with pytest.raises(QuestionError) as refused:
        questions.correct(audit.system(), issue, named(questions_in(issue)[0]), "usual")
    assert refused.value.code == "correction"


def test_several_are_kept_together_or_none():
    issue = made(ARTICLE + "\n## Sound {#sound}\n\n<!-- check: two -->\n\nText.\n")
    first, second = questions_in(issue)
    with pytest.raises(QuestionError):
        questions.keep(audit.system(), issue, [named(first), QuestionKey(FILE, "sound", "x")])
    assert len(questions_in(issue)) == 2
    questions.keep(audit.system(), issue, [named(first), named(second)])
    assert questions_in(issue) == []


def test_thousands_of_questions_are_asked_in_portions():
    """Each of them once took a look at the whole text: for two thousand, every page of the issue took five seconds."""
    issue = made("# News\n\n## Light {#light}\n\n" + "<!-- check: a -->\n\nx\n\n" * 20_000)
    asked = questions_in(issue)
    assert len(asked) == questions.MOST_IN_PART == questions.count(issue_state.head(issue.pk))
    questions.keep(audit.system(), issue, [named(asked[0])])
    assert len(questions_in(issue)) == questions.MOST_IN_PART


def test_a_passage_is_no_longer_than_people_read_at_once():
    issue = made("# News\n\n## Light {#light}\n\n" + "x <!-- check: a -->\n" * 20_000)
    assert {question.passage.count("\n") + 1 for question in questions_in(issue)} == {questions.LONGEST_PASSAGE}


def test_a_name_that_is_missing_is_written_into_the_heading():
    nameless = "check: the document names no section here: give it a name"
    untitled = "check: the text has no title here: give it one"
    issue = made(f"# Articles\n\n<!-- {nameless} -->\n\n## Untitled {{#untitled}}\n\n<!-- {untitled} -->\n\nText.\n")
    first, second = questions_in(issue)
    assert (first.asks_name, second.asks_name, second.passage) == (True, True, "Text.")
    with pytest.raises(QuestionError) as refused:
        questions.name_part(audit.system(), issue, named(first), "  <!-- --> ")
    assert refused.value.code == "name"
    questions.name_part(audit.system(), issue, named(first), " News of  *the* harbour ")
    questions.name_part(audit.system(), issue, named(questions_in(issue)[0]), "1. Robots #1")
    assert questions_in(issue) == []
    structure = parse_issue(issue_state.head(issue.pk).sources[FILE])
    assert [section.title for section in structure.sections] == ["News of *the* harbour"]
    assert [(article.id, article.title) for article in structure.articles()] == [("untitled", "1. Robots #1")]
