"""Edits of an issue's source: different parts are both kept, the same part is a conflict with all texts, nothing is overwritten."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import EditConflictError, SourceEditError
from publication import audit
from publication.models import Audit
from tests.composer.making import HEAD
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
FILE = "issue.md"
SOURCE = HEAD + "\nDear reader,\n\n# News\n\n## Light {#light}\n\nx\n\n## Sound {#sound}\n\ny\n"


@pytest.fixture
def issue(db) -> IssueRecord:
    return made()


def made() -> IssueRecord:
    return import_source({FILE: SOURCE})


def base(issue: IssueRecord, part: str, kind: str = "text") -> int:
    return issue_state.head(issue.pk).edits[kind, FILE, part]


def parts(issue: IssueRecord) -> list[str]:
    return [part.id for part in issue_state.head(issue.pk).files[FILE]]


def source(issue: IssueRecord) -> str:
    return issue_state.head(issue.pk).sources[FILE]


def save(issue: IssueRecord, part: str, text: str, base: int) -> edits.AppliedEdit:
    return edits.save_part(audit.command_line(), issue, FILE, part, text, base)


def test_storing_writes_an_id_at_every_heading(issue):
    assert source(issue) == SOURCE.replace("# News\n", "# News {#news}\n")
    assert parts(issue) == ["@head", "@footer", "@opening", "news", "light", "sound"]


def test_edits_of_different_parts_are_both_kept(issue):
    light, sound = base(issue, "light"), base(issue, "sound")
    save(issue, "light", "## Light {#light}\r\n\r\nnew", light)
    applied = save(issue, "sound", "## Sound {#sound}\n\nnew, too", sound)
    assert applied.others is False
    assert source(issue).endswith("## Light {#light}\n\nnew\n## Sound {#sound}\n\nnew, too")
    assert applied.state.edits["text", FILE, "sound"] == base(issue, "sound") == applied.state.number


def test_the_second_edit_of_the_same_part_is_a_conflict_with_all_three_texts(issue):
    seen = base(issue, "light")
    before = "## Light {#light}\n\nx\n\n"
    save(issue, "light", before.replace("x", "theirs"), seen)
    count = IssueEdit.objects.count()
    with pytest.raises(EditConflictError) as caught:
        save(issue, "light", before.replace("x", "mine"), seen)
    [conflict] = caught.value.conflicts
    assert (conflict.file, conflict.part) == (FILE, "light")
    assert [conflict.base, conflict.theirs, conflict.mine] == [before.replace("x", word) for word in ("x", "theirs", "mine")]
    assert IssueEdit.objects.count() == count
    save(issue, "light", before.replace("x", "both"), base(issue, "light"))
    assert "both" in source(issue)


def test_the_same_text_from_two_people_is_no_conflict(issue):
    seen = base(issue, "light")
    save(issue, "light", "## Light {#light}\n\nnew\n", seen)
    assert save(issue, "light", "## Light {#light}\n\nnew\n", seen).changes == ()


def test_a_deleted_part_conflicts_with_its_edit_in_both_orders(issue):
    seen = base(issue, "light")
    edits.delete_part(audit.command_line(), issue, FILE, "light", seen)
    assert parts(issue)[-2:] == ["news", "sound"]
    with pytest.raises(EditConflictError) as caught:
        save(issue, "light", "## Light {#light}\n\nmine\n", seen)
    assert (caught.value.conflicts[0].theirs, caught.value.conflicts[0].mine) == (None, "## Light {#light}\n\nmine\n")
    seen = base(issue, "sound")
    save(issue, "sound", "## Sound {#sound}\n\ntheirs\n", seen)
    with pytest.raises(EditConflictError):
        edits.delete_part(audit.command_line(), issue, FILE, "sound", seen)


def test_parts_are_added_moved_and_deleted(issue):
    actor = audit.command_line()
    edits.add_part(actor, issue, FILE, "## Heat\n\nz", "light")
    assert parts(issue)[3:] == ["news", "light", "heat", "sound"]
    edits.move_part(actor, issue, FILE, "sound", "news", base(issue, "", "outline"))
    assert parts(issue)[3:] == ["news", "sound", "light", "heat"]
    assert "y\n## Light {#light}" in source(issue)
    save(issue, "heat", " \n", base(issue, "heat"))
    assert parts(issue)[3:] == ["news", "sound", "light"]
    save(issue, "light", "## Light {#light}\nx\n## Air\nz\n", base(issue, "light"))
    assert parts(issue)[3:] == ["news", "sound", "light", "air"]


def test_articles_are_added_although_the_head_has_a_mistake(issue):
    actor = audit.command_line()
    head = edits.text_at(issue, FILE, "@head", base(issue, "@head"))
    save(issue, "@head", head.replace("title: ", "title：", 1), base(issue, "@head"))
    assert parts(issue)[3:] == ["news", "light", "sound"]
    edits.add_part(actor, issue, FILE, "## Heat\n\nz", "light")
    edits.add_part(actor, issue, FILE, "## Heat\n\nagain", "heat")
    with pytest.raises(SourceEditError):
        edits.add_part(actor, issue, FILE, "no heading", "light")
    save(issue, "@head", head, base(issue, "@head"))
    assert parts(issue)[3:] == ["news", "light", "heat", "heat-2", "sound"]
    assert "## Heat {#heat-2}\n\nagain\n" in source(issue)


def test_two_people_may_add_and_one_may_move_but_two_different_moves_are_a_conflict(issue):
    actor, seen = audit.command_line(), base(issue, "", "outline")
    edits.add_part(actor, issue, FILE, "## Heat\n\nz", "sound")
    edits.move_part(actor, issue, FILE, "sound", "news", seen)
    assert parts(issue)[3:] == ["news", "sound", "heat", "light"]
    with pytest.raises(EditConflictError) as caught:
        edits.move_part(actor, issue, FILE, "light", "@opening", seen)
    assert caught.value.conflicts[0].part == "@order"


def test_an_unfinished_text_stays_in_its_part(issue):
    save(issue, "light", "## Light {#light}\n\n::: profile\n", base(issue, "light"))
    save(issue, "sound", "## Sound {#sound}\n\nnew\n", base(issue, "sound"))
    assert parts(issue)[3:] == ["news", "light", "sound"]
    save(issue, "light", "## Light {#light}\n\n## More\n", base(issue, "light"))
    assert parts(issue)[3:] == ["news", "light", "more", "sound"]


def test_the_head_cannot_be_deleted(issue):
    with pytest.raises(SourceEditError, match="needed"):
        edits.delete_part(audit.command_line(), issue, FILE, "@footer", base(issue, "@footer"))
    save(issue, "@footer", "", base(issue, "@footer"))
    save(issue, "@footer", "footer:\n  about: a\n---\n", base(issue, "@footer"))
    assert parts(issue)[:2] == ["@head", "@footer"]


@pytest.mark.parametrize(
    ("file", "part", "text", "code"),
    [("other.md", "light", "x", "file"), (FILE, "nothing", "x", "part"), (FILE, "light", "a\0b", "character")],
)
def test_what_cannot_be_stored_is_refused(issue, file, part, text, code):
    with pytest.raises(SourceEditError) as caught:
        edits.save_part(audit.command_line(), issue, file, part, text, base(issue, "light"))
    assert caught.value.code == code


def test_an_added_part_needs_a_heading_and_a_place(issue):
    for text, after in (("just text", "light"), ("## Heat {#light}\n", "light")):
        with pytest.raises(SourceEditError, match="place"):
            edits.add_part(audit.command_line(), issue, FILE, text, after)
    with pytest.raises(SourceEditError, match="part"):
        edits.add_part(audit.command_line(), issue, FILE, "## Heat\n", "nothing")


def test_an_edit_never_changes_and_names_its_base_and_its_author(issue):
    seen = base(issue, "light")
    save(issue, "light", "## Light {#light}\n\nnew\n", seen)
    edit = IssueEdit.objects.order_by("-number").first()
    assert (edit.part, edit.base, str(edit.actor)) == ("light", seen, str(audit.command_line()))
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        IssueEdit.objects.filter(pk=edit.pk).update(text="other")


def test_the_audit_has_one_line_for_the_edits_of_an_author_until_the_next_revision(issue):
    for text in "abc":
        save(issue, "light", f"## Light {{#light}}\n\n{text}\n", base(issue, "light"))
    revisions.name_point(audit.system(), issue, issue_state.head(issue.pk).number, "review")
    save(issue, "light", "## Light {#light}\n\nd\n", base(issue, "light"))
    assert list(Audit.objects.order_by("id").values_list("verb", flat=True)) == [
        "import_issue", "name_revision", "edit_issue", "name_revision", "edit_issue",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_edits_of_writers_that_meet_are_all_kept():
    """Real connections: each thread edits its own part twenty times, and all add parts."""
    issue = made()
    for name in "abcd":
        edits.add_part(audit.system(), issue, FILE, f"## Part {name} {{#{name}}}\n\n0\n", "sound")
    actor, failed = audit.command_line(), []

    def write(name: str) -> None:
        try:
            for number in range(1, 21):
                edits.save_part(actor, issue, FILE, name, f"## Part {name} {{#{name}}}\n\n{number}\n", base(issue, name))
            edits.add_part(actor, issue, FILE, f"## Of {name}\n\nz\n", name)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    kept = source(issue)
    for name in "abcd":
        assert f"{{#{name}}}\n\n20\n## Of {name} {{#of-{name}}}\n" in kept
    numbers = list(IssueEdit.objects.filter(issue=issue).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 80


def test_a_section_moves_with_its_articles(issue):
    actor = audit.command_line()
    edits.add_part(actor, issue, FILE, "# Dates\n", "sound")
    edits.add_part(actor, issue, FILE, "## Fair\n\nz\n", "dates")
    edits.move_part(actor, issue, FILE, "dates", "@opening", base(issue, "", "outline"))
    assert parts(issue)[3:] == ["dates", "fair", "news", "light", "sound"]
    edits.move_part(actor, issue, FILE, "dates", "sound", base(issue, "", "outline"))
    assert parts(issue)[3:] == ["news", "light", "sound", "dates", "fair"]
    assert edits.move_part(actor, issue, FILE, "dates", "fair", base(issue, "", "outline")).changes == ()


def test_headings_that_are_typed_stay_in_their_part_until_it_is_divided(issue):
    text = "## Light {#light}\n\nx\n\n## Heat\n\nz\n"
    for _ in range(2):
        edits.save_part(audit.command_line(), issue, FILE, "light", text, base(issue, "light"), divide=False)
        assert parts(issue)[3:] == ["news", "light", "sound"]
        assert source(issue).count("## Heat") == 1
    save(issue, "light", text, base(issue, "light"))
    assert parts(issue)[3:] == ["news", "light", "heat", "sound"]


def test_the_text_with_which_an_editor_began_can_be_looked_up(issue):
    seen = base(issue, "light")
    save(issue, "light", "## Light {#light}\n\nnew\n", seen)
    assert edits.text_at(issue, FILE, "light", seen) == "## Light {#light}\n\nx\n\n"
    assert edits.text_at(issue, FILE, "sound", seen) is None


def test_what_is_deleted_is_in_a_revision(issue):
    save(issue, "light", "## Light {#light}\n\nnew\n", base(issue, "light"))
    edits.delete_part(audit.command_line(), issue, FILE, "light", base(issue, "light"))
    last = issue.revisions.order_by("-number").first()
    assert "## Light {#light}\n\nnew\n" in issue_state.at_edit(issue.pk, last.edit).sources[FILE]
    assert "light" not in parts(issue)
    edits.restore_revision(audit.command_line(), issue, last.number, head=issue_state.head(issue.pk).number)
    assert "light" in parts(issue)


def test_highlights_and_credits_can_be_added_to_a_head_without_them(issue):
    for kind in ("credits", "highlights", "credits"):
        edits.add_head_part(audit.system(), issue, FILE, kind)
    assert parts(issue)[:4] == ["@head", "@highlights", "@credits", "@footer"]
    assert "highlights: []\ncredits: []\nfooter:\n" in source(issue)
    with pytest.raises(SourceEditError):
        edits.add_head_part(audit.system(), issue, "issue.de.md", "credits")


def test_highlights_are_not_added_to_a_head_in_another_order():
    record = IssueRecord.objects.create(slug="news-2", title="News")
    text = SOURCE.replace("---\n", "---\nfooter:\n  about: x\n", 1).replace("footer:\n  about: CAST", "# footer:\n#  about: CAST")
    edits.replace_source(audit.system(), record, None, issue_state.of_sources({FILE: text}, {}), reason="import")
    assert "@footer" not in [part.id for part in issue_state.head(record.pk).files[FILE]]
    with pytest.raises(SourceEditError) as refused:
        edits.add_head_part(audit.system(), record, FILE, "highlights")
    assert refused.value.code == "place"
