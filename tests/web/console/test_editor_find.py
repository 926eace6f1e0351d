"""Find and replace: in the text in Chromium, and in the whole issue by a plain page."""

import html
import re

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from composer.issue.editing.text_search import MOST_PLACES, Hit, Search, can_replace, find_hits, replaced
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
from web.console.issues.writing import search_page

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/console/issues/news-1/search/"
MARKUP = "<script>alert(1)</script>"
SOURCE = HEAD + (
    "\n# Light news {#news}\n\n## Light {#light}\n\nThe **li**ght, see [light](https://example.org/light) of light.\n\n"
    "## Sound {#sound}\n\nNo hit. 光和光源\n\n![light of day](missing)\nCredit: Light House\n"
)


def part(text: str, name: str = "light") -> Part:
    return Part(name, text)


def hits(part: Part, search: Search) -> tuple[Hit, ...]:
    matches = find_hits(part, search, 1_000)
    assert matches.count == len(matches.shown)
    return matches.shown


# ---------------------------------------------------------------------------------------------------------------- pure
def test_words_are_found_in_text_across_marks_and_never_in_addresses_or_ids():
    light = part("## Light {#light}\n\nThe **li**ght, see [light](https://example.org/light) of {{ name }} *light*.\n")
    matches = hits(light, Search("light"))
    assert [hit.match for hit in matches] == ["Light", "light", "light", "light"]
    assert matches[1].before == "The " and matches[-1].after == "."  # noqa: PT018
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
    search = Search("Newsletter")
    assert can_replace(head, search, "Letter")
    changed = replaced(head, search, "Letter")
    assert changed.count("Letter") == len(hits(head, search)) > 0
    assert changed == head.text.replace("Newsletter", "Letter")
    assert not can_replace(head, search, "News: letter")
    assert not can_replace(head, Search("title"), '"')
    assert not can_replace(part("## Light {#light}\n\nx\n"), Search("Light"), "")


def test_only_values_that_readers_see_are_replaced_in_a_head():
    head = HEAD.replace("language: en", "language: en\ntheme: cast").replace(
        "\n  about:", "\n  website: https://cast.example\n  about:"
    )
    footer = next(part for part in split(head) if part.id == "@footer")
    cast = Search("CAST")
    for head_part in (split(head)[0], footer, part("credits:\n- CAST editor: Wei of CAST\n", "@credits")):
        assert can_replace(head_part, cast, "Academy")
        changed = replaced(head_part, cast, "Academy")
        assert changed.count("Academy") == len(hits(head_part, cast))
        for line in ("theme: cast\n", "language: en\n", "  website: https://cast.example\n"):
            assert (line in changed) == (line in head_part.text)
    assert "theme: cast" in replaced(split(head)[0], cast, "Academy")
    assert not hits(part("---\ntheme: aurora\nlanguage: zh-Hans\ndate: 2023-03-31\n", "@head"), Search("a"))
    assert not hits(part("highlights:\n- light\n", "@highlights"), Search("light"))


@pytest.mark.parametrize("word", ["null", "~", "yes", "true", "0x1F", "1e3", "007", "2023"])
def test_a_replacement_in_a_head_stays_text_whatever_yaml_means_by_it(word):
    for before in (
        part("---\ntitle: Light\nsubject: News # of light\n", "@head"),
        part("credits:\n- Light: Light\n", "@credits"),
    ):
        assert can_replace(before, Search("Light", match_case=True), word)
        changed = part(replaced(before, Search("Light", match_case=True), word), before.id)
        loaded = yaml.safe_load(changed.text.removeprefix("---"))
        assert (loaded["title"] if "title" in loaded else loaded["credits"]) in (word, [{word: word}])
        assert hits(changed, Search(word))
    assert not can_replace(part("---\ntitle: Light\n", "@head"), Search("Light"), "12:30")
    assert not can_replace(part("---\ntitle: Light\n", "@head"), Search("Light"), " ")
    assert not can_replace(part("---\ntitle: Light\nodd: &x y\n", "@head"), Search("Light"), "Sun")


def test_a_replacement_never_makes_a_mark_of_a_title():
    assert not can_replace(part("## Light {#light}\n\nx\n"), Search("Light"), "<!-- check: a -->")
    assert not can_replace(part("## A <!~ b {#light}\n\nx\n"), Search("~"), "--")
    text = replaced(part("## A {#light}\n\nLight\n"), Search("Light"), "<!-- check: a -->")
    assert text == "## A {#light}\n\n\\<!-- check: a --\\>\n"


def test_counting_stops_where_nobody_looks_any_more():
    many = part("## A {#a}\n\n" + "b" * 30_000 + "\n")
    matches = find_hits(many, Search("b"), 20)
    assert (matches.count, len(matches.shown), matches.more) == (MOST_PLACES, 20, True)
    exact = find_hits(part("## A {#a}\n\n" + "b" * MOST_PLACES + "\n"), Search("b"), 20)
    assert (exact.count, exact.more) == (MOST_PLACES, False)
    assert exact.growth(Search("b"), "字" * 200) == MOST_PLACES * 599
    assert exact.growth(Search("b"), "") == 0


