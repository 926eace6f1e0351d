"""A new issue: what it takes over from another one, what it does not, and the number and date that are suggested."""

import shutil
from datetime import date

import pytest

from composer.issue.parts.splitting import WHOLE
from editorial import issue_records, issue_versions
from editorial.models import IssueRecord, IssueRevision
from editorial.sources import issue_state, new_issues
from editorial.sources.new_issues import IssueDetails, NewIssueError
from publication import audit, clock
from publication.models import Audit
from tests.composer.making import HEAD
from tests.support import issues
from tests.support.sources import import_source
from tests.support.variations import first

pytestmark = pytest.mark.django_db
FILE = "issue.md"
NEXT = IssueDetails("Tidelines", "2026-12", "2026-12-20")


@pytest.fixture
def tidelines(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), issues.CAST.parent / "tidelines-2026-11").version.issue


def record_of(source: str, slug: str = "x-1") -> IssueRecord:
    return import_source({FILE: source}, slug, "x")


def test_head_opening_and_sections_stay_and_articles_go(tidelines):
    begun = new_issues.begin(audit.system(), NEXT, tidelines)
    state, before = issue_state.head(begun.pk), issue_state.head(tidelines.pk)
    for file in ("issue.md", "issue.zh-Hans.md"):
        kept = [part.id for part in before.files[file] if part.id.startswith("@") or part.text.startswith("# ")]
        assert [part.id for part in state.files[file]] == [name for name in kept if name != "@highlights"]
        texts, old = ({part.id: part.text for part in source_state.files[file]} for source_state in (state, before))
        assert {texts[name] == old[name] for name in ("@credits", "@footer", "@opening")} == {True}
        for line in ("number: 2026-12\n", "date: '2026-12-20'\n", "subject: ''\n", "preheader: ''\n"):
            assert line in texts["@head"]
    assert "title: Tidelines\n" in state.sources["issue.md"]
    assert "title: 潮线\n" in state.sources["issue.zh-Hans.md"]
    assert begun.slug == "tidelines-2026-12"


def test_the_first_revision_and_the_audit_name_the_author(tidelines):
    begun = new_issues.begin(audit.command_line(), NEXT, tidelines)
    revision = begun.revisions.get()
    assert (revision.number, revision.reason, revision.actor) == (1, IssueRevision.Reason.IMPORT, audit.command_line())
    assert Audit.objects.filter(verb="begin_issue", actor=audit.command_line()).count() == 1


def test_pictures_that_are_still_used_stay(tmp_path):
    folder = tmp_path / "issue"
    shutil.copytree(issues.CAST, folder)
    text = (folder / "issue.md").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in (folder / "images").iterdir())[:2]
    head, _, body = text.partition("\n# ")
    (folder / "issue.md").write_text(f"{head}\n\n![a](images/{pictures[0]})\n\n# {body}", encoding="utf-8")
    old = issue_versions.store(audit.system(), folder).version.issue
    begun = new_issues.begin(audit.system(), IssueDetails("CAST", "9", "2027-01-01"), old)
    assert list(issue_state.head(begun.pk).pictures) == [f"images/{pictures[0]}"]


def test_the_accounts_and_the_qr_code_of_the_footer_stay(tmp_path):
    folder = tmp_path / "issue"
    shutil.copytree(issues.CAST, folder)
    path = folder / "issue.md"
    code = sorted(each.name for each in (folder / "images").iterdir())[0]
    more = f"  social:\n    - 微博: https://weibo.com/example\n  wechat: images/{code}\n"
    path.write_text(path.read_text(encoding="utf-8").replace("\n---\n", f"\n{more}---\n", 1), encoding="utf-8")
    old = issue_versions.store(audit.system(), folder).version.issue
    begun = new_issues.begin(audit.system(), IssueDetails("CAST", "9", "2027-01-01"), old)
    state = issue_state.head(begun.pk)
    assert more in state.sources[FILE]
    assert list(state.pictures) == [f"images/{code}"]


def test_a_new_issue_can_be_stored_once_it_has_its_texts(tidelines):
    begun = new_issues.begin(audit.system(), NEXT, None)
    state = issue_state.head(begun.pk)
    assert begun.slug == "tidelines-2026-12"
    assert state.sources[FILE].startswith("---\ntitle: Tidelines\n")
    assert issue_versions.store_head(audit.system(), begun).version.subject


@pytest.mark.parametrize(
    ("details", "code"),
    first([
        (IssueDetails(" ", "1", "2026-01-01"), "title"), (IssueDetails("x", "", "2026-01-01"), "number"), (IssueDetails("x" * 201, "1", "2026-01-01"), "long"),
        (IssueDetails("x\u202e", "1", "2026-01-01"), "character"), (IssueDetails("x", "1", "2026-02-30"), "date"), (IssueDetails("x", "1", "20260201"), "date"),
        (IssueDetails("Tidelines", "2026-11", "2026-01-01"), "taken"),
    ], 3),
)  # fmt: skip
def test_what_cannot_be_begun_is_refused_and_nothing_is_made(tidelines, details, code):
    count = IssueRecord.objects.count()
    with pytest.raises(NewIssueError) as caught:
        new_issues.begin(audit.system(), details, tidelines)
    assert caught.value.code == code
    assert IssueRecord.objects.count() == count


