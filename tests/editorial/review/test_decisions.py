"""Decisions about versions: who may approve, what an approval covers, and what it does not."""

import pytest
from django.db import DatabaseError, transaction

from editorial import issue_versions
from editorial.models import Decision, IssueRecord, IssueVersion
from editorial.review import decisions
from editorial.review.decisions import DecisionError
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Actor
from publication.staff import roles
from tests.composer.making import HEAD
from tests.support.reviewing import account
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
FILE = "issue.md"
SOURCE = HEAD + "\nDear reader,\n\n# News\n\n## Light {#light}\n\nx\n\n## Sound {#sound}\n\ny\n"


@pytest.fixture
def issue(db) -> IssueRecord:
    return import_source({FILE: SOURCE}, actor=account("author", "editor"))


def write(actor: Actor, issue: IssueRecord, text: str) -> None:
    number = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(actor, issue, FILE, "light", f"## Light {{#light}}\n\n{text}", number)


def stored(issue: IssueRecord) -> IssueVersion:
    return issue_versions.store_head(audit.system(), issue).version


def test_the_newest_source_becomes_a_version_with_a_revision_and_findings_name_files_only(issue):
    first = stored(issue)
    assert (first.number, first.revision.reason, first.revision.edit) == (1, "review", issue_state.head(issue.pk).number)
    assert {finding["file"] for finding in first.findings} <= {FILE, ""}
    assert stored(issue) == first
    write(account("wei", "editor"), issue, "other words")
    assert stored(issue).number == 2


def test_an_approval_counts_for_the_content_and_a_request_for_changes_ends_it(issue):
    first, wei = stored(issue), account("wei")
    decisions.approve(wei, first, network="192.0.2.7")
    assert [decision.actor for decision in decisions.standing(first).approvals] == [wei]
    decisions.request_changes(wei, first, "The date is wrong.")
    standing = decisions.standing(first)
    assert (standing.approvals, [decision.text for decision in standing.changes]) == ((), ["The date is wrong."])
    decisions.approve(wei, first)
    write(account("lin", "editor"), issue, "other words")
    second = stored(issue)
    assert decisions.standing(second).approvals == ()
    head = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(account("zhao", "editor"), issue, FILE, "light", "## Light {#light}\n\nx\n\n", head)
    assert stored(issue) == first  # the same content again
    assert [decision.actor for decision in decisions.standing(first).approvals] == [wei]


@pytest.mark.parametrize("kind", ["cli", "system", "editor", "blocked", "guest"])
def test_only_a_person_with_the_permission_decides_and_only_for_themselves(issue, kind):
    version = stored(issue)
    actor = {"cli": audit.command_line, "system": audit.system}.get(kind, lambda: account(kind, "editor"))()
    if kind == "blocked":
        actor.user.groups.set(roles.groups(["publisher"]))
        actor.user.is_active = False
        actor.user.save()
    if kind == "guest":
        actor = Actor.objects.create(kind=Actor.Kind.GUEST, name="director@cast.example")
    with pytest.raises(DecisionError, match="permission"):
        decisions.approve(actor, version)
    assert not Decision.objects.exists()


def test_nobody_approves_the_edit_that_they_made_last_nor_an_old_version(issue):
    publisher, wei = account("publisher", "publisher"), account("wei")
    old = stored(issue)
    write(publisher, issue, "their words")
    new = stored(issue)
    with pytest.raises(DecisionError, match="own"):
        decisions.approve(publisher, new)
    with pytest.raises(DecisionError, match="old"):
        decisions.approve(wei, old)
    with pytest.raises(DecisionError, match="text"):
        decisions.request_changes(wei, new, " ")
    assert decisions.approve(wei, new).version == new


def test_a_decision_never_changes(issue):
    made = decisions.approve(account("wei"), stored(issue))
    for change in (lambda: made.delete(), lambda: Decision.objects.update(kind="changes")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
