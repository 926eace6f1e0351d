"""The preview over real HTTP: what is at which address, to whom it is given, and that nothing can be changed or read beside it."""

from __future__ import annotations

import re
import shutil
import socket

import pytest
from babel.messages.mofile import write_mo

from cli.issue.preview import page_texts, preview_page
from tests.cli.issue.preview.conftest import ISSUE, Client, proof_after, write
from tests.web.translation_catalogue import CATALOGUES, read

VIEWS = ("designed", "dark", "no-pictures", "no-styles", "outlook", "sent")


def test_the_page_has_a_strict_policy_and_nothing_inline(client):
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", answer.text)
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", answer.text) == []
    for name in preview_page.ASSETS:
        assert client.get(f"/own/{name}").status == 200


@pytest.mark.parametrize("view", VIEWS)
def test_a_mail_stands_at_its_own_address_in_a_sandbox(client, view):
    answer = client.get(f"/mail/0/{view}")
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert ("img-src 'none'" in policy) == (view == "no-pictures")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "Madrid hosts the engineers" in answer.text
    assert "-mr_" not in answer.text
    assert "media.invalid" not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "[::1]:{port}"]
)
def test_a_foreign_host_name_gets_nothing(client, host):
    for path in ("/", "/sheet.json", "/mail/0/designed", "/changes"):
        answer = client.get(path, host=host.format(port=client.port))
        assert answer.status == 421
        assert b"Madrid" not in answer.body


