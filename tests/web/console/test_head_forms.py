"""The forms for the head, the highlights, the credits and the footer: plain form posts, without a script."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.sources import edits, issue_state
from publication import audit
from tests.support.variations import first
from tests.web.conftest import make_staff
from tests.web.console.test_issue_pages import FILE, HOSTILE, address, base, made, page_text, text_of

pytestmark = pytest.mark.django_db
SOURCE = """---
title: CAST Newsletter # the masthead
organisation: China Association
number: 2023-03
date: 2023-03-31
subject: New light on the sea
preheader: Five stories about light, and what else you should know about it
language: en
theme: journal
highlights:
- sound
- gone
credits:
- Editor: Ying Wenqi
- Designer: Zhang Shan
footer:
  about: CAST is large
  address: 3 Fuxing Road
---

# News

## Light {#light}

x

## Sound & more {#sound}

y
"""
HEAD = {
    "field-title": "CAST Newsletter", "field-organisation": "China Association", "field-tagline": "", "field-number": "2023-03",
    "field-date": "2023-03-31", "field-subject": "New light on the sea", "field-language": "en", "field-theme": "journal",
    "field-preheader": "Five stories about light, and what else you should know about it",
    "field-layout": "full", "field-lead": "",
}  # fmt: skip


@pytest.fixture
def issue(db) -> IssueRecord:
    return made("news-1", SOURCE)


def page(console: Client, issue: IssueRecord, part: str, more: str = "") -> str:
    answer = console.get(address(issue, "part/", part) + more)
    assert answer.status_code == 200
    return answer.content.decode()


def post(console: Client, issue: IssueRecord, part: str, values: dict, *, script: bool = False, at: int | None = None):
    body = {"file": FILE, "part": part, "base": base(issue, part) if at is None else at, "form": part.removeprefix("@"), **values}
    return console.post(address(issue, "part/"), body, **({"headers": {"Accept": "application/json"}} if script else {}))


def sent(text: str) -> dict[str, list[str]]:
    """What a browser would send of the form of a part."""
    form = re.search(r'<form[^>]*class="[^"]*writing.*?</form>', text, re.DOTALL)[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        if name is None or (('type="checkbox"' in tag or 'type="radio"' in tag) and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found.setdefault(name[1], []).append(html.unescape(value[1]) if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found.setdefault(name, []).append(html.unescape(value))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found.setdefault(name, []).append(re.search(r'value="([^"]*)" selected', options)[1])
    found.pop("csrfmiddlewaretoken")
    return found


@pytest.mark.parametrize("part", ["@head", "@highlights", "@credits", "@footer"])
def test_a_form_that_nobody_changed_changes_nothing(console, issue, part):
    before, number = text_of(issue, part), issue_state.head(issue.pk).number
    answer = console.post(address(issue, "part/"), sent(page(console, issue, part)))
    assert answer.status_code == 302
    assert text_of(issue, part) == before
    assert issue_state.head(issue.pk).number == number


def test_the_head_is_a_form_and_a_changed_value_changes_its_line(console, issue):
    shown = page(console, issue, "@head")
    assert {name: values for name, values in sent(shown).items() if name.startswith("field-")} == {
        name: [value] for name, value in HEAD.items()
    }
    assert re.search(r"<b data-now>64</b> characters; 70 to 130 are good", shown)
    assert '<option value="zh-Hans">Simplified Chinese</option>' in shown
    assert [name for name in ("bulletin", "cast", "journal", "plain") if f'name="field-theme" value="{name}"' in shown] == [
        "bulletin",
        "cast",
        "journal",
        "plain",
    ]
    answer = post(console, issue, "@head", HEAD | {"field-subject": 'For {{ name or "you" }}: light', "field-theme": "plain"})
    assert answer.headers["Location"] == address(issue, "part/", "@head")
    assert text_of(issue, "@head") == text_of(issue, "@head").replace("\r", "")
    text = text_of(issue, "@head")
    assert "subject: 'For {{ name or \"you\" }}: light'\n" in text
    assert "theme: plain\n" in text
    assert "title: CAST Newsletter # the masthead\n" in text


def test_a_script_saves_the_form_and_gets_the_number_of_the_edit(console, issue):
    answer = post(console, issue, "@footer", {"field-about": "a\r\nb", "field-address": "x", "field-website": ""}, script=True)
    assert answer.json()["base"] == base(issue, "@footer")
    assert answer.json()["note"] == ""
    assert text_of(issue, "@footer") == "footer:\n  about: |-\n    a\n    b\n  address: x\n---\n\n".replace(
        "|-\n    a\n    b", "'a\n\n    b'"
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"field-date": "31 March"}, "“31 March” is not a day."),
        ({"field-language": "not a tag"}, "“not a tag” is not a language."),
        ({"field-theme": "../x"}, "There is no design “../x”."),
        ({"field-subject": "a\u202eb"}, "“Subject” contains a control character"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(console, issue, values, reason):
    number = issue_state.head(issue.pk).number
    answer = post(console, issue, "@head", HEAD | {"field-tagline": HOSTILE} | values)
    assert answer.status_code == 422
    assert reason in page_text(answer)
    assert "Your text is still on this page." in page_text(answer)
    assert sent(answer.content.decode())["field-tagline"] == [HOSTILE]
    assert "<script>alert" not in answer.content.decode()
    assert post(console, issue, "@head", HEAD | values, script=True).status_code == 422
    assert issue_state.head(issue.pk).number == number


def test_highlights_are_chosen_and_moved(console, issue):
    shown = page(console, issue, "@highlights")
    assert sent(shown)["order"] == ["sound", "gone", "light"]
    assert sent(shown)["chosen"] == ["sound", "gone"]
    assert "not in the issue any more" in shown
    post(console, issue, "@highlights", {"order": ["sound", "gone", "light"], "chosen": ["sound", "light"]})
    assert text_of(issue, "@highlights") == "highlights:\n- sound\n- light\n"
    rows = {"order": ["sound", "light"], "chosen": ["sound", "light"]}
    post(console, issue, "@highlights", rows | {"step": "up:1"})
    assert text_of(issue, "@highlights") == "highlights:\n- light\n- sound\n"
    post(console, issue, "@highlights", {"order": ["light", "sound"]})
    assert text_of(issue, "@highlights") == "highlights: []\n"
    assert "chosen" not in sent(page(console, issue, "@highlights"))


def test_credits_are_added_moved_and_removed(console, issue):
    shown = sent(page(console, issue, "@credits"))
    assert (shown["role"], shown["name"]) == (["Editor", "Designer", ""], ["Ying Wenqi", "Zhang Shan", ""])
    rows = {"role": ["Editor", "Designer", "Proof: reader"], "name": ["Ying Wenqi", "Zhang Shan", HOSTILE]}
    post(console, issue, "@credits", rows | {"step": "add"})
    shown = page(console, issue, "@credits")
    assert sent(shown)["name"] == ["Ying Wenqi", "Zhang Shan", HOSTILE, ""]
    assert "<script>alert" not in shown
    post(console, issue, "@credits", rows | {"step": "up:2"})
    post(console, issue, "@credits", sent(page(console, issue, "@credits")) | {"step": "remove:0"})
    assert sent(page(console, issue, "@credits"))["role"] == ["Proof: reader", "Designer", ""]
    post(console, issue, "@credits", {"role": ["Editor", ""], "name": ["", ""]}, script=True)
    assert text_of(issue, "@credits") == "credits:\n- Editor: ''\n"


@pytest.mark.parametrize(
    "step", first(["up:0", "down:9", "remove:x", "remove:-1", "remove:²", "jump:1", ":", "up:" + "9" * 5000], 2), ids=lambda step: step[:9]
)  # fmt: skip
def test_odd_steps_save_the_rows_as_they_are(console, issue, step):
    rows = {"role": ["Editor", "Designer"], "name": ["Ying Wenqi", "Zhang Shan"], "step": step}
    assert post(console, issue, "@credits", rows).status_code == 302
    assert text_of(issue, "@credits") == "credits:\n- Editor: Ying Wenqi\n- Designer: Zhang Shan\n"


def test_lines_that_no_form_can_show_are_text_with_the_reason(console, issue):
    text = text_of(issue, "@footer").replace("footer:", "footer:\n  phone: 1")
    edits.save_part(audit.system(), issue, FILE, "@footer", text, base(issue, "@footer"))
    shown = page(console, issue, "@footer")
    assert 'name="form"' not in shown
    assert "These lines cannot be shown as a form. Line 2:" in html.unescape(shown)
    assert "phone: 1" in shown
    answer = post(console, issue, "@footer", {"field-about": "x"})
    assert answer.status_code == 422
    assert text_of(issue, "@footer") == text


def test_the_lines_can_be_edited_as_text_too(console, issue):
    shown = page(console, issue, "@credits", "&view=source")
    assert 'name="form"' not in shown
    text = sent(shown)["text"][0]
    assert text == "credits:\n- Editor: Ying Wenqi\n- Designer: Zhang Shan"
    answer = console.post(address(issue, "part/"), sent(shown) | {"text": text.replace("Ying", "Yin")})
    assert answer.headers["Location"].endswith("&view=source")
    assert "Yin Wenqi" in text_of(issue, "@credits")


def test_two_people_who_change_the_same_form_get_both_texts(console, issue):
    number = base(issue, "@head")
    post(console, issue, "@head", HEAD | {"field-subject": "The first one"})
    answer = post(console, issue, "@head", HEAD | {"field-subject": "The second one"}, at=number)
    assert answer.status_code == 409
    assert "The first one" in page_text(answer)
    assert "The second one" in page_text(answer)
    assert post(console, issue, "@head", HEAD | {"field-subject": "3"}, at=number, script=True).status_code == 409


def test_the_preview_shows_values_that_are_not_saved(console, issue, monkeypatch):
    monkeypatch.setattr(issue_preview, "SECONDS", 60.0)  # on a busy machine
    post(console, issue, "@highlights", {"order": ["sound"], "chosen": ["sound"]})  # the mail can be composed
    body = {"file": FILE, "part": "@head", "form": "head", **HEAD, "field-subject": "Nobody saved this subject yet"}
    answer = console.post(address(issue, "preview/live/"), body)
    assert "Nobody saved this subject yet" in page_text(answer)
    assert "Nobody saved this subject yet" not in text_of(issue, "@head")
    assert console.post(address(issue, "preview/live/"), body | {"field-date": "x"}).status_code == 404


def test_people_who_may_only_read_see_the_values_and_no_buttons(issue):
    reader = Client()
    reader.force_login(make_staff("reader", "editorial.view_issuerecord"))
    for part in ("@head", "@highlights", "@credits", "@footer"):
        shown = page(reader, issue, part)
        assert '<fieldset class="head-form" disabled' in shown
        assert '<button type="submit"' not in re.search(r'<form[^>]*class="[^"]*writing.*?</form>', shown, re.DOTALL)[0]
    assert post(reader, issue, "@head", HEAD | {"field-subject": "x"}).status_code == 403


def test_the_language_of_a_further_file_is_fixed_by_its_name(console, issue):
    chinese = SOURCE.replace("language: en", "language: zh-Hans").replace("subject: New light on the sea", "subject: 海上新光")
    state = issue_state.of_sources({FILE: SOURCE, "issue.zh-Hans.md": chinese}, {})
    edits.replace_source(audit.system(), issue, None, state, reason="import")
    shown = console.get(address(issue, "part/", "@head", "issue.zh-Hans.md")).content.decode()
    assert '<input type="hidden" name="field-language" value="zh-Hans">' in shown
    assert "{{ name or &quot;读者&quot; }}" in shown
    assert "<b data-now>8</b>" in shown
    assert '<option value="zh-Hans">' not in page(console, issue, "@head")


def test_the_page_of_a_form_needs_as_many_queries_as_that_of_a_text(console, issue):
    page(console, issue, "@head")
    counts = []
    for more in ("", "&view=source"):
        with CaptureQueriesContext(connection) as queries:
            page(console, issue, "@highlights", more)
        counts.append(len(queries))
    assert counts[0] <= counts[1] <= 16


def test_wrong_forms_are_refused(console, issue):
    for values in (
        {"form": "x", "text": ""},
        {"form": ["head"], "field-date": "\x01"},
        {"form": "credits"},
        {"form": "highlights"},
    ):
        body = {"file": FILE, "part": "@head", "base": base(issue, "@head"), **values}
        assert console.post(address(issue, "part/"), body).status_code == 422
    assert "title: CAST Newsletter # the masthead" in text_of(issue, "@head")


def test_an_article_that_is_not_in_the_list_is_marked_and_added_with_its_button(console, issue):
    shown = page(console, issue, "@highlights")
    assert "Some articles of the issue are not in this list" in shown
    [button] = re.findall(r"<button[^>]*data-choose[^>]*>", shown)
    assert ('name="chosen" value="light"' in button, "Add “Light” to the list" in button) == (True, True)
    post(console, issue, "@highlights", {"order": ["sound", "gone", "light"], "chosen": ["sound", "light"]})  # as the button does
    assert text_of(issue, "@highlights") == "highlights:\n- sound\n- light\n"
    shown = page(console, issue, "@highlights")
    assert "not in this list" not in shown
    assert "data-choose" not in shown


def test_without_a_list_no_article_is_missing_in_it(console, issue):
    post(console, issue, "@highlights", {"order": ["light", "sound"]})
    shown = page(console, issue, "@highlights")
    assert "If you choose none, all articles are listed." in shown
    assert "not in this list" not in shown


def test_highlights_and_credits_are_added_from_the_outline(console):
    issue = made(
        "news-2", SOURCE.replace("highlights:\n- sound\n- gone\ncredits:\n- Editor: Ying Wenqi\n- Designer: Zhang Shan\n", "")
    )
    assert "Choose highlights" in page_text(console.get(address(issue, "")))
    for kind in ("highlights", "credits"):
        answer = console.post(address(issue, "part/add/"), {"file": FILE, "part": "@head", "kind": kind})
        assert answer.headers["Location"] == address(issue, "part/", f"@{kind}")
        assert console.get(answer.headers["Location"]).status_code == 200
    assert "Choose highlights" not in page_text(console.get(address(issue, "")))
    answer = console.post(address(issue, "part/add/"), {"file": "issue.de.md", "part": "@head", "kind": "credits"})
    assert answer.status_code == 422