def test_replacing_words_by_themselves_changes_no_example():
    for file in files():
        for part in split(file):
            for text in ("the", "a", "e", "的"):
                search = Search(text, match_case=True)
                if hits(part, search) and can_replace(part, search, text):
                    assert replaced(part, search, text) == part.text


# ------------------------------------------------------------------------------------------------------------ the page
@pytest.fixture
def written(issue, client, django_user_model) -> IssueRecord:
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
    client.force_login(django_user_model.objects.get(username="wei"))
    return issue


def keys(page: bytes) -> list[str]:
    return [html.unescape(piece.split('"')[0]) for piece in page.decode().split('name="chosen" value="')[1:]]


def test_the_page_lists_every_place_and_replaces_in_the_chosen_parts(client, written):
    before = text_of(written, "light")
    page = client.get(PAGE, {"words": "light", "replacement": "sun"})
    assert page.content.count(b"<mark>") == 8
    chosen = [key for key in keys(page.content) if "light" in key]
    answer = client.post(PAGE, {"words": "light", "replacement": "sun", "chosen": chosen}, follow=True)
    assert "Places that were replaced: 4." in answer.content.decode()
    assert text_of(written, "light") == "## sun {#light}\n\nThe **sun**, see [sun](https://example.org/light) of sun.\n\n"
    assert "light of day" in text_of(written, "sound")
    assert "chosen" not in answer.content.decode(), "what is left was left on purpose"
    undo = re.search(r'href="([^"]*restore/[^"]*)"', answer.content.decode())[1]
    restoring = client.get(html.unescape(undo)).content.decode()
    client.post(
        undo.split("?")[0], {"revision": undo.rpartition("=")[2], "head": re.search(r'name="head" value="(\d+)"', restoring)[1]}
    )
    assert text_of(written, "light") == before
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


def write(issue: IssueRecord, name: str, text: str) -> None:
    base = issue_state.head(issue.pk).edits["text", FILE, name]
    edits.save_part(audit.system(), issue, FILE, name, text, base)


def test_what_would_grow_too_much_is_refused_before_it_is_replaced(client, written, monkeypatch):
    monkeypatch.setattr(search_page, "replaced", lambda *_: pytest.fail("it was tried"))
    base = issue_state.head(written.pk).edits["text", FILE, "light"]
    for count, reason in ((50_000, "more than 10,000 times"), (9_000, "would become too long")):
        write(written, "light", "## Light {#light}\n\n" + "ø" * count + "\n\n")
        base = issue_state.head(written.pk).edits["text", FILE, "light"]
        form = {"words": "ø", "replacement": "字" * 200, "chosen": [f"{base}|{FILE}|light"]}
        page = client.get(PAGE, form).content.decode()
        assert reason in page
        assert not keys(page.encode())
        assert page.count("<mark>") == 20
        assert ("more than 10000 places" in page) == (count > 10_000)
        refused = client.post(PAGE, form)
        assert refused.status_code == 422
        assert reason in refused.content.decode()
        assert issue_state.head(written.pk).edits["text", FILE, "light"] == base


def test_parts_grow_only_until_their_file_is_full(client, written, monkeypatch):
    size = len(issue_state.head(written.pk).sources[FILE].encode())
    monkeypatch.setattr(search_page, "_LARGEST", size + 24)
    offered = keys(client.get(PAGE, {"words": "light", "replacement": "lightlights"}).content)
    chosen = [key for key in offered if key.endswith(("|light", "|sound"))]
    assert len(chosen) == 2
    answer = client.post(PAGE, {"words": "light", "replacement": "lightlights", "chosen": chosen})
    assert answer.status_code == 422
    assert "Places that were replaced: 4." in answer.content.decode()
    assert "would become too long" in answer.content.decode()


def test_a_part_that_is_chosen_many_times_is_changed_once(client, written, monkeypatch):
    saved = []
    save = edits.save_part
    monkeypatch.setattr(edits, "save_part", lambda *values, **named: saved.append(values[3]) or save(*values, **named))
    (key,) = [
        key for key in keys(client.get(PAGE, {"words": "light", "replacement": "x light"}).content) if key.endswith("|light")
    ]
    name = key.partition("|")[2]
    forged = [f"0|{name}", *[key] * 900]
    answer = client.post(PAGE, {"words": "light", "replacement": "x light", "chosen": forged}, follow=True)
    assert "Places that were replaced: 4." in answer.content.decode()
    assert saved == ["light"]


def test_words_with_markup_are_shown_as_text(client, written):
    state = issue_state.head(written.pk)
    text = f"## Sound {{#sound}}\n\n{MARKUP.replace('<', chr(92) + '<')} light\n\n"
    edits.save_part(audit.system(), written, FILE, "sound", text, state.edits["text", FILE, "sound"])
    for searched in (MARKUP, "light"):
        page = client.get(PAGE, {"words": searched, "replacement": MARKUP}).content.decode()
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
    wei.rich.cursor("The", "start")
    wei.page.keyboard.press("Control+f")
    wei.page.keyboard.type("light")
    assert wei.page.inner_text(".find-status") == "1 of 3"
    assert current(wei.page) == "light"
    wei.look_at()
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
