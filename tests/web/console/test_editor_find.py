"""Find and replace: in the text in Chromium, and in the whole issue by a plain page."""

from __future__ import annotations

import html

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from composer.issue.editing.text_search import Search, can_replace, hits, replaced
from composer.issue.parts.splitting import Part, split
from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.web.conftest import make_staff
from tests.web.console.test_rich_editor import body_of, files, write_light
from tests.web.console.test_writing_in_browser import FILE, Person, text_of
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/console/issues/news-1/search/"
MARKUP = "<script>alert(1)</script>"
SOURCE = HEAD + (
    "\n# Light news {#news}\n\n## Light {#light}\n\nThe **li**ght, see [light](https://example.org/light) of light.\n\n"
    "## Sound {#sound}\n\nNo hit. 光和光源\n\n![light of day](missing)\nCredit: Light House\n"
)


def part(text: str, name: str = "light") -> Part:
    return Part(name, text)


# ---------------------------------------------------------------------------------------------------------------- pure
def test_words_are_found_in_text_across_marks_and_never_in_addresses_or_ids():
    light = part("## Light {#light}\n\nThe **li**ght, see [light](https://example.org/light) of {{ name }} *light*.\n")
    found = hits(light, Search("light"))
    assert [hit.found for hit in found] == ["Light", "light", "light", "light"]
    assert found[1].before == "The " and found[-1].after == "."  # noqa: PT018
    assert len(hits(light, Search("light", match_case=True))) == 3
    assert hits(light, Search("example.org")) == hits(light, Search("{#")) == ()


def test_a_replacement_is_text_and_keeps_marks_links_and_every_other_line():
    text = "## Light {#light}\n\nThe **li**ght, see [light](https://example.org/light).\n\n*  odd   item\n\n> light\n"
    assert replaced(part(text), Search("light"), "*sun*") == (
        "## *sun* {#light}\n\nThe **\\*sun\\***, see [\\*sun\\*](https://example.org/light).\n\n*  odd   item\n\n> \\*sun\\*\n"
    )
    assert replaced(part("x\n\nno\n", "@opening"), Search("no"), "") == "x\n"
    assert replaced(part("## A 光 {#a}\n\n光和光源\n"), Search("光"), "灯光") == "## A 灯光 {#a}\n\n灯光和灯光源\n"


def test_a_card_keeps_what_it_is_while_its_words_change():
    text = '## A {#a}\n\n![a light](light.jpg)\nCaption: of light\nCredit: light\n\n::: only country = "LIGHT"\nlight\n:::\n'
    changed = replaced(part(text), Search("light"), "sun")
    assert "![a sun](light.jpg)" in changed
    assert "Caption: of sun\nCredit: sun" in changed
    assert '::: only country = "LIGHT"\nsun\n:::' in changed


def test_values_of_the_head_are_replaced_but_not_with_characters_that_mean_something_there():
    head = split(HEAD)[0]
    found = Search("Newsletter")
    assert can_replace(head, found, "Letter")
    changed = replaced(head, found, "Letter")
    assert changed.count("Letter") == len(hits(head, found)) > 0
    assert changed == head.text.replace("Newsletter", "Letter")
    assert not can_replace(head, found, "News: letter")
    assert not can_replace(head, Search("title"), '"')
    assert not can_replace(part("## Light {#light}\n\nx\n"), Search("Light"), "")


def test_replacing_words_by_themselves_changes_no_example():
    for file in files():
        for each in split(file):
            for words in ("the", "a", "e", "的"):
                found = Search(words, match_case=True)
                if hits(each, found) and can_replace(each, found, words):
                    assert replaced(each, found, words) == each.text


# ------------------------------------------------------------------------------------------------------------ the page
@pytest.fixture
def written(issue, client, django_user_model) -> IssueRecord:
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
    client.force_login(django_user_model.objects.get(username="wei"))
    return issue


def keys(page: bytes) -> list[str]:
    return [html.unescape(each.split('"')[0]) for each in page.decode().split('name="chosen" value="')[1:]]


def test_the_page_lists_every_place_and_replaces_in_the_chosen_parts(client, written):
    page = client.get(PAGE, {"words": "light", "replacement": "sun"})
    assert page.content.count(b"<mark>") == 8
    chosen = [key for key in keys(page.content) if "light" in key]
    answer = client.post(PAGE, {"words": "light", "replacement": "sun", "chosen": chosen}, follow=True)
    assert "Places that were replaced: 4." in answer.content.decode()
    assert text_of(written, "light") == "## sun {#light}\n\nThe **sun**, see [sun](https://example.org/light) of sun.\n\n"
    assert "light of day" in text_of(written, "sound")
    assert IssueEdit.objects.filter(issue=written, part="light").order_by("number").last().actor.name == "wei"


