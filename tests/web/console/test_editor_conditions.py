"""Conditions in words: building one for an article, a passage and a section in Chromium, and which fields are offered."""

import json

import pytest

from composer.issue import conditions
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication
from subscribers.addresses import key_of
from subscribers.attributes import schema
from subscribers.models import MailingList, Subscriber
from subscribers.people.attribute_samples import LEAST_PEOPLE, common_values
from subscribers.segments import segment_fields
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.web.console.test_rich_editor import body_of, write_light
from tests.web.console.test_writing_in_browser import FILE, Person, text_of
from tests.web.console.test_writing_in_browser import issue as issue
from web.console.issues.writing.typed_text import reader_fields

pytestmark = pytest.mark.django_db(transaction=True)
IN_BROWSER = [*MARKS]
MARKUP = "<img src=x onerror=alert(1)>"


def in_browser(test):
    for mark in IN_BROWSER:
        test = mark(test)
    return test


@pytest.fixture
def fields(issue) -> None:
    Publication.objects.update(attribute_schema={"role": {"type": "text", "label": MARKUP}, "member": {"type": "yesno"}})
    MailingList.objects.create(slug="news", name="CAST News")


def apply(person: Person, button: str = ".main") -> None:
    """Answer the dialog. What it answers is in the page once it is gone."""
    person.page.click(f"dialog {button}")
    person.page.wait_for_selector("dialog", state="detached")


def choose(page, row: int, field: str, relation: str, *values: str) -> None:
    group = page.locator(".condition-row").nth(row)
    group.locator("select").nth(0).select_option(field)
    group.locator("select").nth(1).select_option(relation)
    for value in values:
        group.locator(".condition-values select").select_option(label=value)


@in_browser
def test_a_condition_is_built_from_sentences_and_shown_in_words(live_server, browser, issue, fields):
    write_light(issue, "Text.")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    assert wei.page.inner_text(".audience-words") == "Everybody gets this article"
    wei.page.click(".audience-line button")
    choose(wei.page, 0, "country", "is", "China", "Japan")
    wei.page.click(".condition-add")
    choose(wei.page, 1, "member", "is-not", "Yes")
    apply(wei)
    assert wei.page.inner_text(".audience-words") == "Only for readers: Country is one of China, Japan, and Member is not Yes"
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    assert body_of(issue) == 'Only: country in ("CN", "JP") and member != True\n\nText.'
    wei.look_at()
    wei.page.click(".audience-line button")
    apply(wei, ".dialog-buttons button >> nth=-1")
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    assert body_of(issue) == "Text."
    assert not wei.faults


@pytest.mark.soak
@in_browser
def test_a_typed_value_and_an_unknown_one_make_a_condition_of_a_card(live_server, browser, issue, fields):
    write_light(issue, '::: only list = "news"\nText.\n:::')
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    assert wei.page.inner_text(".condition-words") == "Only for readers: List includes CAST News"
    wei.page.click(".editor-card-only .card-bar .plain")
    wei.page.locator(".condition-row select").nth(0).select_option("role")
    wei.page.fill(".condition-values input", 'chief "editor"')
    wei.page.click(".condition-add")
    wei.page.locator(".condition-joined select").select_option("or")
    wei.page.locator(".condition-row").nth(1).locator("select").nth(0).select_option("country")
    wei.page.locator(".condition-row").nth(1).locator("select").nth(1).select_option("unknown")
    apply(wei)
    assert wei.page.inner_text(".condition-words").endswith(f'{MARKUP} is chief "editor", or Country is not known')
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    assert body_of(issue) == '::: only role = "chief \\"editor\\"" or country = None\nText.\n:::'


