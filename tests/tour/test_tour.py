"""The tour photographs every page, and sees what is wider than the screen."""

from tests.support.chromium import MARKS, chromium
from tests.tour import visits
from tests.tour.cast import PEOPLE_IMPORTS, Cast

PURPOSES = (
    "leaving", "undoing", "returning", "viewing", "confirming", "too-late", "choosing", "reading", "erasing",
    "old-address", "new-address", "used", "commenting", "approving", "approving-old", "report", "sender", "answering",
)  # fmt: skip
NOBODY = Cast(
    campaigns=dict.fromkeys(visits.CAMPAIGNS, 1), versions={"version": 1, "bilingual": 2}, mailing_list="news", year=2027,
    issue="news-1", bilingual_issue="news-2", tokens=dict.fromkeys(PURPOSES, ("a", "b")), inbox="http://127.0.0.1:1/inbox",
    notice="http://127.0.0.1:1/inbox/1", imports=dict.fromkeys(("asking", "ready", "failed", "done", "waiting"), 1),
    imported_issue="news-3", nameless=("news-4", 0), leaver=1, without_mail=2,
    conflict={"file": "issue.md", "part": "light", "base": "1", "title": "Light", "text": "Text.", "document": "{}"},
    deleted={"slug": "news-5", "file": "issue.md", "part": "light", "base": "1", "title": "Light", "text": "Text."},
    people_imports=dict.fromkeys(PEOPLE_IMPORTS, 1), list_id=1, waiting=(2, 1), action=1, sender=1, new_sender=2,
)  # fmt: skip


def test_every_address_has_a_picture_or_a_reason_why_it_has_none():
    assert visits.missing(visits.visits(NOBODY, 0)) == []
    assert visits.NO_PICTURE.keys() <= visits.ROUTES.keys()


def test_each_picture_has_a_name_of_its_own():
    names = [visit.name for visit in (*visits.visits(NOBODY, 1), *visits.without_workers(NOBODY))]
    assert len(set(names)) == len(names)
    assert len(names) > 60


class TestOverflow:
    pytestmark = MARKS

    def test_what_is_wider_than_the_screen_cut_off_or_seen_only_by_scrolling_is_reported(self):
        from tests.tour.camera import OVERFLOW

        box = '<div id="box" style="{}">{}</div>'.format
        cells = "".join(f'<td style="min-width: 150px">{number}</td>' for number in range(5))
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            for body, expected in (
                ("<p>short</p>", {}),
                (box("width: 600px", "wide"), {"wide": ["600 px: div#box"]}),
                (box("overflow: hidden", '<p style="width: 600px">wide</p>'), {"cut": ["div#box"]}),
                (box("overflow-x: auto", f"<table><tr>{cells}</tr></table>"), {"columns": ["div#box: 3 not in sight"]}),
            ):
                page.set_content(f"<!DOCTYPE html><style>body {{ margin: 0 }}</style>{body}")
                assert page.evaluate(OVERFLOW) == {"wide": [], "cut": [], "columns": []} | expected
