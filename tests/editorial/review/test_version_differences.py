"""What differs between two contents of an issue, and whether a version is still the newest content."""

import pytest
from PIL import Image

from composer.issue.parts.splitting import texts_of
from editorial import issue_versions
from editorial.models import IssueRecord, Review
from editorial.review import decisions, version_differences
from editorial.sources import edits, issue_state
from publication import audit
from tests.support.issues import two_languages
from tests.support.reviewing import account

pytestmark = pytest.mark.django_db
FILE, CHINESE = "issue.md", "issue.zh-Hans.md"


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    folder = two_languages(tmp_path / "issue")
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / "images").mkdir(exist_ok=True)
    Image.new("RGB", (800, 400), "navy").save(folder / "images" / "light.png")
    (folder / FILE).write_text(
        text.replace("The doors open", "![A blue light](images/light.png)\n\nThe doors open"), encoding="utf-8"
    )
    return issue_versions.store(account("author", "editor"), folder).version.issue


def save(issue, file: str, part: str, text: str) -> None:
    edits.save_part(account(f"e{issue_state.head(issue.pk).number}", "editor"), issue, file, part, text,
                    issue_state.head(issue.pk).edits["text", file, part])  # fmt: skip


def stored(issue):
    return issue_versions.store_head(audit.system(), issue).version


def test_the_same_content_has_no_differences_even_if_somebody_changed_it_and_changed_it_back(issue):
    version = stored(issue)
    text = texts_of(issue_state.head(issue.pk).files[FILE])["light"]
    assert not version_differences.is_changed(version)
    save(issue, FILE, "light", text.replace("doors", "gates"))
    assert version_differences.is_changed(version)
    save(issue, FILE, "light", text)
    assert not version_differences.is_changed(version)
    assert not version_differences.compare(version_differences.of_version(version), version_differences.of_head(issue))


def test_words_are_marked_in_each_part_and_in_subject_and_preheader(issue):
    before = stored(issue)
    head = texts_of(issue_state.head(issue.pk).files[FILE])
    save(issue, FILE, "@head", head["@head"].replace("subject: Light in Dalian", "subject: Light in Wuhan"))
    save(issue, FILE, "light", head["light"].replace("doors open", "doors close"))
    save(issue, CHINESE, "light", "## 光源关闭 {#light}\n\n光源关闭，欢迎参观。\n")
    after = stored(issue)
    differences = version_differences.compare(*map(version_differences.of_version, (before, after)))
    assert [(part.file, part.kind, part.change) for part in differences.parts] == [
        (FILE, "head", "changed"), (FILE, "article", "changed"), (CHINESE, "article", "changed"),
    ]  # fmt: skip
    marked = {
        (segment.kind, segment.text) for row in differences.parts[1].rows for segment in row.segments if segment.kind != "equal"
    }
    assert {("removed", "open"), ("added", "close")} <= marked
    assert {segment.text for row in differences.mails[0].subject for segment in row.segments if segment.kind == "added"} == {
        "Wuhan"
    }
    assert differences.mails[0].number == 0


def test_parts_that_are_added_removed_or_moved_and_files_that_are_new(issue):
    before = stored(issue)
    author = account("lin", "editor")
    edits.add_part(author, issue, FILE, "## Sound {#sound}\n\nWaves.\n", "light")
    edits.move_part(author, issue, FILE, "sound", "headlines", issue_state.head(issue.pk).edits["outline", FILE, ""])
    edits.delete_part(author, issue, CHINESE, "light", issue_state.head(issue.pk).edits["text", CHINESE, "light"])
    differences = version_differences.compare(version_differences.of_version(before), version_differences.of_head(issue))
    assert [(part.file, part.title, part.change) for part in differences.parts] == [
        (FILE, "Sound", "added"), (CHINESE, "光源开放", "removed"),
    ]  # fmt: skip
    edits.move_part(author, issue, FILE, "sound", "light", issue_state.head(issue.pk).edits["outline", FILE, ""])
    middle = version_differences.of_head(issue)
    edits.move_part(author, issue, FILE, "sound", "headlines", issue_state.head(issue.pk).edits["outline", FILE, ""])
    assert [part.change for part in version_differences.compare(middle, version_differences.of_head(issue)).parts] == ["moved"]


def test_a_picture_that_was_replaced_is_named_with_both_files(issue, tmp_path):
    before = stored(issue)
    folder = tmp_path / "issue"
    Image.new("RGB", (800, 400), "white").save(folder / "images" / "light.png")
    after = issue_versions.store(account("lin", "editor"), folder).version
    (difference,) = version_differences.compare(*map(version_differences.of_version, (before, after))).pictures
    assert (difference.path, difference.change) == ("images/light.png", "changed")
    assert difference.before.startswith("light-")
    assert difference.after.startswith("light-")
    assert difference.before != difference.after
    assert version_differences.is_changed(before)
    (again,) = version_differences.compare(version_differences.of_version(before), version_differences.of_head(issue)).pictures
    assert (again.change, again.before, again.after) == ("changed", difference.before, "")


def test_the_review_before_and_the_last_approval_are_of_another_content(issue):
    first, wei = stored(issue), account("wei")
    first_review = Review.objects.create(version=first, actor=audit.system())
    assert version_differences.reviewed_before(first_review) is None
    assert version_differences.last_approval(issue) is None
    decisions.approve(wei, first)
    save(issue, FILE, "light", "## The light source opens {#light}\n\nOther words.\n")
    second = Review.objects.create(version=stored(issue), actor=audit.system())
    again = Review.objects.create(version=second.version, actor=audit.system())
    assert version_differences.reviewed_before(again) == first
    assert version_differences.last_approval(issue).version == first