@in_browser
def test_every_condition_of_the_grammar_is_read_and_written_alike(live_server, browser, issue):
    write_light(issue, "Text.")
    texts = [
        'country = "CN"', 'country != "CN"', 'language in ("en", "zh-Hans")', 'a not in ("x\\\\y", "say \\"so\\"") or b = None',
        "n = 12 and m != 3.5 and o in (1, -2)", "p = True or q != False", "r != None", 's = "中文，内容" and t = "and"',
    ]  # fmt: skip
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    for text in texts:
        assert str(conditions.parse(text)) == text
        again = wei.page.evaluate(
            """async (text) => {
              const source = document.querySelector("script[src*='rich-part']").src;
              const { read, write } = await import(new URL("./condition-text.js", source));
              return write(read(text));
            }""",
            text,
        )
        assert again == text
    for text in ("country", "country = ", 'a = "x" and b = "y" or c = "z"', "a in ()", "a = 'x'", "a ~ 1"):
        wei.page.evaluate("(text) => { window.given = text; }", text)
        assert wei.page.evaluate(
            """async () => {
              const source = document.querySelector("script[src*='rich-part']").src;
              const { read } = await import(new URL("./condition-text.js", source));
              return read(window.given) === null;
            }"""
        ), text


@pytest.mark.soak
@in_browser
def test_a_section_has_a_title_a_condition_and_its_marks(live_server, browser, issue, fields):
    source = HEAD + "\n# News {#news}\n\n<!-- check: is this one section? -->\n\n## Light {#light}\n\nText.\n"
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    wei = Person(browser, live_server.url, "wei")
    wei.write("news")
    assert "is this one section?" in wei.page.inner_text(".section-marks")
    wei.page.click(".audience-line button")
    choose(wei.page, 0, "language", "is", wei.page.evaluate("new Intl.DisplayNames(['en'], {type: 'language'}).of('zh-Hans')"))
    apply(wei)
    wei.page.fill("#id_title", "All news")
    wei.until_saved()
    text = text_of(issue, "news")
    assert text.startswith("# All news {#news}")
    assert 'Only: language = "zh-Hans"' in text
    assert "is this one section?" in text
    wei.page.click(".section-marks button")
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    assert "is this one" not in text_of(issue, "news")
    assert 'Only: language = "zh-Hans"' in text_of(issue, "news")
    assert not wei.faults


def test_a_section_with_text_of_its_own_is_edited_as_source(client, issue, django_user_model):
    source = HEAD + "\n# News {#news}\n\nText in no article.\n\n## Light {#light}\n\nText.\n"
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    client.force_login(django_user_model.objects.get(username="wei"))
    page = client.get(f"/console/issues/news-1/part/?file={FILE}&part=news").content.decode()
    assert "Text in no article." in page
    assert "data-section" not in page
    assert "part-document" not in page


def test_fields_have_lists_attributes_and_values_that_several_people_share(issue: IssueRecord, fields):
    for number in range(LEAST_PEOPLE + 1):
        role = "editor" if number < LEAST_PEOPLE else "only one person"
        Subscriber.objects.create(
            address=f"p{number}@example.org", address_key=key_of(f"p{number}@example.org"), attributes={"role": role}
        )
    assert common_values(schema()) == {"role": ("editor",)}
    by_name = {field["name"]: field for field in reader_fields()}
    assert by_name["role"]["values"] == [["editor", "editor"]]
    assert by_name["role"]["label"] == MARKUP
    assert by_name["list"]["values"] == [["news", "CAST News"]]
    assert by_name["member"]["type"] == "yesno"
    assert list(by_name)[:2] == ["country", "language"]
    assert "</script" not in json.dumps(list(by_name))
    not_offered = {"list_state"}  # a mail goes only to people whose subscription is confirmed
    compared_for_equality = {name for name, field in segment_fields.fixed("UTC").items() if "<" not in field.operators}
    assert compared_for_equality - by_name.keys() == not_offered


def test_fields_cost_a_fixed_number_of_queries(issue, fields, django_assert_num_queries):
    with django_assert_num_queries(3):
        reader_fields()