@pytest.mark.parametrize("source", ["no head", HEAD.replace("title: ", "{").replace("\n---", "}\n---")])
def test_an_issue_whose_head_cannot_be_read_is_no_pattern(source):
    old = record_of(source)
    assert [part.id for part in issue_state.head(old.pk).files[FILE]] == [WHOLE] or "{" in source
    with pytest.raises(NewIssueError) as caught:
        new_issues.begin(audit.system(), NEXT, old)
    assert caught.value.code == "unreadable"
    assert not IssueRecord.objects.filter(slug="tidelines-2026-12").exists()


@pytest.mark.parametrize(
    "head",
    [
        "title: >\n  Folded\n  title\nnumber: '1'  # first\ndate: 2023-01-01\nsubject: |-\n  a\npreheader: \"b\n  c\"\nhighlights: [one]\n",
        "preheader: b\n\n# a comment\nsubject: a\nhighlights:\n- one\n- two\ndate: 2023-01-01\ntitle: x\nnumber: 1\n",
    ],
)
def test_values_of_several_lines_are_replaced_as_a_whole(head):
    rest = "organisation: CAST\nlanguage: en\ncredits:\n- Editor: Wei\nfooter:\n  about: x\n  address: y\n"
    old = record_of(f"---\n{head}{rest}---\n\nDear\n\n# A\n\n## One\n\nx\n")
    begun = new_issues.begin(audit.system(), IssueDetails("#1: a", "n: 2", "2026-12-20"), old)
    new_head = new_issues.head_of(issue_state.head(begun.pk))
    assert (new_head.texts["title"], new_head.texts["number"], new_head.date) == ("#1: a", "n: 2", date(2026, 12, 20))
    assert [credit.name for credit in new_head.credits] == ["Wei"]


@pytest.mark.parametrize(
    ("number", "old", "new", "expected"),
    [
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), "2027-01"), ("2026-9", date(2026, 9, 1), date(2026, 10, 1), "2026-10"),
        ("2026年第12期", date(2026, 11, 1), date(2026, 12, 1), "2026年第13期"), ("No. 009", date(2026, 9, 1), date(2026, 10, 1), "No. 010"),
        ("2026年11月", date(2026, 11, 1), date(2026, 12, 1), "2026年12月"), ("Spring", None, date(2026, 12, 1), "Spring"),
        ("2026-12", date(2026, 1, 1), date(2027, 1, 1), "2026-13"), ("9" * 18, None, date(2026, 12, 1), "1" + "0" * 18),
        ("2026年第11期（总第87期）", date(2026, 11, 30), date(2026, 12, 31), "2026年第12期（总第88期）"),
        ("2026年第12期（总第88期）", date(2026, 12, 31), date(2027, 1, 31), "2027年第1期（总第89期）"),
        ("第09期", date(2026, 12, 31), date(2027, 1, 31), "第10期"), ("总第87期", None, date(2027, 1, 31), "总第88期"),
        ("第十一期", None, date(2027, 1, 31), "第十一期"),
    ],
)  # fmt: skip
def test_the_number_after_another(number, old, new, expected):
    assert new_issues.next_number(number, old, new) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31"), ("2026-12-20", "2027-01-20"), ("2026-01-30", "2026-02-28")],
)  # fmt: skip
def test_the_same_day_of_the_next_month(day, expected):
    assert new_issues.next_month(date.fromisoformat(day)).isoformat() == expected


def test_a_typo_in_the_newest_issue_does_not_block_the_form():
    day, number = "9999-12-15", "7" * 5000
    head = f"title: x\nnumber: {number}\ndate: {day}\norganisation: CAST\nlanguage: en\nfooter:\n  about: x\n  address: y\n"
    record = record_of(f"---\n{head}---\n\n# A\n\n## One\n\nx\n")
    suggested = new_issues.suggestion(issue_state.head(record.pk))
    assert (suggested.title, suggested.number, suggested.date) == ("x", number, day)


def test_the_suggested_date_is_not_in_the_past(tidelines):
    old = record_of(HEAD + "\n# A\n\n## One\n\nx\n")  # of March 2023
    today = clock.now().date()
    assert new_issues.suggestion(issue_state.head(old.pk)) == IssueDetails("CAST Newsletter", f"{today:%Y-%m}", today.isoformat())
    assert new_issues.suggestion(None) == IssueDetails("", f"{today:%Y-%m}", today.isoformat())


def test_no_issue_has_the_name_of_the_page_that_begins_one():
    assert issue_records.make_slug("New", "!") != "new"
    assert issue_records.make_slug("New", "1") == "new-1"
