"""The form of the footer: a row for each account, and the picture of the WeChat QR code. Plain form posts, without a script."""

import html
import re

import pytest

from editorial.models import IssueRecord
from editorial.sources import issue_state, pictures
from publication import audit
from tests.web.console.test_head_forms import SOURCE, page, post, sent
from tests.web.console.test_issue_pages import HOSTILE, address, made, page_text, text_of
from tests.web.console.test_issue_pictures import picture

pytestmark = pytest.mark.django_db
TEXTS = {"field-about": "CAST is large", "field-address": "3 Fuxing Road", "field-website": "", "field-email": ""}


@pytest.fixture
def issue(db) -> IssueRecord:
    record = made("news-1", SOURCE)
    pictures.add(audit.system(), record, [picture(size=(430, 430))], "code.png")
    pictures.add(audit.system(), record, [picture("red")], "light.png")
    return record


def save(console, issue: IssueRecord, *rows: tuple[str, str], **more: str):
    values = {"account": [name for name, _ in rows], "url": [url for _, url in rows], **TEXTS, "field-wechat": "", **more}
    return post(console, issue, "@footer", values)


def message(answer) -> str:
    return re.sub(r"\s+", " ", page_text(answer))


def test_accounts_are_rows_and_the_code_is_one_of_the_pictures(console, issue):
    shown = page(console, issue, "@footer")
    assert sent(shown)["account"] == sent(shown)["url"] == [""]
    assert sent(shown)["field-wechat"] == [""]
    assert re.findall(r'name="field-wechat" value="([^"]*)"', shown) == ["", "images/code.png", "images/light.png"]
    assert shown.count("/console/issues/news-1/pictures/") >= 3, "thumbnails, and the page on which pictures are added"
    rows = [("微博", "https://weibo.com/example"), ("", ""), (" LinkedIn ", "linkedin.com/company/example?a=1")]
    assert save(console, issue, *rows, **{"field-wechat": "images/code.png"}).status_code == 302
    assert text_of(issue, "@footer") == (
        "footer:\n  about: CAST is large\n  address: 3 Fuxing Road\n  social:\n  - 微博: https://weibo.com/example\n"
        "  - LinkedIn: https://linkedin.com/company/example?a=1\n  wechat: images/code.png\n---\n\n"
    )
    shown = page(console, issue, "@footer")
    assert sent(shown)["account"] == ["微博", "LinkedIn", ""]
    assert sent(shown)["field-wechat"] == ["images/code.png"]
    before = text_of(issue, "@footer")
    assert console.post(address(issue, "part/"), sent(shown)).status_code == 302
    assert text_of(issue, "@footer") == before


def test_rows_move_and_go_without_a_script(console, issue):
    weibo, x = ("微博", "https://weibo.com/a"), ("X", "https://x.com/a")
    save(console, issue, weibo, x, step="down:0")
    assert sent(page(console, issue, "@footer"))["account"] == ["X", "微博", ""]
    save(console, issue, x, weibo, step="remove:0")
    assert sent(page(console, issue, "@footer"))["account"] == ["微博", ""]


def test_a_form_without_the_rows_keeps_them(console, issue):
    save(console, issue, ("X", "https://x.com/a"))
    assert post(console, issue, "@footer", {**TEXTS, "field-email": "a@example.org"}).status_code == 302
    assert "  email: a@example.org\n  social:\n  - X: https://x.com/a\n" in text_of(issue, "@footer")


@pytest.mark.parametrize("typed", ["mailto:a@example.org", "javascript:alert(1)", "@example", "our page", "#one"])
def test_what_is_no_web_address_is_refused_in_words_and_stays_typed(console, issue, typed):
    before = text_of(issue, "@footer")
    answer = save(console, issue, ("X", typed))
    assert f"“{typed}” is not the address of a page. Write it like this: https://weibo.com/example." in html.unescape(
        message(answer)
    )
    assert sent(answer.content.decode())["url"] == [typed, ""]
    assert text_of(issue, "@footer") == before


def test_more_than_eight_accounts_are_refused(console, issue):
    rows = [(f"Account {number}", "https://x.com/a") for number in range(9)]
    assert "There are too many rows. Use at most 8." in message(save(console, issue, *rows))
    assert save(console, issue, *rows[:8]).status_code == 302
    shown = page(console, issue, "@footer")
    assert len(sent(shown)["account"]) == 8, "there is no empty row"
    assert 'data-most="8"' in shown
    assert " data-add disabled>" in shown
    save(console, issue, *rows[:6])
    assert " data-add>" in page(console, issue, "@footer")


def test_hostile_names_are_text(console, issue):
    assert save(console, issue, (HOSTILE, "https://x.com/?<script>alert(1)</script>")).status_code == 302
    shown = page(console, issue, "@footer")
    assert "<script>alert" not in shown
    assert sent(shown)["account"][0] == " ".join(HOSTILE.split())


def test_the_page_of_pictures_shows_that_the_code_is_used(console, issue):
    listed = page_text(console.get(address(issue, "pictures/")))
    assert "images/code.png Not used yet." in listed
    save(console, issue, **{"field-wechat": "images/code.png"})
    listed = page_text(console.get(address(issue, "pictures/")))
    assert "images/code.png Used in: Footer" in listed
    assert "images/light.png Not used yet." in listed


def test_a_code_that_is_not_in_the_issue_is_shown_as_such(console, issue):
    save(console, issue, **{"field-wechat": "images/code.png"})
    path, before = "images/code.png", issue_state.head(issue.pk).pictures["images/code.png"]
    pictures.remove(audit.system(), issue, path, before=before)
    shown = page(console, issue, "@footer")
    assert sent(shown)["field-wechat"] == [path]
    assert "code.png (not in the issue)" in shown
