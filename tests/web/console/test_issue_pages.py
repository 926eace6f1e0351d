"""The list of issues, a new issue, the outline, and writing a part: as plain forms, without a script."""

import html
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.sources import import_source, text_of
from tests.support.variations import first
from tests.web.conftest import RIGHTS, make_staff

pytestmark = pytest.mark.django_db
FILE = "issue.md"
SOURCE = (
    HEAD + "\nDear reader,\n\n# News\n\n## Light {#light}\n\nx\n\n## Sound {#sound}\n\ny\n\n# Dates\n\n## Fair {#fair}\n\nz\n"
)
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'x'"


@pytest.fixture
def issue(db) -> IssueRecord:
    return made("news-1")


def made(slug: str, source: str = SOURCE, title: str = "News") -> IssueRecord:
    return import_source({FILE: source}, slug, title)


def address(issue: IssueRecord, page: str, part: str = "", file: str = FILE) -> str:
    return f"/console/issues/{issue.slug}/{page}" + (f"?{urlencode({'file': file, 'part': part})}" if part else "")


def parts(issue: IssueRecord) -> list[str]:
    return [part.id for part in issue_state.head(issue.pk).files[FILE]]


def base(issue: IssueRecord, part: str, kind: str = "text") -> int:
    return issue_state.head(issue.pk).edits[kind, FILE, part]


def fields(page: str, form: str = "writing") -> dict[str, str]:
    """What a browser would send of the form with this class."""
    form_html = re.search(rf'<form[^>]*class="[^"]*{form}.*?</form>', page, re.DOTALL)[0]
    names = {}
    for tag in re.findall(r"<input[^>]*>", form_html):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            names[name[1]] = html.unescape(value[1] if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form_html, re.DOTALL):
        names[name] = html.unescape(value)
    return names


def save(client: Client, issue: IssueRecord, part: str, base: int, text: str, title: str | None = "Light", **more):
    body = {"file": FILE, "part": part, "base": base, "text": text} | ({"title": title} if title is not None else {})
    return client.post(address(issue, "part/"), body, **more)


def save_by_script(client: Client, *args, **more):
    return save(client, *args, **more, headers={"Accept": "application/json"})


