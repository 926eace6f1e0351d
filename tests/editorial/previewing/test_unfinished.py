"""The preview of an issue that lacks values or texts: a mail with placeholders, and the errors that say what is missing."""

import pytest

from composer.errors import ComposeError
from composer.issue.parsing.issue_file import parse_issue
from editorial.models import IssueRecord
from editorial.previewing import issue_preview, unfinished
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD

WHOLE = HEAD + "\n# News\n\n## Light\n\nx\n"
MISSING = {
    "subject": WHOLE.replace("subject: Light in Dalian", "subject:"),
    "quoted": WHOLE.replace("subject: Light in Dalian", 'subject: ""'),
    "preheader": WHOLE.replace(
        "preheader: A laser that works where no other user laser does, and four more stories.", "preheader: ''"
    ),
    "date": WHOLE.replace("date: 2023-03-31", "date:"),
    "about": WHOLE.replace("about: CAST is large.", "about:"),
    "text of an article": HEAD + '\n# News\n\n## Light\n\nOnly: country = "CN"\n\n## Sound\n\ny\n',
    "article of a section": HEAD + "\n# News\n\n# More\n\n## Sound\n\ny\n",
    "article of the last section": HEAD + "\n# News\n\n## Sound\n\ny\n\n# More\n",
    "everything": HEAD + "\nDear reader,\n",
    "several": WHOLE.replace("subject: Light in Dalian", "subject:") + "\n# More\n",
}
OTHER = {
    "a card without an end": WHOLE + "\n::: action\n[x]()\n\nMore.\n",
    "a mark without an end": WHOLE + "\nMore <!-- of it\n",
    "no head": "# News\n",
    "an unknown key": WHOLE.replace("date:", "day:"),
}


def faults_of(source: str) -> tuple:
    with pytest.raises(ComposeError) as caught:
        parse_issue(source)
    return caught.value.findings


@pytest.mark.parametrize("source", MISSING.values(), ids=MISSING)
def test_what_is_missing_is_filled_and_the_rest_stays(source):
    texts = unfinished.filled({"issue.md": source}, faults_of(source))
    assert texts is not None
    issue = parse_issue(texts["issue.md"])
    assert "…" in texts["issue.md"] or issue.date.year > 2023
    left = iter(texts["issue.md"].splitlines())
    for line in filter(str.strip, source.splitlines()):  # all in their order
        assert any(kept_line.startswith(line.rstrip("\"' ")) for kept_line in left), line


# The text of an article -> what the mail has instead. All other lines stay where they are.
WRONG = {
    "an address without a scheme": ("[Go on](www.cast.org.cn)", "[Go on](https://example.org/)"),
    "an empty address": ("::: action\n[Go on]()\n:::", "::: action\n[Go on](https://example.org/)\n:::"),
    "an empty button": ("::: action\n[]()\n:::", "::: action\n[…](https://example.org/)\n:::"),
    "no such article": ("[Go on](#nowhere)", "[Go on](https://example.org/)"),
    "an unknown card": ("::: nonsense\nx\n:::", "…\n\n"),
    "a profile without a name": ("::: profile\nA chemist.\n:::", "…\n\n"),
}


@pytest.mark.parametrize(("written", "expected"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("subject", ["subject: Light in Dalian", "subject:"])
def test_a_block_with_an_error_is_replaced_line_for_line(written, expected, subject):
    source = WHOLE.replace("subject: Light in Dalian", subject) + f"\n{written}\n\nThe end.\n"
    texts = unfinished.filled({"issue.md": source}, faults_of(source))
    assert texts is not None
    assert texts["issue.md"].splitlines()[-len(source.splitlines()) + 12 :] == source.replace(written, expected).splitlines()[12:]
    parse_issue(texts["issue.md"])


@pytest.mark.parametrize("source", OTHER.values(), ids=OTHER)
def test_an_issue_with_other_errors_is_not_filled(source):
    assert unfinished.filled({"issue.md": source}, faults_of(source)) is None


@pytest.mark.django_db
def test_a_new_issue_has_a_preview_before_its_subject_is_written(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    monkeypatch.setattr(issue_preview, "SECONDS", 120.0)  # of a busy machine
    record = IssueRecord.objects.create(slug="news-1", title="News")
    edits.replace_source(
        audit.system(), record, None, issue_state.of_sources({"issue.md": MISSING["several"]}, {}), reason="import"
    )
    made = issue_preview.of_state(record, issue_state.head(record.pk))
    assert {fault.code for fault in made.faults} == {"key-empty", "section-empty"}
    assert made.composition is not None
    assert made.composition.variants[0].mail.subject == "…"
