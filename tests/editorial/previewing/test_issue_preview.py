"""Previews of an issue's source: composed once for a content, two at a time, from pictures that are not copied each time."""

import html
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from composer import composition
from composer.issue.parts.part_texts import PartText
from composer.rendering.measured_links import links_in
from editorial import issue_versions, measured_sizes
from editorial.models import IssueRecord, Media
from editorial.previewing import issue_preview
from editorial.previewing.issue_preview import Trouble
from editorial.previewing.subscriber_reader import reader_of
from editorial.sources import edits, issue_state, originals
from editorial.sources.issue_state import IssueState
from publication import audit, profile
from subscribers.models import Subscriber
from tests.support import people
from tests.support.issues import full_copy, two_languages
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db
FILE = "issue.md"


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


@pytest.fixture
def sample(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), full_copy(tmp_path / "cast")).version.issue


def preview(issue: IssueRecord, **more: object) -> issue_preview.IssuePreview:
    return issue_preview.of_state(issue, issue_state.head(issue.pk), **more)


def edited(issue: IssueRecord, part: str, text: str) -> issue_preview.IssuePreview:
    state = issue_state.head(issue.pk)
    return issue_preview.of_state(issue, issue_preview.with_text(state, FILE, part, PartText(None, text)))


def states_of(issue: IssueRecord, count: int) -> list[IssueState]:
    """The newest state with another text in each."""
    state = issue_state.head(issue.pk)
    texts = [PartText(None, f"## Light {{#light}}\n\nText {number}\n") for number in range(count)]
    return [issue_preview.with_text(state, FILE, "light", text) for text in texts]


def preview_of(issue: IssueRecord, state: IssueState, tab: str = "") -> issue_preview.IssuePreview:
    """The preview of a state, for a thread of its own."""
    try:
        return issue_preview.of_state(issue, state, tab)
    finally:
        connection.close()


@pytest.fixture
def composing(monkeypatch):
    """Counts compositions; those of an issue wait while `gate` is closed."""

    class Watch:
        gate, begun, at_once, most = threading.Event(), 0, 0, 0

    real = composition.compose_issues

    def watched(*args, **more):
        Watch.begun += 1
        Watch.at_once += 1
        Watch.most = max(Watch.most, Watch.at_once)
        try:
            assert Watch.gate.wait(30)
            return real(*args, **more)
        finally:
            Watch.at_once -= 1

    Watch.gate.set()
    Watch.begun = Watch.at_once = Watch.most = 0
    monkeypatch.setattr(composition, "compose_issues", watched)
    return Watch


def test_the_preview_is_the_mail_that_would_be_stored(sample):
    shown = preview(sample)
    stored = issue_versions.store_head(audit.system(), sample)
    assert shown.composition is not None
    assert shown.composition.digest == stored.version.digest
    assert {composed.file for composed in shown.composition.issues} == {"issue.md"}
    assert all("/" not in finding.file for finding in shown.composition.findings if finding.file.endswith("issue.md"))


def test_every_language_is_composed_without_files_of_texts(issue):
    shown = preview(issue)
    assert shown.composition is not None
    assert [variant.language for variant in shown.composition.variants] == ["en", "en", "zh-Hans"]
    assert [path.name for path in issue_preview.folder_of(shown.state).iterdir() if path.suffix == ".md"] == []


def test_the_same_content_is_composed_once_also_after_it_was_saved(issue, composing):
    text = "## The light source opens {#light}\n\nAnother text.\n"
    draft = edited(issue, "light", text)
    head = issue_state.head(issue.pk)
    edits.save_part(audit.system(), issue, FILE, "light", text, head.edits["text", FILE, "light"])
    saved = preview(issue)
    assert (saved.key, saved.composition) == (draft.key, draft.composition)
    assert composing.begun == 1
    assert saved.state.number == head.number + 1
    assert "Another text" in saved.composition.variants[0].mail.html


