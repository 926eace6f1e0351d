"""The languages of an issue: side by side, adding, taking over, removing, and reading one beside the editor of another."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.editorial.sources.test_languages import FIRST, SECOND, SOURCE, head, save, texts
from tests.web.conftest import make_staff
from tests.web.console.test_issue_pages import HOSTILE, address, made, page_text

pytestmark = pytest.mark.django_db
ALL = ["light", "sound", "fair"]


@pytest.fixture
def issue(db) -> IssueRecord:
    return made("news-1", SOURCE)


def url(page: str = "") -> str:
    return f"/console/issues/news-1/languages/{page}"


def add(console: Client, articles=ALL, language: str = "zh-Hans", how: str = "empty"):
    return console.post(url("add/"), {"language": language, "article": articles, "how": how})


def page(console: Client, at: str) -> str:
    answer = console.get(at)
    assert answer.status_code == 200
    return answer.content.decode()


def translate_head(issue: IssueRecord) -> None:
    changes = {
        "CAST Newsletter": "科协通讯", "China Association for Science and Technology": "中国科协", "CAST is large": "中国科协很大",
        "Editor": "编辑",
    }  # fmt: skip
    for part in ("@head", "@credits", "@footer"):
        before = texts(issue, SECOND)[part]
        for old, new in changes.items():
            before = before.replace(old, new)
        save(issue, SECOND, part, before)


def words_of(shown: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", shown)).split())


def outline_rows(console: Client, issue: IssueRecord) -> list[tuple[str, str]]:
    """The parts that are opposite each other on the page of the issue; empty for a gap."""
    lists = re.findall(r'<ol class="outline".*?</ol>', page(console, address(issue, "")), re.DOTALL)
    first, second = (
        re.findall(r'<li class="outline-(?!frame)[^">]+"(?: id="part-[\w.-]+?md-([\w-]+)")?', rows) for rows in lists
    )
    return list(zip(first, second, strict=True))


def row(shown: str, part: str) -> str:
    return re.search(rf'<li class="language-[a-z]+" id="row-{part}">.*?</li>', shown, re.DOTALL)[0]


def test_an_issue_in_one_language_says_what_to_do(console, issue):
    shown = page(console, url())
    assert "This issue is only in English." in shown
    assert 'href="/console/issues/news-1/languages/add/"' in shown


def test_a_language_is_added_and_shown_beside_the_first(console, issue):
    shown = page(console, url("add/"))
    assert re.findall(r'name="article" value="(\w+)" checked', shown) == ALL
    assert '<option value="zh-Hans">Simplified Chinese</option>' in shown
    assert '<option value="en">' not in shown
    answer = add(console, ["light", "fair"])
    assert answer.headers["Location"] == url("?language=zh-Hans")
    shown = page(console, answer.headers["Location"])
    assert "Simplified Chinese is added." in page_text(console.get(url())) or "Simplified Chinese is added." in html.unescape(
        shown
    )
    assert "1 part is missing in Simplified Chinese." in shown
    assert "missing" in row(shown, "sound")
    assert "19 words" in row(shown, "light")
    assert "to check" in row(shown, "light")
    assert "8 parts in Simplified Chinese are still to be translated or checked." in shown
    assert "part=light&amp;beside=en" in row(shown, "light")
    assert "part=light&amp;beside=zh-Hans" in row(shown, "light")
    assert "News {#news}" not in shown


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"language": "x y"}, "“x y” is not a language."),
        ({"language": "en"}, "The issue has this language already: en."),
        ({"article": []}, "Choose at least one article."),
    ],
)
def test_a_refused_language_keeps_the_choices(console, issue, values, reason):
    answer = console.post(url("add/"), {"language": "de", "article": ["sound"], "how": "copy", **values})
    assert answer.status_code == 422
    assert reason in page_text(answer)
    assert 'value="copy" checked' in answer.content.decode()
    assert re.findall(r'name="article" value="(\w+)" checked', answer.content.decode()) == values.get("article", ["sound"])
    assert list(head(issue).files) == [FIRST]


def test_a_missing_article_is_added_empty_or_with_its_text(console, issue):
    add(console, ["fair"])
    assert [first for first, second in outline_rows(console, issue) if second != first] == ["news", "light", "sound"]
    for part, how in (("light", "empty"), ("sound", "copy")):
        answer = console.post(url("part/"), {"file": SECOND, "part": part, "how": how})
        assert answer.headers["Location"] == url(f"?language=zh-Hans#row-{part}")
    assert "opens" not in texts(issue)["light"]
    assert texts(issue)["sound"] == "## Sound {#sound}\n\n<!-- this is not translated yet -->\n\ny\n\n"
    answer = console.post(url("part/"), {"file": SECOND, "part": "nowhere"})
    assert answer.status_code == 422
    assert "This part does not exist any more." in page_text(answer)


def test_a_picture_is_taken_over_and_its_texts_are_asked_for(console, issue):
    add(console)
    save(issue, SECOND, "light", "## 光 {#light}\n\n一\n\n")
    shown = row(page(console, url()), "light")
    assert shown.count("This picture is only in the other language.") == 2
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', re.search(r"<form.*?</form>", shown, re.DOTALL)[0]))
    values.pop("csrfmiddlewaretoken", None)
    assert values == {
        "file": SECOND, "source": FIRST, "part": "light", "picture": "images/light.jpg", "caption": "The first light",
        "language": "zh-Hans",
    }  # fmt: skip
    assert console.post(url("picture/"), values).status_code == 302
    assert texts(issue)["light"] == (
        "## 光 {#light}\n\n一\n\n<!-- say what the picture shows, and write its caption: "
        "The first light -->\n\n![](images/light.jpg)\nCredit: CAST\n\n"
    )
    assert row(page(console, url()), "light").count("This picture is only in the other language.") == 1
    assert console.post(url("picture/"), values | {"picture": "images/none.jpg"}).status_code == 422


def test_what_changed_since_is_marked_and_shown_beside_the_editor(console, issue):
    add(console)
    save(issue, FIRST, "sound", "## Sound {#sound}\n\nA newer sentence.\n\n")
    shown = page(console, url())
    assert "1 part changed in English since." in shown
    assert "changed in English since" in row(shown, "sound")
    assert re.findall(r'outline-behind" href="([^"]+)"', page(console, address(issue, ""))) == [
        f"/console/issues/{issue.slug}/part/?file={SECOND}&amp;part=sound&amp;beside=en"
    ]
    beside = page(console, address(issue, "part/", "sound", SECOND) + "&beside=en")
    assert "What changed since this part was last edited here" in beside
    assert "<ins>A newer sentence.</ins>" in beside
    save(issue, SECOND, "sound", "## 声 {#sound}\n\n新\n\n")
    assert "changed in English since" not in row(page(console, url()), "sound")


def test_lists_and_tables_of_the_other_language_are_lists_and_tables(console, issue):
    lists = "3. one\n4. two\n\n   - **inner**\n\n> - quoted\n\n"
    tables = "Table: Lamps\n\n| Name | Watt |\n|---|---|\n| A & B | 2 |\n\n|  |  |\n|---|---|\n| x | y |\n\n"
    save(issue, FIRST, "sound", f"## Sound {{#sound}}\n\n{lists}{tables}")
    add(console)
    shown = page(console, address(issue, "part/", "sound", SECOND) + "&beside=en")
    beside = re.sub(r">\s+<", "><", re.search(r'<section class="text-beside.*?</section>', shown, re.DOTALL)[0])
    assert '<ol start="3"><li><p>one</p></li><li><p>two</p><ul><li><p>inner</p></li></ul></li></ol>' in beside
    assert "<ul><li><p>quoted</p></li></ul>" in beside
    row = "<tbody><tr><td>A &amp; B</td><td>2</td></tr></tbody>"
    assert f'<caption>Lamps</caption><thead><tr><th scope="col">Name</th><th scope="col">Watt</th></tr></thead>{row}' in beside
    assert '<table class="beside-table"><tbody><tr><td>x</td><td>y</td></tr></tbody></table>' in beside


def test_the_other_language_is_readable_beside_the_editor_and_stays_after_saving(console, issue):
    add(console)
    at = address(issue, "part/", "light", SECOND) + "&beside=en"
    shown = page(console, at)
    beside = html.unescape(re.search(r'<section class="text-beside.*?</section>', shown, re.DOTALL)[0])
    assert "<p>The light source opens.</p>" in beside
    assert "A bright disc" in beside
    assert "The first light" in beside
    assert "![" not in beside
    assert "data-issue-preview" not in shown
    assert 'part=sound&amp;beside=en" rel="next"' in shown
    body = {
        "file": SECOND,
        "part": "light",
        "base": head(issue).edits["text", SECOND, "light"],
        "title": "光",
        "text": "一",
        "beside": "en",
    }
    assert console.post(address(issue, "part/"), body).headers["Location"] == at
    subject = page(console, address(issue, "part/", "@head", SECOND) + "&beside=en")
    assert '<dt lang="en">Subject</dt>' in subject
    for odd in ("xx", "zh-Hans", "x" * 5000, HOSTILE):
        answer = console.get(address(issue, "part/"), {"file": SECOND, "part": "light", "beside": odd})
        assert answer.status_code == 200
        assert "text-beside" not in answer.content.decode()


def test_a_language_is_removed_and_can_be_restored(console, issue):
    add(console)
    shown = page(console, url("remove/?file=issue.zh-Hans.md"))
    number = re.search(r'name="head" value="(\d+)"', shown)[1]
    save(issue, SECOND, "sound", "## 声 {#sound}\n\n新\n\n")
    answer = console.post(url("remove/"), {"file": SECOND, "head": number})
    assert answer.status_code == 409
    assert "Nothing was removed." in page_text(answer)
    number = re.search(r'name="head" value="(\d+)"', answer.content.decode())[1]
    assert console.post(url("remove/"), {"file": SECOND, "head": number}).headers["Location"] == url()
    assert list(head(issue).files) == [FIRST]
    revision = issue.revisions.order_by("-number").first()
    assert SECOND in issue_state.at_edit(issue.pk, revision.edit).files
    assert console.post(url("remove/"), {"file": FIRST, "head": number}).status_code == 422
    for file in (FIRST, SECOND, "x"):
        assert console.get(url("remove/"), {"file": file}).status_code == 404


def test_people_who_may_only_read_see_no_buttons(console, issue):
    add(console, ["light"])
    reader = Client()
    reader.force_login(make_staff("reader", "editorial.view_issuerecord"))
    shown = page(reader, url())
    assert "languages/part/" not in shown
    assert "languages/remove/" not in shown
    assert "languages/add/" not in shown
    for at in ("add/", "remove/", "part/", "picture/"):
        assert reader.post(url(at), {"file": SECOND, "part": "sound"}).status_code == 403


@pytest.mark.soak
def test_the_page_needs_as_many_queries_for_many_parts_as_for_few(console, issue):
    add(console)
    page(console, url())
    with CaptureQueriesContext(connection) as few:
        page(console, url())
    more = "".join(f"## Article {number} {{#a-{number}}}\n\nx\n\n" for number in range(40))
    edits.add_part(audit.system(), issue, FIRST, more, "fair")
    add(console, [f"a-{number}" for number in range(40)], "de")
    for number in range(3):
        save(issue, FIRST, f"a-{number}", f"## New {{#a-{number}}}\n\nnew\n\n")
    page(console, url())  # it shows the message that a language was added
    with CaptureQueriesContext(connection) as many:
        shown = page(console, url("?language=de"))
    assert shown.count("changed in English since</a>") == 3
    assert len(many) <= len(few) + 1 <= 16


def test_odd_languages_show_the_first_other_one(console, issue):
    add(console)
    for odd in ("", "xx", "x" * 5000, HOSTILE):
        answer = console.get(url(), {"language": odd})
        assert answer.status_code == 200
        assert "9 parts in Simplified Chinese are still to be translated or checked." in page_text(answer)
    for part in ("@opening", "news", "light", "sound", "dates", "fair"):
        heading = "" if part == "@opening" else f"## 题 {{#{part}}}\n\n" if part in ALL else f"# 题 {{#{part}}}\n\n"
        save(issue, SECOND, part, f"{heading}文 ![a](images/light.jpg)\n\n![b](images/beam.jpg)\n\n![c](images/light.jpg)\n\n")
    translate_head(issue)
    assert "Simplified Chinese has every part, and is up to date." in page_text(console.get(url()))


def test_fields_that_are_still_in_the_first_language_are_marked_there_and_on_their_pages(console, issue):
    add(console)
    shown = page(console, url())
    still = "still in English"
    assert [part for part in ("@head", "@credits", "@footer", "@highlights") if still in row(shown, part)] == [
        "@head", "@credits", "@footer"
    ]  # fmt: skip
    assert "Name of the newsletter, Publisher" in words_of(row(shown, "@head"))
    assert "“Editor”" in row(shown, "@credits")
    assert "Number of the issue" not in row(shown, "@head")
    editor = page(console, address(issue, "part/", "@head", SECOND))
    assert re.findall(r'id="copied_(\w+)"', editor) == ["title", "organisation"]
    assert 'aria-describedby="hint_title copied_title"' in editor
    assert still in page(console, address(issue, "part/", "@credits", SECOND))
    assert still not in page(console, address(issue, "part/", "@head", FIRST))
    article = page(console, address(issue, "part/", "light", SECOND))
    assert "Title of the article" in re.search(r'<p class="untranslated">.*?</p>', article)[0]
    translate_head(issue)
    shown = page(console, url())
    assert not [part for part in ("@head", "@credits", "@footer") if still in row(shown, part)]
    assert still not in page(console, address(issue, "part/", "@head", SECOND))