def page_text(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


# ----------------------------------------------------------------------------------------------------------------- list
def test_the_list_shows_state_editor_and_finds_words(console, issue):
    made("other-2", SOURCE.replace("2023-03\n", "2026年第2期\n", 1).replace("CAST Newsletter", "科协通讯"), title="科协通讯")
    page = page_text(console.get("/console/issues/"))
    assert "CAST Newsletter 2023-03 being written" in page
    assert "mailroom, 20" in page
    assert "科协通讯 2026年第2期" in page
    matches = console.get("/console/issues/", {"q": "第2期 通讯"}).content.decode()
    assert "/console/issues/other-2/" in matches
    assert "/console/issues/news-1/" not in matches
    assert "No issue contains all of this." in page_text(console.get("/console/issues/", {"q": "nothing at all"}))
    assert "No issue contains all of this." in page_text(console.get("/console/issues/", {"state": "sent"}))
    for odd in ({"page": "x"}, {"page": "99999999999"}, {"page": "-1"}, {"state": "?"}, {"q": "%_\\"}, {"q": "x" * 5000}):
        assert console.get("/console/issues/", odd).status_code == 200


def test_an_empty_list_says_what_to_do(console):
    page = console.get("/console/issues/").content.decode()
    assert "There is no issue yet." in page
    assert page.count('href="/console/issues/new/"') == 2
    reader = Client()
    reader.force_login(make_staff("reader", "editorial.view_issuerecord"))
    assert "/console/issues/new/" not in reader.get("/console/issues/").content.decode()


@pytest.mark.soak
def test_the_list_needs_the_same_number_of_queries_for_30_issues_as_for_one(console, issue):
    console.get("/console/issues/")
    with CaptureQueriesContext(connection) as queries_of_one:
        console.get("/console/issues/")
    for number in range(35):
        made(f"n-{number}")
    with CaptureQueriesContext(connection) as many:
        page = console.get("/console/issues/", {"q": "reader"}).content.decode()
    assert page.count("panel card") == 30
    assert len(many) <= len(queries_of_one) <= 12
    assert "1 / 2" in page


# ------------------------------------------------------------------------------------------------------------ new issue
def test_a_new_issue_from_another_one(console, issue):
    page = console.get("/console/issues/new/", {"from": "news-1"}).content.decode()
    assert 'name="title" value="CAST Newsletter"' in page
    answer = console.post(
        "/console/issues/new/", {"from": "news-1", "title": "CAST Newsletter", "number": "2027-01", "date": "2027-01-31"}
    )
    assert answer.headers["Location"] == "/console/issues/cast-newsletter-2027-01/"
    begun = IssueRecord.objects.get(slug="cast-newsletter-2027-01")
    assert parts(begun) == ["@head", "@footer", "@opening", "news", "dates"]
    mark = "<!-- This is the opening of the earlier issue. Rewrite it, or keep it. -->\n"
    assert mark in issue_state.head(begun.pk).sources[FILE], "the pre-send checks report it"
    preview = page_text(console.get("/console/issues/cast-newsletter-2027-01/preview/"))
    assert ("“Subject” is empty" in preview, "“preheader”" in preview) == (True, False)
    assert IssueEdit.objects.filter(issue=begun).first().actor.name == "editor"
    assert "There is no article yet." in page_text(console.get(answer.headers["Location"]))


def test_a_new_issue_from_the_template(console):
    assert 'name="from" value="-"' in console.get("/console/issues/new/").content.decode()
    console.post("/console/issues/new/", {"from": "-", "title": "通讯", "number": "1", "date": "2027-01-31"})
    assert "first-light" in parts(IssueRecord.objects.get())


def test_a_refused_new_issue_keeps_what_was_typed(console, issue):
    typed = {"from": "news-1", "title": HOSTILE, "number": "", "date": "2027-01-31"}
    answer = console.post("/console/issues/new/", typed)
    assert answer.status_code == 422
    assert "Enter the number of the issue." in page_text(answer)
    assert HOSTILE in html.unescape(answer.content.decode())
    assert "<script>alert" not in answer.content.decode()
    console.post("/console/issues/new/", typed | {"number": "1"})
    again = console.post("/console/issues/new/", typed | {"number": "1"})
    assert again.status_code == 422
    assert "Open that issue" in page_text(again)


# -------------------------------------------------------------------------------------------------------------- outline
def test_the_outline_names_parts_in_words_and_by_their_titles(console, issue):
    save(console, issue, "light", base(issue, "light"), "Two words.")
    answer = console.get(address(issue, ""))
    page = page_text(answer)
    for name in ("English", "Title, number, date and subject", "Footer", "Opening", "News", "Light", "Sound", "Dates", "Fair"):
        assert name in page
    assert "Light 3 words" in page
    assert "not complete" not in page
    continued = re.search('<a class="button main" href="([^"]+)"', answer.content.decode())
    assert continued[1].endswith("part=light"), "the text that was edited last"


def test_parts_are_moved_by_plain_forms(console, issue):
    page = console.get(address(issue, "")).content.decode()
    assert 'name="after" value="sound">Move down<span class="hidden"> “Light”</span>' in page
    order = base(issue, "", "outline")
    move = {"file": FILE, "part": "dates", "after": "@opening", "base": order}
    answer = console.post(address(issue, "part/move/"), move)
    assert answer.headers["Location"] == "/console/issues/news-1/?file=issue.md&moved=dates&back=sound#part-issue.md-dates"
    assert parts(issue)[3:] == ["dates", "fair", "news", "light", "sound"]
    answer = console.post(address(issue, "part/move/"), move | {"part": "light", "after": "sound"})
    assert answer.status_code == 409
    assert "Somebody else moved parts at the same time" in page_text(answer)
    assert console.post(address(issue, "part/move/"), move | {"part": "missing"}).status_code == 422


@pytest.mark.parametrize(
    ("part", "after"), first([("dates", "@opening"), ("light", "sound"), ("news", "fair"), ("fair", "light")])
)
def test_the_page_after_a_move_offers_to_take_it_back(console, issue, part: str, after: str):
    before = parts(issue)
    move = {"file": FILE, "part": part, "after": after, "base": base(issue, "", "outline")}
    moved = console.post(address(issue, "part/move/"), move, follow=True)
    assert parts(issue) != before
    assert "Move it back" in page_text(moved)
    form = re.search(r"<form[^>]*data-move-undo>.*?</form>", moved.content.decode(), re.DOTALL)[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = console.post(address(issue, "part/move/"), fields, follow=True)
    assert parts(issue) == before
    assert "It is back in its old place." in page_text(answer)
    assert "Move it back" not in re.sub("<ol.*?</ol>", "", answer.content.decode(), flags=re.DOTALL)
    gone = console.get(address(issue, "") + "?file=issue.md&moved=x&back=%3Cscript%3E")
    assert "data-move-undo" not in gone.content.decode()


@pytest.mark.parametrize(
    ("kind", "after", "expected"),
    first([
        ("article", "news", ["news", "heat", "light", "sound", "dates", "fair"]),
        ("article", "light", ["news", "light", "heat", "sound", "dates", "fair"]),
        ("section", "light", ["news", "light", "sound", "heat", "dates", "fair"]),
        ("section", "fair", ["news", "light", "sound", "dates", "fair", "heat"]),
        ("article", "@opening", ["heat", "news", "light", "sound", "dates", "fair"]),
    ], 2),
)  # fmt: skip
def test_a_part_is_added_after_another_and_opened(console, issue, kind, after, expected):
    assert console.get(address(issue, "part/add/", after)).status_code == 200
    answer = console.post(address(issue, "part/add/"), {"file": FILE, "part": after, "kind": kind, "title": "Heat"})
    assert answer.headers["Location"] == address(issue, "part/", "heat")
    assert parts(issue)[3:] == expected
    assert 'id="id_title" name="title" value="Heat"' in console.get(answer.headers["Location"]).content.decode()


def test_an_added_part_needs_a_title_and_a_place(console, issue):
    body = {"file": FILE, "part": "light", "kind": "article", "title": " "}
    assert console.post(address(issue, "part/add/"), body).status_code == 422
    assert console.post(address(issue, "part/add/"), body | {"part": "gone", "title": "x"}).status_code == 422
    assert console.get(address(issue, "part/add/", "gone")).status_code == 404


def test_deleting_asks_first_and_refuses_a_text_that_changed(console, issue):
    page = console.get(address(issue, "part/delete/", "light"))
    assert "Delete “Light”?" in page_text(page)
    assert "{#light}" not in page_text(page), "the text is shown as readers see it"
    seen = base(issue, "light")
    edits.save_part(audit.system(), issue, FILE, "light", "## Light {#light}\n\ntheirs\n\n", seen)
    body = {"file": FILE, "part": "light", "base": seen}
    answer = console.post(address(issue, "part/delete/"), body)
    assert answer.status_code == 409
    assert "theirs" in page_text(answer)
    assert "light" in parts(issue)
    console.post(address(issue, "part/delete/"), body | {"base": base(issue, "light")})
    assert "light" not in parts(issue)
    assert "before something was deleted" in page_text(console.get(address(issue, "revisions/")))
    assert (
        console.post(address(issue, "part/delete/"), body | {"part": "@footer", "base": base(issue, "@footer")}).status_code
        == 422
    )
    assert console.get(address(issue, "part/delete/", "light")).status_code == 404


# -------------------------------------------------------------------------------------------------------------- writing
def test_a_part_is_opened_and_saved_by_a_plain_form(console, issue):
    page = console.get(address(issue, "part/", "light")).content.decode()
    assert fields(page) == {"file": FILE, "part": "light", "base": str(base(issue, "light")), "title": "Light", "text": "x"}
    chinese = console.get(address(issue, "part/", "light"), headers={"Accept-Language": "zh-CN"}).content.decode()
    for shown in (page, chinese):
        assert re.search(r'<textarea[^>]* lang="en"', shown), "the language of the text, not of the page"
    answer = save(console, issue, "light", base(issue, "light"), "new\r\nline", "New light")
    assert answer.headers["Location"] == address(issue, "part/", "light")
    assert text_of(issue, "light") == "## New light {#light}\n\nnew\nline\n\n"
    assert re.search(r"Saved \d\d:\d\d", page_text(console.get(answer.headers["Location"])))


@pytest.mark.parametrize("part", first(["@head", "@footer", "@opening", "news", "light", "fair"]))
def test_saving_what_was_opened_changes_nothing(console, issue, part):
    before = IssueEdit.objects.count()
    typed = fields(console.get(address(issue, "part/", part)).content.decode())
    assert console.post(address(issue, "part/"), typed).status_code == 302
    assert IssueEdit.objects.count() == before


def test_the_script_gets_the_new_number_and_the_time(console, issue):
    answer = save_by_script(console, issue, "light", base(issue, "light"), "new")
    assert answer.json()["base"] == base(issue, "light")
    assert re.fullmatch(r"Saved \d\d:\d\d", answer.json()["status"])
    again = save_by_script(console, issue, "light", answer.json()["base"], "newer")
    assert (again.status_code, text_of(issue, "light")) == (200, "## Light {#light}\n\nnewer\n\n")


def test_the_same_text_twice_is_no_conflict(console, issue):
    """The script repeats a request whose answer it did not get."""
    seen = base(issue, "light")
    first = save_by_script(console, issue, "light", seen, "new")
    second = save_by_script(console, issue, "light", seen, "new")
    assert first.json()["base"] == second.json()["base"] == base(issue, "light")


def test_headings_that_are_typed_become_parts_with_the_button_only(console, issue):
    text = "x\n\n## Heat\n\nz"
    answer = save_by_script(console, issue, "light", base(issue, "light"), text)
    assert "becomes a part of its own" in answer.json()["note"]
    save_by_script(console, issue, "light", base(issue, "light"), text + "z")
    assert parts(issue)[3:] == ["news", "light", "sound", "dates", "fair"]
    answer = save(console, issue, "light", base(issue, "light"), text + "z")
    assert parts(issue)[3:] == ["news", "light", "heat", "sound", "dates", "fair"]
    assert "The text is now several parts. New: “Heat”" in page_text(console.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("part", "title", "text", "reason"),
    [
        ("light", "  ", "x", "Enter a title"), ("@opening", None, " \n", "An empty text cannot be saved"),
        ("gone", "Light", "x", "does not exist any more"),
    ],
)  # fmt: skip
def test_a_refused_text_is_shown_again_and_called_safe(console, issue, part, title, text, reason):
    number = base(issue, part) if part != "gone" else 0
    answer = save(console, issue, part, number, text + HOSTILE if title == "Light" else text, title)
    assert answer.status_code == 422
    assert reason in page_text(answer)
    assert "Your text is still on this page." in page_text(answer)
    assert "<script>alert" not in answer.content.decode()
    typed = fields(answer.content.decode())
    assert typed["text"] in (text, text + HOSTILE)
    by_script = save_by_script(console, issue, part, number, text, title)
    assert by_script.status_code == 422
    assert reason in by_script.json()["status"]


def test_a_reader_sees_the_text_and_cannot_save_it(issue):
    client = Client()
    client.force_login(make_staff("reader", *[right for right in RIGHTS if right != "editorial.change_issuerecord"]))
    page = client.get(address(issue, "part/", "light")).content.decode()
    assert "readonly" in page
    assert "data-autosave" not in page
    assert "part/move/" not in client.get(address(issue, "")).content.decode()
    answer = save(client, issue, "light", base(issue, "light"), "mine")
    assert answer.status_code == 403
    assert fields(answer.content.decode())["text"] == "mine"
    assert text_of(issue, "light") == "## Light {#light}\n\nx\n\n"


@pytest.mark.soak
def test_an_outline_of_30_articles_needs_no_more_queries_than_one_of_three(console, issue):
    articles = "".join(f"\n## Article {number} {{#a-{number}}}\n\nx\n" for number in range(30))
    long = made("long-1", SOURCE + articles)
    console.get(address(issue, ""))
    with CaptureQueriesContext(connection) as few:
        console.get(address(issue, ""))
    with CaptureQueriesContext(connection) as many:
        assert console.get(address(long, "")).content.count(b"outline-article") == 33
    assert len(many) == len(few) <= 14
    with CaptureQueriesContext(connection) as of_part:
        console.get(address(long, "part/", "a-3"))
    assert len(of_part) <= 18


# ------------------------------------------------------------------------------------------------------------ conflicts
@pytest.fixture
def wei(db) -> Client:
    client = Client()
    client.force_login(make_staff("wei", *RIGHTS))
    return client


def test_the_second_of_two_texts_is_answered_with_both_and_the_differences(console, wei, issue):
    seen = base(issue, "light")
    save(wei, issue, "light", seen, "the doors open today\nsame and much more of it, so that most of it is alike")
    answer = save(
        console,
        issue,
        "light",
        seen,
        f"the doors close today\nsame and much more of it, so that most of it is alike\n{HOSTILE}",
        "Light!",
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert re.search(r"wei changed this text at \d\d:\d\d\.", page_text(answer))
    assert "it is still on this page" in page_text(answer)
    assert "<del>open</del><ins>close</ins>" in page
    assert "<script>alert" not in page
    assert (
        text_of(issue, "light")
        == "## Light {#light}\n\nthe doors open today\nsame and much more of it, so that most of it is alike\n\n"
    )
    merged = fields(page)
    assert merged["base"] == str(base(issue, "light"))
    assert merged["title"] == "Light!"
    assert console.post(address(issue, "part/"), merged | {"text": "both"}).status_code == 302
    assert text_of(issue, "light") == "## Light! {#light}\n\nboth\n\n"


def test_the_merged_text_has_the_changes_of_both(console, wei, issue):
    save(wei, issue, "light", base(issue, "light"), "one\ntwo\nthree")
    seen = base(issue, "light")
    save(wei, issue, "light", seen, "ONE\ntwo\nthree", "Their title")
    page = save(console, issue, "light", seen, "one\ntwo\nTHREE").content.decode()
    assert "Both of you changed different lines." in page
    assert fields(page) | {"base": ""} == {
        "file": FILE, "part": "light", "base": "", "title": "Their title", "text": "ONE\ntwo\nTHREE",
    }  # fmt: skip


def test_keeping_my_text_is_one_button(console, wei, issue):
    seen = base(issue, "light")
    save(wei, issue, "light", seen, "theirs")
    page = save(console, issue, "light", seen, "mine\r\n\r\nsecond").content.decode()
    form = re.search(r'<form method="post"[^>]*data-forget>(?:(?!</form>).)*Keep my text', page, re.DOTALL)[0]
    typed = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    assert console.post(address(issue, "part/"), typed).status_code == 302
    assert text_of(issue, "light") == "## Light {#light}\n\nmine\n\nsecond\n\n"


def test_the_script_is_told_of_a_conflict_in_words(console, wei, issue):
    seen = base(issue, "light")
    save(wei, issue, "light", seen, "theirs")
    answer = save_by_script(console, issue, "light", seen, "mine")
    assert answer.status_code == 409
    assert "wei changed this text" in answer.json()["status"]
    assert "Your text is still on this page." in answer.json()["status"]
    save(console, issue, "light", base(issue, "light"), "mine")
    assert "You changed this text in another window" in save_by_script(console, issue, "light", seen, "other").json()["status"]


def test_a_text_that_somebody_deleted_can_be_added_again(console, wei, issue):
    seen = base(issue, "light")
    wei.post(address(issue, "part/delete/"), {"file": FILE, "part": "light", "base": seen})
    answer = save(console, issue, "light", seen, "mine")
    assert answer.status_code == 409
    assert "wei deleted this text" in page_text(answer)
    form = re.search(r"<form[^>]*part/add/[^>]*>.*?</form>", answer.content.decode(), re.DOTALL)[0]
    typed = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    answer = console.post(address(issue, "part/add/"), typed)
    assert answer.status_code == 302
    assert parts(issue)[3:] == ["news", "sound", "dates", "fair", "light"]
    assert text_of(issue, "light") == "## Light {#light}\n\nmine\n\n"


def test_a_file_that_became_unreadable_is_one_text_in_the_conflict(console, wei, issue):
    seen = base(issue, "light")
    whole = issue_state.head(issue.pk).sources[FILE]
    edits.replace_source(
        audit.system(), issue, None, issue_state.of_sources({FILE: whole.replace("---\n", "", 1)}, {}), reason="push"
    )
    answer = save(console, issue, "light", seen, "mine")
    assert answer.status_code in (409, 422)
    assert "mine" in page_text(answer)


# ------------------------------------------------------------------------------------------------------------- presence
def test_others_are_named_with_the_part_that_they_edit(console, wei, issue):
    wei.get(address(issue, "part/", "light"))
    assert "wei is editing" in page_text(console.get(address(issue, "")))
    page = page_text(console.get(address(issue, "part/", "light")))
    assert "wei has this part open, too." in page
    answer = console.post(address(issue, "presence/"), {"file": FILE, "part": "sound", "base": base(issue, "sound")})
    assert answer.json() == {"here": ["wei is editing “Light”."], "changed": ""}


def test_the_page_learns_that_somebody_else_saved_a_newer_text(console, wei, issue):
    seen = base(issue, "light")
    body = {"file": FILE, "part": "light", "base": seen}
    save(console, issue, "light", seen, "mine")
    assert console.post(address(issue, "presence/"), body).json()["changed"] == ""
    save(wei, issue, "light", base(issue, "light"), "theirs")
    assert "wei changed this text at" in console.post(address(issue, "presence/"), body).json()["changed"]


def test_the_page_of_all_marks(console):
    page = page_text(console.get("/console/markup/"))
    assert "::: calendar" in page
    assert "{{ name or" in page


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_text_that_nobody_could_send_is_refused_and_safe_in_the_page(console, issue, accept):
    """Every saved text is kept for a month: an account could fill the disk."""
    answer = save(console, issue, "light", base(issue, "light"), "é" * 500_001, headers={"accept": accept})
    assert answer.status_code == 422
    message = answer.json()["status"] if accept == "application/json" else answer.content.decode()
    assert "The text is too long. An issue may have 120,000 characters. Your text is still on this page." in message
    assert "é" not in text_of(issue, "light")
    assert save(console, issue, "light", base(issue, "light"), "é" * 400_000).status_code == 302
    answer = save(console, issue, "sound", base(issue, "sound"), "é" * 200_000, "Sound")
    assert answer.status_code == 422, "the whole file counts"
    assert save(console, issue, "light", base(issue, "light"), "x").status_code == 302