def test_the_size_of_a_draft_counts_its_links_as_they_would_be_sent(sample, monkeypatch):
    monkeypatch.setattr(issue_preview, "FRESH", 0)  # composed again
    bare = preview(sample).composition.variants[0].mail
    profile.change_profile(audit.system(), policies={"measuring": "anonymous"})
    measured = preview(sample).composition.variants[0].mail
    links = list(links_in(bare.html))
    assert len(links) >= 4
    assert measured.html == bare.html
    longest = len(measured_sizes.longest_addresses().link)
    assert measured.budget.html - bare.budget.html == sum(longest - len(html.escape(link.url)) for link in links)


def test_a_text_that_is_not_saved_is_stored_nowhere(issue):
    before = issue_state.head(issue.pk)
    shown = edited(issue, "light", "## The light source opens {#light}\r\n\r\nOnly typed")
    assert "Only typed" in shown.composition.variants[0].mail.html
    assert issue_state.head(issue.pk) == before
    assert issue_preview.with_text(before, FILE, "no-such-part", PartText(None, "x")) == before
    assert issue_preview.with_text(before, "no-file.md", "light", PartText(None, "x")) == before


def test_a_source_that_cannot_be_composed_shows_its_findings_and_the_last_good_mail_is_kept(issue):
    good = preview(issue)
    broken = edited(issue, "light", "## The light source opens {#light}\n\n::: nonsense\nx\n")
    assert broken.composition is None
    assert broken.trouble is None
    assert {fault.file for fault in broken.faults} == {FILE}
    assert issue_preview.last_good(issue) == good
    assert issue_preview.find(issue, broken.key) == broken
    other = IssueRecord.objects.create(slug="other", title="Other")
    assert issue_preview.find(other, good.key) is None
    assert issue_preview.last_good(other) is None


def test_a_condition_about_an_unknown_attribute_is_a_finding(issue):
    shown = edited(issue, "light", '## The light source opens {#light}\n\n::: only shoe_size = "44"\nx\n:::\n')
    assert [fault.code for fault in shown.faults] == ["condition-field"]


@pytest.mark.django_db(transaction=True)
def test_two_are_composed_at_the_same_time_and_the_third_waits(issue, composing):
    composing.gate.clear()
    with ThreadPoolExecutor(5) as threads:
        waiting = [threads.submit(preview_of, issue, state) for state in states_of(issue, 5)]
        wait_until(lambda: composing.at_once == issue_preview.AT_ONCE)
        composing.gate.set()
        previews = [shown.result() for shown in waiting]
    assert composing.most == issue_preview.AT_ONCE
    assert len({made.key for made in previews}) == 5
    assert all(made.composition for made in previews)


def test_nobody_waits_longer_than_the_limit_and_the_next_request_finds_the_result(issue, composing, monkeypatch):
    monkeypatch.setattr(issue_preview, "SECONDS", 0.05)
    composing.gate.clear()
    first = preview(issue)
    assert (first.composition, first.trouble) == (None, Trouble.SLOW)
    composing.gate.set()
    wait_until(lambda: issue_preview.find(issue, first.key) is not None)
    assert preview(issue).composition is not None
    assert composing.begun == 1


@pytest.mark.django_db(transaction=True)
def test_the_newest_request_of_a_page_replaces_one_that_has_not_begun(issue, composing):
    composing.gate.clear()
    states = states_of(issue, 4)
    with ThreadPoolExecutor(4) as threads:
        shown = [threads.submit(preview_of, issue, states[number], tab) for number, tab in enumerate(("other", "another"))]
        wait_until(lambda: composing.at_once == issue_preview.AT_ONCE)
        shown.append(threads.submit(preview_of, issue, states[2], "mine"))
        wait_until(lambda: len(issue_preview._workshop.jobs) == 3)
        shown.append(threads.submit(preview_of, issue, states[3], "mine"))
        assert shown[2].result().trouble == Trouble.REPLACED
        composing.gate.set()
    assert all(shown[number].result().composition for number in (0, 1, 3))
    assert issue_preview._workshop.jobs == {}


