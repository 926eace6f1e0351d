"""Pages that the database cannot make in time: a clear answer, and counts that are made once for everybody."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from cli import error_reporting
from config import statement_limits
from publication import audit, clock
from publication.database.statement_sql import limited, query
from subscribers import mailing_lists
from subscribers.models import Segment, StoredCount
from subscribers.segments import compiler, saved_segments, stored_counts, stored_counts_sql
from tests.support.variations import first
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(campaign) -> Segment:
    return saved_segments.create(audit.system(), "english", 'language = "en"')


@pytest.fixture
def slow(monkeypatch):
    """Counting takes longer than it may, by the database's own clock."""

    def forever(_text: str) -> object:
        query("SELECT pg_sleep(20)")
        raise AssertionError

    monkeypatch.setattr(compiler, "matching", forever)
    monkeypatch.setattr(statement_limits, "WEB", timedelta(milliseconds=300))
    monkeypatch.setattr(stored_counts, "INLINE", timedelta(milliseconds=30))


@pytest.fixture
def counting(transactional_db):
    """Somebody else is counting at this moment."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [stored_counts_sql.COUNT_LOCK])
    yield
    other.close()


def count(console, segment: Segment):
    return console.post(f"/console/segments/{segment.pk}/count/", follow=True)


# ------------------------------------------------------------------------------------------------------- one statement
@pytest.mark.parametrize(("language", "explanation"), [("en", "The database is overloaded"), ("zh-hans", "数据库")])
def test_a_page_that_takes_too_long_is_answered_503_in_words(console, sending, monkeypatch, language, explanation):
    def slow_report(_campaign: int) -> object:
        with limited(timedelta(milliseconds=20)), transaction.atomic():
            return query("SELECT pg_sleep(20)")

    monkeypatch.setattr("campaigns.reporting.reports.report", slow_report)
    console.cookies["mailroom-language"] = language
    answer = console.get(f"/console/campaigns/{sending.pk}/")
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (503, "30", "no-store")
    assert explanation in answer.content.decode()
    assert console.get("/console/subscribers/").status_code == 200, "the connection works on"


def test_a_database_that_is_away_is_answered_503(console, sending, monkeypatch):
    def away(_campaign: int) -> object:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("campaigns.launch.pause", lambda actor, campaign: away(campaign))
    answer = console.post(f"/console/campaigns/{sending.pk}/pause/")
    assert answer.status_code == 503
    assert b"check before you try again" in answer.content


@pytest.mark.parametrize(
    ("statement", "status"),
    first([
        ("SELECT 1/0", 500), ("SELECT no_such_column", 500), ("SELECT 'x'::int", 500),
        ("DO $$BEGIN RAISE SQLSTATE '54000'; END$$", 500),  # an index row is too large
        ("DO $$BEGIN RAISE SQLSTATE '55006'; END$$", 500),
        ("DO $$BEGIN RAISE SQLSTATE '57P01'; END$$", 503), ("DO $$BEGIN RAISE SQLSTATE '53300'; END$$", 503),
        ("DO $$BEGIN RAISE SQLSTATE '40P01'; END$$", 503), ("DO $$BEGIN RAISE SQLSTATE '55P03'; END$$", 503),
        ("DO $$BEGIN RAISE SQLSTATE '08006'; END$$", 503),
    ], 3),
)  # fmt: skip
def test_only_a_database_that_cannot_answer_is_called_an_outage(console, sending, monkeypatch, statement, status):
    def refused(_campaign: int) -> object:
        with transaction.atomic():
            return query(statement)

    monkeypatch.setattr("campaigns.reporting.reports.report", refused)
    console.raise_request_exception = False
    assert console.get(f"/console/campaigns/{sending.pk}/").status_code == status


def test_a_command_that_takes_too_long_says_what_to_do():
    with pytest.raises(OperationalError) as stopped, limited(timedelta(milliseconds=20)), transaction.atomic():
        query("SELECT pg_sleep(20)")
    lines = error_reporting.tell(stopped.value)
    assert lines is not None
    assert "longer than this command allows" in lines[0]
    assert "docs/operations.md" in lines[1]


# --------------------------------------------------------------------------------------------------------------- counts
def test_what_is_quickly_counted_is_counted_with_the_page_but_not_by_every_viewer(console, english):
    assert "<b>10</b>" in console.get("/console/segments/").content.decode()
    StoredCount.objects.update(seconds=0.2)  # twenty seconds by its cost
    english_now = saved_segments.change(audit.system(), english, english.text)
    counted = StoredCount.objects.get().counted_at
    for _ in range(8):
        assert "<b>10</b>" in console.get("/console/segments/").content.decode()
    assert StoredCount.objects.get().counted_at == counted
    saved_segments.change(audit.system(), english_now, 'language = "zh"')
    assert "<b>0</b>" in console.get("/console/segments/").content.decode(), "another text was never counted"


def test_what_is_slow_is_asked_for_one_by_one_and_never_by_looking(console, english, slow):
    page = console.get("/console/segments/").content.decode()
    assert "Not counted yet." in page
    assert "data-count" in page, "for the script"
    assert "Count now" in page, "for everybody else"
    assert not StoredCount.objects.get().counted_at
    tried = StoredCount.objects.get().tried_at
    console.get("/console/segments/")
    assert StoredCount.objects.get().tried_at == tried, "once was enough to know that it is slow"


def test_a_count_that_is_too_slow_for_a_page_says_so_and_is_not_tried_again(console, english, slow):
    page = count(console, english).content.decode()
    assert "The count takes longer than a page may wait." in page
    assert "mailroom segment" not in page
    assert "data-count" not in page
    stored_counts.keep(english, 1_234_567, 80)
    page = console.get("/console/segments/").content.decode()
    assert "<b>1,234,567</b>" in page
    assert "data-count" not in page
    known = stored_counts.known([of_english := stored_counts.of_segment(english)])[of_english.name]
    clock.move(lambda: known.at + timedelta(minutes=61))
    try:
        assert "data-count" in console.get("/console/segments/").content.decode(), "an hour later it may be tried again"
        assert "<b>1,234,567</b>" in count(console, english).content.decode(), "and the old number stays"
    finally:
        clock.move(None)


def test_counting_again_shows_the_new_number_and_its_time(console, english, campaign):
    stored_counts.keep(english, 3, 60)
    assert "<b>3</b>" in console.get("/console/segments/").content.decode()
    page = count(console, english).content.decode()
    assert "<b>10</b>" in page
    assert "Counted at 20" in page
    assert console.post("/console/segments/99999999999/count/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_only_one_count_runs_at_a_time(client, counting):
    english = saved_segments.create(audit.system(), "english", 'language = "en"')
    stored_counts.keep(english, 3, 0)
    client.force_login(make_staff("viewer", "subscribers.view_segment", "subscribers.view_subscriber"))
    page = count(client, english).content.decode()
    assert "Another count is running." in page
    assert "<b>3</b>" in page
    assert stored_counts.AUDIENCE.make(timedelta(seconds=1)) is stored_counts.CountOutcome.BUSY


def test_a_list_that_was_made_after_the_count_is_shown_without_the_slow_number(console, english):
    console.get("/console/lists/")
    StoredCount.objects.filter(name=stored_counts.AUDIENCE.name).update(seconds=30)
    mailing_lists.create_list(audit.system(), "events", "Events")
    page = console.get("/console/lists/").content.decode()
    row = page.partition("Events")[2]
    assert re.findall(r"<td[^>]*>(?:<b>)?([^<]*)<", row)[:5] == ["–", "–", "0", "0", "0"]


def test_pages_of_a_draft_do_not_wait_for_a_count_that_somebody_else_makes(console, campaign, counting):
    for page in (f"/console/campaigns/{campaign.pk}/schedule/", f"/console/campaigns/{campaign.pk}/"):
        answer = console.get(page)
        assert answer.status_code == 200
        assert "being counted" in answer.content.decode()
    assert not StoredCount.objects.filter(name=f"numbers:campaign:{campaign.pk}").exists()


def test_a_draft_is_counted_once_for_all_who_look_at_it(console, campaign):
    page = f"/console/campaigns/{campaign.pk}/schedule/"
    assert "<strong>10 people</strong>" in console.get(page).content.decode()
    stored = StoredCount.objects.get(name=f"numbers:campaign:{campaign.pk}")
    stored.figures["variants"], stored.seconds = {"0": 4321}, 2.0
    stored.save()
    assert "<strong>4,321 people</strong>" in console.get(page).content.decode()
    StoredCount.objects.update(counted_at=clock.now() - timedelta(hours=2))
    assert "<strong>10 people</strong>" in console.get(page).content.decode()