def test_a_part_that_changed_meanwhile_is_not_touched(client, written):
    chosen = keys(client.get(PAGE, {"words": "light", "replacement": "sun"}).content)
    state = issue_state.head(written.pk)
    edits.save_part(
        audit.system(), written, FILE, "light", "## Light {#light}\n\nNew light.\n\n", state.edits["text", FILE, "light"]
    )
    answer = client.post(PAGE, {"words": "light", "replacement": "sun", "chosen": chosen})
    assert answer.status_code == 409
    assert "Somebody changed “Light”" in html.unescape(answer.content.decode())
    assert "New light." in text_of(written, "light")
    assert "sun of day" in text_of(written, "sound")


def test_a_form_without_parts_or_rights_changes_nothing(client, written, django_user_model):
    assert client.post(PAGE, {"words": "light", "replacement": "x"}).status_code == 422
    assert client.post(PAGE, {"words": "", "chosen": ["1|issue.md|light"]}).status_code == 422
    chosen = keys(client.get(PAGE, {"words": "light", "replacement": "x"}).content)
    assert client.post(PAGE, {"words": "light", "replacement": "", "chosen": chosen}).status_code == 422
    make_staff("reader", "editorial.view_issuerecord")
    client.force_login(django_user_model.objects.get(username="reader"))
    assert client.post(PAGE, {"words": "light", "replacement": "x", "chosen": chosen}).status_code == 403
    assert not keys(client.get(PAGE, {"words": "light", "replacement": "x"}).content)
    assert "light" in text_of(written, "light")


def test_words_with_markup_are_shown_as_text(client, written):
    state = issue_state.head(written.pk)
    text = f"## Sound {{#sound}}\n\n{MARKUP.replace('<', chr(92) + '<')} light\n\n"
    edits.save_part(audit.system(), written, FILE, "sound", text, state.edits["text", FILE, "sound"])
    for words in (MARKUP, "light"):
        page = client.get(PAGE, {"words": words, "replacement": MARKUP}).content.decode()
        assert MARKUP not in page
        assert html.escape(MARKUP) in page


def test_the_search_costs_the_same_for_every_issue(client, written):
    client.get(PAGE, {"words": "light"})
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE, {"words": "light"})
    more = SOURCE + "".join(f"\n## Light {number} {{#l-{number}}}\n\nlight\n" for number in range(30))
    edits.replace_source(audit.system(), written, None, issue_state.of_sources({FILE: more}, {}), reason="import")
    with CaptureQueriesContext(connection) as many:
        assert client.get(PAGE, {"words": "light"}).content.count(b"<mark>") == 68
    assert len(many) == len(few) <= 13


# ---------------------------------------------------------------------------------------------------------- the editor
def current(page) -> str:
    return page.evaluate("[...document.querySelectorAll('.find-match.is-current')].map((e) => e.textContent).join('')")


@pytest.mark.browser
@MARKS[1]
def test_the_editor_finds_steps_and_replaces(live_server, browser, issue):
    write_light(issue, "The **li**ght of Light.\n\n- light\n\n光和光源")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    wei.page.click(".rich-body p >> nth=0")
    wei.page.keyboard.press("Control+Home")
    wei.page.keyboard.press("Control+f")
    wei.page.keyboard.type("light")
    assert wei.page.inner_text(".find-status") == "1 of 3"
    assert current(wei.page) == "light"
    wei.look_at("find")
    wei.page.keyboard.press("Enter")
    assert (wei.page.inner_text(".find-status"), current(wei.page)) == ("2 of 3", "Light")
    wei.page.keyboard.press("Shift+Enter")
    wei.page.keyboard.press("Shift+Enter")
    assert wei.page.inner_text(".find-status") == "3 of 3"
    wei.page.check(".find-case input")
    assert wei.page.inner_text(".find-status").endswith("of 2")
    wei.page.uncheck(".find-case input")
    wei.page.fill(".find-line:nth-child(2) input", "sun")
    wei.page.click(".find-line:nth-child(2) button >> nth=1")
    assert wei.page.inner_text(".find-status") == "Replaced: 3"
    wei.page.fill(".find-line:nth-child(1) input", "光")
    assert wei.page.inner_text(".find-status").endswith("of 2")
    wei.page.fill(".find-line:nth-child(2) input", "灯")
    wei.page.click(".find-line:nth-child(2) button >> nth=0")
    wei.page.keyboard.press("Escape")
    assert wei.page.evaluate("document.activeElement.className").find("rich-body") > 0
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    assert body_of(issue) in ("The **sun** of sun.\n\n- sun\n\n灯和光源", "The **sun** of sun.\n\n- sun\n\n光和灯源")
    wei.page.keyboard.press("Control+z")
    wei.page.keyboard.press("Control+z")
    assert "The light of Light." in wei.page.inner_text(".rich-body")
    assert not wei.faults


@pytest.mark.browser
@MARKS[1]
def test_escape_and_the_way_to_the_whole_issue(live_server, browser, issue):
    write_light(issue, "(a+b) a\\*b")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    wei.page.click(".tool-search")
    wei.page.keyboard.type("(A+B)")
    assert wei.page.inner_text(".find-status") == "1 of 1"
    wei.page.click(".find-more a")
    wei.page.wait_for_url("**/search/?words=*")
    assert wei.page.inner_text(".search-hits mark") == "(a+b)"
    wei.look_at("search")
    assert not wei.faults
