"""The list of issues: state in the order of an issue's life, search in the newest text, pages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.reporting import issue_list
from editorial import issue_versions
from editorial.models import IssueRecord, Review
from editorial.review import decisions, version_differences
from editorial.sources import edits, issue_state, originals
from publication import audit
from publication.staff import accounts
from tests.composer.making import HEAD
from tests.support import issues, people

pytestmark = pytest.mark.django_db
FILE = "issue.md"
AT = datetime(2027, 1, 5, 1, tzinfo=UTC)


def record_of(slug: str, text: str = "x", head: str = HEAD) -> IssueRecord:
    record = IssueRecord.objects.create(slug=slug, title="Stored title")
    source = f"{head}\n# A {{#a}}\n\n## One {{#one}}\n\n{text}\n"
    edits.replace_source(audit.command_line(), record, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    return record


def change(record: IssueRecord, text: str) -> None:
    base = issue_state.head(record.pk).edits["text", FILE, "one"]
    edits.save_part(audit.system(), record, FILE, "one", f"## One {{#one}}\n\n{text}\n", base)


def state_of(record: IssueRecord) -> str:
    [listed] = issue_list.find(record.slug).issues
    return listed.state


@pytest.fixture
def reviewer(db):
    return audit.staff(accounts.add_staff(audit.system(), "li", "li@cast.example", "a long enough one", roles=("proofreader",)))


@pytest.fixture
def version(tmp_path):
    return issue_versions.store(audit.command_line(), issues.two_languages(tmp_path / "issue")).version


def test_an_issue_with_title_number_date_and_who_edited_it_last():
    record = record_of("news-1")
    change(record, "y")
    [listed] = issue_list.find().issues
    assert (listed.slug, listed.title, listed.number, listed.subject) == (
        "news-1",
        "CAST Newsletter",
        "2023-03",
        "Light in Dalian",
    )
    assert (listed.state, listed.at, listed.editor) == ("writing", None, "mailroom")
    record.source.refresh_from_db()
    assert listed.changed_at == record.source.changed_at


def test_an_issue_without_a_source_has_the_values_of_its_version():
    version = people.make_version()
    IssueRecord.objects.update(current=version)
    [listed] = issue_list.find().issues
    assert (listed.slug, listed.state, listed.editor) == (version.issue.slug, "writing", version.actor.name)


def test_a_head_that_cannot_be_read_leaves_the_stored_title():
    record_of("broken", head="no head\n")
    [listed] = issue_list.find().issues
    assert (listed.title, listed.number, listed.subject) == ("Stored title", "", "")


def test_the_states_of_a_review(version, reviewer):
    record = version.issue
    assert state_of(record) == "writing"
    Review.objects.create(version=version, actor=audit.system())
    assert state_of(record) == "review"
    decisions.request_changes(reviewer, version, "More light")
    assert state_of(record) == "changes"
    decisions.approve(reviewer, version)
    assert state_of(record) == "approved"
    base = issue_state.head(record.pk).edits["text", FILE, "light"]
    edits.save_part(audit.system(), record, FILE, "light", "## Light {#light}\n\nnew\n", base)
    assert state_of(record) == "changed"


def test_what_is_taken_back_leaves_the_issue_approved(version, reviewer):
    record = version.issue
    decisions.approve(reviewer, version)
    head = issue_state.head(record.pk)
    [before] = [part.text for part in head.files[FILE] if part.id == "light"]
    base = head.edits["text", FILE, "light"]
    applied = edits.save_part(audit.system(), record, FILE, "light", before.rstrip("\n") + " x\n", base)
    assert (state_of(record), issue_list.state_of(record.pk).code) == ("changed", "changed")
    edits.save_part(audit.system(), record, FILE, "light", before, applied.state.edits["text", FILE, "light"])
    assert (state_of(record), issue_list.state_of(record.pk).code) == ("approved", "approved")
    assert record.slug in {listed.slug for listed in issue_list.find(state="approved").issues}


def test_parts_and_pictures_that_are_added_and_removed_again_leave_the_issue_approved(version, reviewer):
    record = version.issue
    decisions.approve(reviewer, version)
    edits.add_part(audit.system(), record, FILE, "## Another {#another}\n\nx\n", "light")
    assert state_of(record) == "changed"
    edits.delete_part(audit.system(), record, FILE, "another", issue_state.head(record.pk).edits["text", FILE, "another"])
    assert state_of(record) == "approved"
    before = issue_state.head(record.pk)
    kept = originals.keep(audit.system(), [b"data"], "picture", "x.png")
    edits.replace_source(audit.system(), record, None, replace(before, pictures={"images/x.png": kept.digest}), reason="push")
    assert state_of(record) == "changed"
    edits.replace_source(audit.system(), record, None, before, reason="push")
    assert state_of(record) == "approved"


def changed(before: issue_state.IssueState, changes: set[str], picture: str) -> issue_state.IssueState:
    parts = list(before.files[FILE])
    first, second = len(parts) - 2, len(parts) - 1
    if "text" in changes:
        parts[first] = replace(parts[first], text=parts[first].text + "More.\n\n")
    if "order" in changes:
        parts[first], parts[second] = parts[second], parts[first]
    if "removed" in changes:
        del parts[second]
    pictures = {"images/x.png": picture} if "picture" in changes else before.pictures
    return replace(before, files={**before.files, FILE: tuple(parts)}, pictures=pictures)


def test_the_list_and_the_page_of_the_review_agree_on_what_has_changed(version, reviewer):
    """Each step makes one change, or takes it back."""
    record = version.issue
    decisions.approve(reviewer, version)
    before = issue_state.head(record.pk)
    kept = originals.keep(audit.system(), [b"data"], "picture", "x.png")
    changes: set[str] = set()
    # Every set of changes is reached, and each from a neighbour that has one more or one less.
    for step in range(1, 17):
        changes ^= {("text", "order", "removed", "picture")[(step & -step).bit_length() - 1 & 3]}
        edits.replace_source(audit.system(), record, None, changed(before, changes, kept.digest), reason="push")
        assert (state_of(record) == "changed") == version_differences.is_changed(version) == bool(changes), changes


@pytest.mark.parametrize(
    ("state", "expected", "at"),
    [
        ("draft", "writing", None), ("scheduled", "scheduled", AT), ("filling", "sending", None), ("sending", "sending", None),
        ("paused", "stopped", None), ("held", "stopped", None), ("sent", "sent", AT), ("cancelled", "writing", None),
    ],
)  # fmt: skip
def test_a_campaign_says_more_than_a_review(state, expected, at):
    campaign = people.make_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(state=state, scheduled_at=AT, finished_at=AT)
    [listed] = issue_list.find().issues
    assert (listed.state, listed.at) == (expected, at)


def test_a_sent_issue_whose_text_is_newer_than_what_was_sent_says_so(version):
    record = version.issue
    campaign = people.make_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(version=version, state="sent", finished_at=AT)
    assert state_of(record) == "sent"
    base = issue_state.head(record.pk).edits["text", FILE, "light"]
    edits.save_part(audit.system(), record, FILE, "light", "## Light {#light}\n\nnew words\n", base)
    assert state_of(record) == "edited"
    issue_versions.store_head(audit.system(), record)  # for a review of the new text
    listed = next(edited for edited in issue_list.find(state="edited").issues if edited.slug == record.slug)
    assert (listed.at, listed.languages) == (AT, ("en", "zh-Hans"))


def test_search_finds_words_of_the_newest_text_in_any_script():
    record, other = record_of("one-1", "A phaser in Dalian 大连光源 100% _new_ back\\slash"), record_of("two-2", "nothing")
    for search in ("phaser", "PHASER dalian", "光源", "100%", "_new_", "back\\slash", "one-1", "2023-03 phaser"):
        assert [listed.slug for listed in issue_list.find(search).issues] == [record.slug], search
    for search in ("phaser nothing", "100_", "大光", "%zz%", "phaser\0x"):
        assert issue_list.find(search).issues == (), search
    change(record, "a maser")
    assert issue_list.find("phaser").issues == ()
    assert {listed.slug for listed in issue_list.find("CAST").issues} == {record.slug, other.slug}
    assert [listed.slug for listed in issue_list.find(state="writing").issues] == ["two-2", "one-1"]
    assert issue_list.find(state="sent").issues == ()


def test_pages_of_thirty_with_one_statement_each():
    IssueRecord.objects.bulk_create(IssueRecord(slug=f"n-{number}", title=f"N {number}") for number in range(65))
    with CaptureQueriesContext(connection) as queries:
        first = issue_list.find()
    assert len(queries) <= 2  # one of them reads the policy
    assert (len(first.issues), first.page, first.pages, first.total) == (30, 1, 3, 65)
    assert [listed.slug for listed in issue_list.find(page=3).issues] == [f"n-{number}" for number in (4, 3, 2, 1, 0)]
    assert issue_list.find(page=9).page == 3
    assert (issue_list.find("missing", page=9).page, issue_list.find("missing").total) == (1, 0)
