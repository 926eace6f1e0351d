"""The pages of `mailroom issue preview`: the console's preview of a folder. These tests may not use the database."""

import re
from html import unescape

import pytest
from django.test import Client, override_settings

from config.pages import folder_preview
from tests.support.issues import FOR_SOME, for_some_readers
from tests.support.variations import first

VIEWS = ("designed", "dark", "no-pictures", "no-styles", "outlook")


@pytest.fixture
def folder(tmp_path):
    return for_some_readers(tmp_path / "april")


@pytest.fixture
def client(folder):
    with override_settings(**folder_preview.settings_of(folder)):
        yield Client(headers={"host": "127.0.0.1:8765"})


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def frame(client: Client, query: str = "") -> str:
    """The mail in the first frame of the page."""
    address = re.search(r'<iframe src="([^"]+)"', text(client.get(f"/en/{query}")))
    assert address
    return text(client.get(unescape(address[1])))


def test_the_page_has_the_policy_of_the_console_and_nothing_inline(client):
    answer = client.get("/en/")
    html = text(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", html)
    assert not re.search(r"<script(?![^>]*src=)", html)
    assert '<form method="post"' not in html
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        assert b"".join(client.get(address).streaming_content)


@pytest.mark.parametrize("view", VIEWS)
def test_a_mail_has_its_own_address_and_may_run_nothing(client, view):
    client.get("/en/")
    answer = client.get("/en/mail/", {"view": view})
    mail, policy = text(answer), answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-same-origin; default-src 'none'; ")
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert ("img-src 'none'" in policy) == (view == "no-pictures")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Madrid hosts the engineers" in mail
    assert "-mr_" not in mail
    assert "media.invalid" not in mail


def test_the_page_shows_mail_findings_with_their_lines_sizes_and_headers(client):
    html = text(client.get("/en/?sample=3"))
    assert "For 欧阳明月, news of April" in html
    assert "To correct before sending: 1" in html
    assert '<p class="to-part">issue.md:7:1</p>' in html
    assert "did you mean" not in html
    assert "List-Unsubscribe" in html
    assert "placeholder: the campaign sets the sender" in html
    assert "of 102 KB" in html
    assert "English, country = &quot;CN&quot; and interests = &quot;chemistry&quot;" in html
    assert "As a real subscriber" not in html


def test_readers_and_variants_can_be_chosen(client):
    assert "open to members in China" not in frame(client)
    mail = frame(client, "?sample=3")
    assert "Dear 欧阳明月" in mail
    assert "open to members in China" in mail
    assert "Only chemists read" in frame(client, "?variant=3")
    assert "Dear reader" in text(client.get("/en/?view=text"))
    assert client.get("/en/?person=1&sample=99&variant=x&view=nonsense").status_code == 200


def test_the_page_follows_the_folder(client, folder):
    seen = re.search(r'data-edit="(\d+)"', text(client.get("/en/")))[1]
    assert client.get("/en/live/", {"seen": seen}).status_code == 204
    (folder / "issue.md").write_text(FOR_SOME.replace("of April", "of spring"), encoding="utf-8")
    fresh = text(client.get("/en/live/", {"seen": seen}))
    assert "For you, news of spring" in fresh
    (folder / "issue.md").write_text(FOR_SOME.replace("subject:", "subjct:"), encoding="utf-8")
    broken = text(client.get("/en/live/"))
    assert "You see the last mail that could be composed." in broken
    assert "there is no key “subjct”" in broken
    assert "did you mean “subject”?" in broken
    assert "For you, news of spring" in broken


def test_a_folder_that_never_made_a_mail_shows_why(client, folder):
    (folder / "issue.md").unlink()
    html = text(client.get("/en/"))
    assert "create a starter issue with `mailroom issue new`" in html
    assert "<iframe" not in html
    assert client.get("/en/mail/").status_code == 404


def test_a_picture_is_found_by_its_name_in_the_mail_only(client, folder):
    address = re.search(r'src="(/en/pictures/[^"]+)"', frame(client))[1]
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.content != (folder / "images" / "pacifichem.jpg").read_bytes()
    for path in (
        "/en/pictures/pacifichem.jpg", "/en/pictures/..%2fissue.md", "/en/pictures//etc/passwd", "/en/issue.md",
        "/static/../issue.md", "/images/pacifichem.jpg", "/console/", "/en/mail/0",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("host", first(["evil.example", "evil.example:8765", "localhost.evil.example:8765", "[::1]:8765"]))
def test_a_foreign_host_name_gets_nothing(client, host):
    client.get("/en/")
    for path in ("/", "/en/", "/en/live/", "/en/mail/"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 400
        assert b"Madrid" not in answer.content


def test_localhost_is_this_machine(client):
    assert client.get("/en/", headers={"host": "LOCALHOST:8765"}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options", "trace"])
def test_nothing_can_be_changed(client, method):
    for path in ("/en/", "/en/live/", "/en/mail/", "/en/pictures/x"):
        answer = getattr(client, method)(path)
        assert answer.status_code in (200, 405)
        assert answer.status_code == 405 or (method == "options" and answer.content == b"")


def test_the_language_is_that_of_the_browser_or_of_the_address(client):
    assert client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}).headers["Location"] == "/zh-hans/"
    assert client.get("/", headers={"accept-language": "tlh"}).headers["Location"] == "/en/"
    html = text(client.get("/zh-hans/"))
    assert '<html lang="zh-hans">' in html
    assert "检查结果" in html
    assert 'href="/en/?"' in html