@pytest.mark.soak
def test_only_the_newest_previews_are_kept(issue):
    shown = [edited(issue, "light", f"## Light {{#light}}\n\nText {number}\n") for number in range(issue_preview.KEPT + 2)]
    assert issue_preview.find(issue, shown[0].key) is None
    assert issue_preview.find(issue, shown[-1].key) is not None
    assert len(issue_preview._workshop.kept) == issue_preview.KEPT


def test_pictures_are_found_by_their_name_in_the_mail(sample):
    shown = preview(sample)
    picture = shown.composition.pictures[0]
    assert issue_preview.find_picture(sample, picture.name) == picture
    issue_preview._workshop.kept.clear()  # as after a restart
    assert issue_preview.find_picture(sample, picture.name) == picture
    assert issue_preview.find_picture(sample, "none-0123456789ab.jpg") is None


# -- the folder of pictures


def files(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_the_folder_has_links_to_the_originals_and_is_made_once(sample):
    state = issue_state.head(sample.pk)
    folder = issue_preview.folder_of(state)
    assert set(files(folder)) == set(state.pictures)
    assert files(folder) == {path: originals.path_of(digest).stat().st_ino for path, digest in state.pictures.items()}
    assert issue_preview.folder_of(issue_preview.with_text(state, FILE, "@opening", PartText(None, "Hello"))) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.is_relative_to(Path(issue_preview.settings.MEDIA_ROOT))


def test_a_picture_that_exists_only_re_encoded_is_copied_once(sample, settings):
    media = Media.objects.order_by("digest").first()
    state = issue_state.IssueState({}, {"images/old.jpg": media.digest})
    folder = issue_preview.folder_of(state)
    assert (folder / "images/old.jpg").stat().st_size == media.byte_count
    again = issue_preview.folder_of(issue_state.IssueState({}, {"images/new.jpg": media.digest}))
    assert list(files(folder).values()) == list(files(again).values())


def test_a_missing_picture_is_reported_and_nothing_half_made_stays(sample):
    state = issue_state.head(sample.pk)
    path = originals.path_of(next(iter(state.pictures.values())))
    path.rename(path.with_name("away"))
    assert preview(sample).trouble == Trouble.PICTURES
    assert list((issue_preview.root() / "folders").iterdir()) == []
    path.with_name("away").rename(path)
    assert preview(sample).composition is not None


def test_the_cache_is_bounded(sample, monkeypatch):
    monkeypatch.setattr(issue_preview, "FOLDERS_KEPT", 2)
    digest = Media.objects.order_by("digest").first().digest
    made = []
    for number in range(4):
        made.append(issue_preview.folder_of(issue_state.IssueState({}, {f"images/{number}.jpg": digest})))
        os.utime(made[-1], (time.time() - 100 + number,) * 2)
    assert [path.exists() for path in made] == [False, False, True, True]
    copy = issue_preview.root() / "pictures" / digest
    for path in made:
        shutil.rmtree(path, ignore_errors=True)
    os.utime(copy, (0, 0))
    issue_preview.folder_of(issue_state.IssueState({}, {}))
    assert not copy.exists()


# -- a real subscriber


def test_a_subscriber_gets_the_variant_that_the_campaign_would_give_them(issue):
    made = preview(issue).composition
    person = people.make_people(1, people.make_list())[0]
    assert reader_of(person, made).own(made).number == 0
    Subscriber.objects.filter(pk=person.pk).update(country="CN")
    reader = reader_of(Subscriber.objects.get(pk=person.pk), made)
    assert reader.own(made).number == 1
    assert reader.fill("-mr_email_text-", ()) == "-mr_email_text-"
    assert reader.known["email"] == person.address
    Subscriber.objects.filter(pk=person.pk).update(language="zh-CN")
    assert reader_of(Subscriber.objects.get(pk=person.pk), made).own(made).number == 2