def test_localhost_is_this_machine(client):
    assert client.get("/", host=f"localhost:{client.port}").status == 200
    assert client.get("/", host=f"LOCALHOST:{client.port}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(client, method):
    for path in ("/", "/sheet.json", "/mail/0/designed", "/changes", "/pictures/x", "/nothing"):
        answer = client.get(path, method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_head_has_the_headers_and_no_body(client):
    for path in ("/", "/sheet.json", "/mail/0/designed"):
        whole, head = client.get(path), client.get(path, "HEAD")
        assert head.body == b""
        assert head.headers["content-length"] == str(len(whole.body))


def test_only_composed_pictures_are_served(client, folder):
    shown = re.search(r'src="/pictures/([^"]+)"', client.get("/mail/0/designed").text)[1]
    answer = client.get(f"/pictures/{shown}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.body != (folder / "images" / "pacifichem.jpg").read_bytes()
    for path in (
        "/pictures/pacifichem.jpg", "/pictures/../issue.md", "/pictures/%2e%2e/issue.md", "/pictures/..%2fissue.md",
        "/pictures//etc/passwd", "/own/../../pyproject.toml", "/own/page.html.j2", "/own/%2e%2e/preview/page.html.j2", "/issue.md",
        "/mail/0/../../issue.md", "/own/preview.css/", "/own/", "/images/pacifichem.jpg",
    ):  # fmt: skip
        assert client.get(path).status == 404, path


@pytest.mark.parametrize(
    "path",
    [
        "/mail/99/designed", "/mail/0/nonsense", "/mail/-1/designed", "/mail/0/designed?finding=x", "/mail/0/designed?finding=99",
        "/sheet.json?variant=x", "/changes?after=x", "/nothing", "/mail/0/designed?variant=1e5", "/mail/٣/designed",
        "/sheet.json?" + "&".join(f"f.x{number}=1" for number in range(100)),
    ],
)  # fmt: skip
def test_nonsense_is_not_found(client, path):
    assert client.get(path.encode().decode("latin-1") if path.isascii() else "/mail/%D9%A3/designed").status == 404


def test_it_listens_on_loopback_only(preview):
    assert preview.server_address[0] == "127.0.0.1"
    assert preview.socket.family is socket.AF_INET
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in {other for other in others if not other.startswith("127.")}:
        with pytest.raises(OSError), socket.create_connection((address, preview.server_port), timeout=2):  # noqa: PT011
            pass


def test_the_sheet_tells_everything_beside_the_mail(client):
    sheet = client.sheet(name="Wei")
    mail = sheet["mail"]
    assert (sheet["stale"], sheet["faults"]) == (False, [])
    assert mail["inbox"] == {"from": "CAST Newsletter", "subject": "For Wei, news of April", "preheader": "Too short"}
    assert "Dear Wei" in mail["text"]
    assert mail["sizes"]["html"] > 5000
    assert mail["sizes"]["travelling"] > mail["sizes"]["html"]
    assert [each["id"] for each in mail["articles"]] == ["madrid-hosts-the-engineers", "a-portrait"]
    assert {"url": "http://english.cast.org.cn/", "words": "plain link"} in mail["links"]
    found = {finding["code"]: finding for finding in mail["findings"]}
    assert (found["editor-mark"]["level"], found["editor-mark"]["found"]) == ("error", "mail")
    assert (found["preheader-length"]["place"], found["preheader-length"]["found"]) == ("issue.md:7:1", "inbox")
    named = [line for line in found["preheader-length"]["lines"] if line["named"]]
    assert named == [{"number": 7, "text": "preheader: Too short", "named": True}]
    assert found["link-http"]["hint"]


def test_a_finding_is_marked_in_the_mail(client):
    findings = client.sheet()["mail"]["findings"]
    number = next(at for at, finding in enumerate(findings) if finding["code"] == "link-http")
    for view in VIEWS:
        marked = client.get(f"/mail/0/{view}", finding=str(number)).text
        assert re.search(r'<a id="mailroom-here"[^>]*>plain link</a>', marked), view
    assert "mailroom-here" not in client.get("/mail/0/designed").text


def test_an_article_is_marked_in_the_mail(client):
    assert re.search(
        r'<\w+ id="mailroom-here"[^>]*>.{0,300}A portrait', client.get("/mail/0/designed", article="a-portrait").text
    )
    assert "mailroom-here" not in client.get("/mail/0/designed", article="no-such").text


def test_a_change_is_told_and_shown_where_it_is(client, preview, folder):
    connection = socket.create_connection(("127.0.0.1", client.port), timeout=20)
    connection.sendall(f"GET /changes?after=1 HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
    first = preview.watcher.proof(patience=20)
    assert first.revision == 1
    write(folder, ISSUE.replace("at length", "at great length"))
    told = b""
    while b"data: 2\n\n" not in told:
        piece = connection.recv(1000)
        assert piece, told
        told += piece
    connection.close()
    assert b"text/event-stream" in told
    sheet = client.sheet()
    assert (sheet["revision"], sheet["mail"]["changed"]) == (2, True)
    marked = client.get("/mail/0/dark", changed="1").text
    assert re.search(r'id="mailroom-changed"[^>]*>Somebody is told about here, at great length', marked)


def test_while_there_are_errors_the_last_good_mail_stays(client, preview, folder):
    proof_after(preview, lambda: write(folder, ISSUE.replace("subject:", "subjct:")))
    sheet = client.sheet()
    assert sheet["stale"]
    fault = next(fault for fault in sheet["faults"] if fault["code"] == "key-unknown")
    assert (fault["place"], fault["message"], fault["hint"]) == (
        "issue.md:6:1",
        "there is no key “subjct”",
        "did you mean “subject”?",
    )
    assert [line["text"] for line in fault["lines"] if line["named"]] == ['subjct: For {{ name or "you" }}, news of April']
    assert sheet["mail"]["inbox"]["subject"] == "For you, news of April"
    assert client.get("/mail/0/designed").status == 200
    proof_after(preview, lambda: write(folder, ISSUE.replace("April", "spring")))
    sheet = client.sheet()
    assert (sheet["stale"], sheet["faults"]) == (False, [])
    assert sheet["mail"]["inbox"]["subject"] == "For you, news of spring"


def test_an_issue_that_never_made_a_mail_tells_why(start, folder):
    write(folder, "no head")
    preview = start(folder)
    client = Client(preview.server_port)
    sheet = client.sheet()
    assert (sheet["mail"], [fault["code"] for fault in sheet["faults"]][:1]) == (None, ["head-missing"])
    assert client.get("/mail/0/designed").status == 404
    assert client.get("/").status == 200


def test_pictures_languages_and_the_folder_itself_are_watched(client, preview, folder):
    chinese = ISSUE.replace("language: en", "language: zh-Hans").replace("Dear", "亲爱的")
    proof_after(preview, lambda: (folder / "issue.zh-Hans.md").write_text(chinese, encoding="utf-8"))
    assert client.sheet()["mail"]["languages"] == ["en", "zh-Hans"]
    before = client.sheet()["mail"]["digest"]
    other = preview.watcher.themes.parents[1] / "examples" / "cast-2023-03" / "images" / "spliceosome.jpg"
    proof_after(preview, lambda: shutil.copy(other, folder / "images" / "pacifichem.jpg"))
    assert client.sheet()["mail"]["digest"] != before
    proof_after(preview, lambda: shutil.rmtree(folder))
    sheet = client.sheet()
    assert (sheet["stale"], sheet["faults"][0]["code"]) == (True, "no-issue-file")


def test_the_theme_is_watched(start, folder, themes):
    preview = start(folder, themes)
    client = Client(preview.server_port)
    before = client.sheet()["mail"]["digest"]
    css = themes / "cast" / "theme.css"
    proof_after(
        preview, lambda: css.write_text(css.read_text(encoding="utf-8") + "h1 { letter-spacing: 9px; }\n", encoding="utf-8")
    )
    sheet = client.sheet()
    assert sheet["mail"]["digest"] != before
    assert not sheet["mail"]["changed"]
    proof_after(preview, lambda: css.write_text("h1 { color: url(x) }", encoding="utf-8"))
    sheet = client.sheet()
    fault = next(fault for fault in sheet["faults"] if fault["code"] == "theme-css")
    assert (sheet["stale"], fault["lines"][0]["text"]) == (True, "h1 { color: url(x) }")


def test_a_file_outside_that_a_fault_names_is_not_read(preview, tmp_path):
    from composer.errors import Finding

    own = tmp_path / "april" / "issue.md"
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    assert preview.watcher._read((Finding("template", file=str(tmp_path / "secret.txt")),)) == {}
    assert preview.watcher._read((Finding("template", file=str(own)),))[str(own)][0] == "---"


def test_the_page_speaks_chinese(client):
    assert '<html lang="zh-Hans">' in client.get("/", lang="zh-Hans").text
    assert "检查结果" in client.get("/", lang="zh-Hans").text
    assert '<html lang="en">' in client.get("/", lang="tlh").text


def test_the_chinese_page_shows_chinese_findings(client, monkeypatch, tmp_path):
    compiled = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as file:
        write_mo(file, read(CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    monkeypatch.setattr(page_texts, "CATALOGUES", tmp_path)

    def finding(language: str) -> dict[str, str]:
        found = client.sheet(lang=language)["mail"]["findings"]
        return next(each for each in found if each["code"] == "link-http")

    assert finding("en")["message"] == "the link “http://english.cast.org.cn/” is not encrypted"
    assert (finding("zh-Hans")["message"], finding("zh-Hans")["hint"]) == (
        "链接“http://english.cast.org.cn/”没有加密",
        "如果网站支持，请改用 https://",
    )
