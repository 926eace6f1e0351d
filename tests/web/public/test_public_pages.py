"""Headers, cookies and policies of public pages; pictures, health checks, robots.txt and error pages."""

import re
from urllib.robotparser import RobotFileParser

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.test import Client
from kombu import Connection

from publication import audit
from publication.database import schema_sql
from subscribers import tokens
from subscribers.consent import subscriptions
from tests.support import archives
from tests.support.heartbeats import beaten
from tests.support.servers import SERVERS
from web.public import health_checks

pytestmark = pytest.mark.django_db

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
NAME = "laboratory-0123456789ab.png"


@pytest.fixture
def pages(campaign, reader) -> list[str]:
    asked = subscriptions.subscribe(audit.subscriber(), campaign.lists.get(), "new@people.example", consent="yes")
    return [
        "/", "/u/test", "/u/" + tokens.unsubscribe_token(reader.pk, campaign.pk), "/u/" + tokens.unsubscribe_token(reader.pk),
        "/c/" + tokens.confirm_token(asked.pk), "/u/nonsense", "/v/nonsense", "/c/nonsense",
    ]  # fmt: skip


def test_every_public_page_has_the_security_headers_and_no_cookie(client, pages):
    for page in pages:
        for answer in (client.get(page), client.head(page)):
            assert answer.headers["Content-Security-Policy"] == POLICY, page
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Robots-Tag"] == "noindex"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in answer.headers["Permissions-Policy"]
            assert not answer.cookies
            assert "Cookie" not in answer.headers.get("Vary", "")


def test_pages_load_nothing_from_other_servers_and_have_no_inline_code(client, pages):
    for page in pages:
        html = client.get(page).content.decode()
        assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", html), page
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", html), page


def test_hsts_is_sent_over_https_only(client, settings):
    assert "Strict-Transport-Security" not in client.get("/").headers
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert Client().get("/", secure=True).headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_pages_are_in_the_browsers_language(client):
    assert b'lang="zh-hans"' in client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).content
    english = client.get("/", headers={"Accept-Language": "es"})
    assert b'lang="en"' in english.content
    assert "Accept-Language" in english.headers["Vary"]


# ---------------------------------------------------------------------------------------------------------------- media
@pytest.fixture
def picture(settings, tmp_path) -> str:
    settings.MEDIA_ROOT = tmp_path / "media"
    default_storage.save(NAME, ContentFile(b"\x89PNG bytes"))
    (tmp_path / "secret-0123456789ab.png").write_bytes(b"outside")
    return f"/media/{NAME}"


def test_a_picture_is_served_for_ever(client, picture):
    answer = client.get(picture)
    assert b"".join(answer) == b"\x89PNG bytes"
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    head = client.head(picture)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    assert client.get(picture, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.post(picture).status_code == 405


@pytest.mark.parametrize(
    "name",
    ["../secret-0123456789ab.png", "..%2Fsecret-0123456789ab.png", "%2e%2e/secret-0123456789ab.png", "a-0123456789ab.svg",
     "missing-0123456789ab.png", "a-0123456789ab.png%00", "a-0123456789ab.png%0A", "", ".", "a/../" + NAME],
)  # fmt: skip
def test_only_names_of_pictures_are_served(client, picture, name):
    assert client.get(f"/media/{name}").status_code == 404


# --------------------------------------------------------------------------------------------------------------- health
def test_health_when_all_answers(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.post("/health").status_code == 405


def test_health_names_the_failing_part_without_details(client, monkeypatch):
    url = "redis://:hunter2@127.0.0.1:1/0"
    monkeypatch.setattr(health_checks.app, "connection_for_write", lambda: Connection(url))
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "failing": ["broker"]})
    assert b"hunter2" not in answer.content


def test_health_when_the_database_is_away(client, monkeypatch):
    def away() -> None:
        raise DatabaseError("password=hunter2")

    monkeypatch.setattr(schema_sql.connection, "ensure_connection", away, raising=False)
    for path in ("/health", "/health/processes"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (503, {"status": "failing", "failing": ["database"]})


def test_health_answers_under_any_host_and_other_pages_do_not(client, settings, caplog):
    settings.ALLOWED_HOSTS = ["news.example.org", settings.PUBLIC_HOST]
    for path, status in (("/health", 200), ("/health/live", 200), ("/health/processes", 503)):
        assert client.get(path, HTTP_HOST="192.0.2.7:8025").status_code == status
    assert not [record for record in caplog.records if record.name.startswith("django.security")]
    assert client.get("/", HTTP_HOST="192.0.2.7").status_code == 400


def test_missing_processes_are_named_to_monitoring_without_host_and_version(client):
    beaten("web", host="secret-host", version="7.7")
    beaten("sending", host="secret-host", version="7.7", silent_for=60)
    beaten("upkeep", host="secret-host", version="7.7", stopped=True)
    answer = client.get("/health/processes")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "missing": ["sending", "upkeep", "beat"]})
    for kind in ("sending", "upkeep", "beat"):
        beaten(kind)
    answer = client.get("/health/processes")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_health_recovers_as_soon_as_the_database_is_back(client):
    assert client.get("/health").status_code == 200
    with SERVERS.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    connection.close_if_unusable_or_obsolete()  # as each request begins, but for those of the test client
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("name", ["public.css", "archive.css", "console.css", "console.js", "icon.svg"])
def test_static_files_are_served(client, name):
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 200
    assert b"".join(answer)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/static/../config/settings.py").status_code == 404


def test_robots_txt_closes_the_site_by_default(client):
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.content == b"User-agent: *\nDisallow: /\n"


def test_robots_txt_opens_public_archives(client, settings):
    archives.open_list("quiet", "unlisted")
    assert b"Allow" not in client.get("/robots.txt").content
    archives.open_list()
    text = client.get("/robots.txt").content.decode()
    assert "Allow: /$" in text.splitlines(), "the front page alone; Python's parser does not know $"
    assert text.splitlines()[-1] == f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml"
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    # Python's parser takes the first rule that fits, search engines the longest: both must hold.
    assert rules.can_fetch("any", "/archive/news/")
    assert rules.can_fetch("any", "/media/a.png")
    assert not rules.can_fetch("any", "/u/token")
    assert not rules.can_fetch("any", "/console/")
    assert not rules.can_fetch("any", "/")


def test_the_front_page_links_to_public_archives(client):
    archives.open_list("quiet", "unlisted")
    closed = client.get("/")
    assert (b"/archive/" in closed.content, b"noindex" in closed.content) == (False, True)
    assert closed.headers["X-Robots-Tag"] == "noindex"
    archives.open_list()
    answer = client.get("/")
    page = answer.content.decode()
    assert ("noindex" in page, "X-Robots-Tag" in answer.headers) == (False, False)
    assert re.findall(r'href="(/archive/[^"]*)"', page) == ["/archive/news/"]


# --------------------------------------------------------------------------------------------------------- error pages
def test_404_and_400_have_a_page_of_their_own(client, settings):
    missing = client.get("/nothing/here")
    assert missing.status_code == 404
    assert b"public.css" in missing.content
    assert not missing.cookies
    strange = client.get("/", headers={"Host": "evil.example"})
    assert strange.status_code == 400
    assert b"public.css" in strange.content
    assert strange.headers["Content-Security-Policy"] == POLICY
