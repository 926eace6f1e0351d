"""Revisions are named points: they are restored, named after a pause, kept whole while edits between them are pruned."""

from datetime import timedelta

import pytest

from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import EditConflictError, SourceEditError
from publication import audit, clock
from publication.retention import RETENTIONS
from tests.composer.making import HEAD
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
FILE = "issue.md"
SOURCE = HEAD + "# News {#news}\n\n## Light {#light}\n\n0\n"


@pytest.fixture
def issue(db) -> IssueRecord:
    return import_source({FILE: SOURCE})


@pytest.fixture
def later(monkeypatch):
    """Moves the clock of edits and revisions; creation times are set by it."""
    began, moved = clock.now(), [timedelta()]
    monkeypatch.setattr(clock, "_source", lambda: began + moved[0])

    def move(by: timedelta) -> None:
        moved[0] += by

    return move


def write(issue: IssueRecord, text: str) -> edits.AppliedEdit:
    base = issue_state.head(issue.pk).edits["text", FILE, "light"]
    return edits.save_part(audit.command_line(), issue, FILE, "light", f"## Light {{#light}}\n\n{text}\n", base)


def text_at(issue: IssueRecord, edit: int) -> str:
    return issue_state.at_edit(issue.pk, edit).sources[FILE].split("\n")[-2]


def named(issue: IssueRecord) -> list[tuple[int, str]]:
    return list(issue.revisions.order_by("number").values_list("edit", "reason"))


def test_a_pause_of_ten_minutes_after_an_edit_names_a_revision_once(issue, later):
    assert revisions.name_pauses() == 0
    first = write(issue, "a").state.number
    later(timedelta(minutes=9))
    assert revisions.name_pauses() == 0
    later(timedelta(minutes=2))
    assert (revisions.name_pauses(), revisions.name_pauses()) == (1, 0)
    assert named(issue)[-1] == (first, "pause")
    assert issue.revisions.order_by("-number")[0].actor == audit.command_line()
    later(timedelta(days=1))
    assert revisions.name_pauses() == 0


def test_a_review_of_an_already_named_point_is_a_revision_of_its_own_but_other_names_are_not(issue):
    point = issue_state.head(issue.pk).number
    assert revisions.name_point(audit.system(), issue, point, "pause").number == 1
    assert revisions.name_point(audit.system(), issue, point, "review").number == 2
    assert revisions.name_point(audit.system(), issue, point, "review").number == 2


def test_a_revision_is_restored_and_what_it_replaces_stays_a_revision(issue):
    head = write(issue, "a").state.number
    applied = edits.restore_revision(audit.command_line(), issue, 1, head=head)
    assert text_at(issue, applied.state.number) == "0"
    assert [reason for _, reason in named(issue)] == ["import", "pause", "restore"]
    assert text_at(issue, named(issue)[1][0]) == "a"
    assert applied.state == issue_state.at_edit(issue.pk, named(issue)[0][0])


def test_restoring_is_refused_if_somebody_edited_meanwhile_or_without_such_a_revision(issue):
    head = write(issue, "a").state.number
    write(issue, "b")
    with pytest.raises(SourceEditError, match="moved"):
        edits.restore_revision(audit.command_line(), issue, 1, head=head)
    with pytest.raises(SourceEditError, match="revision"):
        edits.restore_revision(audit.command_line(), issue, 9, head=head)
    assert text_at(issue, issue_state.head(issue.pk).number) == "b"


def test_edits_between_revisions_are_pruned_after_their_retention_period(issue, later):
    written = [write(issue, text).state.number for text in "abc"]
    revisions.name_point(audit.system(), issue, written[1], "review")
    written.append(write(issue, "d").state.number)
    later(RETENTIONS["ISSUE_EDITS"].period - timedelta(hours=1))
    assert RETENTIONS["ISSUE_EDITS"].end() == 0
    later(timedelta(hours=2))
    whole = {edit: issue_state.at_edit(issue.pk, edit) for edit, _ in named(issue)}
    head = issue_state.head(issue.pk)
    assert RETENTIONS["ISSUE_EDITS"].end() == 2
    left = set(IssueEdit.objects.filter(part="light").values_list("number", flat=True))
    assert left == {head.edits["text", FILE, "light"], written[1], min(left)}
    assert {edit: issue_state.at_edit(issue.pk, edit) for edit, _ in named(issue)} == whole
    assert issue_state.head(issue.pk) == head
    assert RETENTIONS["ISSUE_EDITS"].end() == 0


def test_an_edit_is_kept_until_the_edit_that_replaced_it_is_old_as_well(issue, later):
    write(issue, "a")
    later(RETENTIONS["ISSUE_EDITS"].period + timedelta(days=1))
    write(issue, "b")
    assert RETENTIONS["ISSUE_EDITS"].end() == 0


def test_an_edit_whose_base_was_pruned_is_a_conflict_without_its_base(issue, later):
    seen = write(issue, "a").state.edits["text", FILE, "light"]
    write(issue, "b")
    later(RETENTIONS["ISSUE_EDITS"].period + timedelta(days=1))
    RETENTIONS["ISSUE_EDITS"].end()
    with pytest.raises(EditConflictError) as caught:
        edits.save_part(audit.command_line(), issue, FILE, "light", "## Light {#light}\n\nmine\n", seen)
    [conflict] = caught.value.conflicts
    assert (conflict.base, conflict.theirs.split("\n")[2], conflict.mine.split("\n")[2]) == (None, "b", "mine")
