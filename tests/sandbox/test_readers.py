"""Readers follow the links of delivered mail by HTTP: people and seven kinds of scanners, and only links to this installation."""

import http.client
import http.server
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from sandbox.readers.mail_links import MailLinks, site_of
from sandbox.readers.scanners import FILTER_NETWORKS, KINDS
from tests.support.sandbox_process import SandboxProcess

LINKS = 6
YEAR = 365 * 86400.0


class Hit(NamedTuple):
    """A request that a site got."""

    method: str
    path: str
    headers: dict[str, str]


class Site:
    """An installation's web server: it answers each request with a redirect to another one."""

    def __init__(self, elsewhere: str = "http://127.0.0.1:9/") -> None:
        self.hits: list[Hit] = []
        outer = self

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._redirect()

            def do_HEAD(self) -> None:
                self._redirect()

            def _redirect(self) -> None:
                outer.hits.append(Hit(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(302)
                self.send_header("Location", elsewhere)
                self.end_headers()

            def do_POST(self) -> None:  # events, which nobody looks at
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(sandbox: Any, other_site: Site) -> Iterator[Site]:
    """The installation to which the sandbox posts events. It redirects to the other one."""
    site = Site(elsewhere=other_site.url)
    sandbox.webhook(url=site.url)
    yield site
    sandbox.readers(people=0.0, scanners={}, domains={}, speed=1.0, most_waiting=100_000)
    sandbox.webhook(url="")
    sandbox.reset()
    site.close()


def mail_to(write: Any, addresses: list[str], *urls: str) -> Any:
    """A mail to these people, whose links end in a value of each."""
    anchors = "".join(f'<p><a class="x" href="{url}">Read</a></p>' for url in urls)
    mail = write(*addresses, content=[{"type": "text/html", "value": f"<html><body>{anchors}</body></html>"}])
    for personalization in mail["personalizations"]:
        personalization["substitutions"] = {"-value-": personalization["to"][0]["email"].partition("@")[0]}
    return mail


def own_links(site: Site) -> list[str]:
    return [f"{site.url}/r/{number}/-value-?a=1&amp;b=2" for number in range(LINKS)]


def test_people_follow_links_of_their_own_mail_and_of_this_installation_only(
    sandbox: Any, site: Site, other_site: Site, send: Any, write: Any
) -> None:
    sandbox.readers(people=1.0)
    people = [f"person{number}@people.example" for number in range(30)]
    port = site.url.rpartition(":")[2]
    foreign = (
        f"{other_site.url}/r/1/-value-",
        f"http://localhost:{port}/",
        f"http://127.0.0.1:{port}@evil.example/",
        "https://x.example/",
    )
    send(mail_to(write, people, *foreign, *own_links(site)))
    sandbox.wait_for_events()
    sandbox.advance_clock(YEAR)
    state = sandbox.wait_for_readers()
    assert state["visits"] == len(site.hits) >= 30
    assert (state["failed_visits"], state["dropped_visits"], state["dropped_mails"], state["waiting_visits"]) == (0, 0, 0, 0)
    assert not other_site.hits, "neither a link to another address nor a redirect is followed"
    values = {hit.path.split("/")[3] for hit in site.hits}
    assert values == {f"person{number}?a=1&b=2" for number in range(30)}
    for hit in site.hits:
        assert hit.method == "GET"
        assert hit.headers["user-agent"].startswith("Mozilla/5.0 (")
        assert "text/html" in hit.headers["accept"]
        assert hit.headers["host"] == f"127.0.0.1:{port}"
        assert hit.headers["x-forwarded-for"]
    assert len({hit.headers["user-agent"] for hit in site.hits}) > 5


def test_each_kind_of_scanner_shows_itself_as_it_is_described(sandbox: Any, site: Site, send: Any, write: Any) -> None:
    sandbox.readers(domains={f"{kind}.test": kind for kind in KINDS})
    send(mail_to(write, ["nobody@people.example", *(f"{kind}@{kind}.test" for kind in KINDS)], *own_links(site)))
    sandbox.wait_for_events()
    sandbox.advance_clock(YEAR)
    sandbox.wait_for_readers()
    hits: dict[str, list[Hit]] = defaultdict(list)
    for hit in site.hits:
        hits[hit.path.split("/")[3].partition("?")[0]].append(hit)
    assert hits.keys() == KINDS.keys()
    for kind in ("microsoft", "slow"):
        assert len({hit.path for hit in hits[kind]}) == len(hits[kind]) == LINKS
    assert sorted(hit.method for hit in hits["head-first"]) == ["GET"] * LINKS + ["HEAD"] * LINKS
    assert not any(hit.headers["user-agent"].startswith("Mozilla") for hit in hits["library"])
    assert all(hit.headers["x-forwarded-for"].startswith(FILTER_NETWORKS) for hit in hits["known-network"])
    assert not any({"accept", "accept-language"} & hit.headers.keys() for hit in hits["bare"])
    assert len(hits["single"]) == 1


def test_scanners_belong_to_a_share_of_the_receiving_domains(sandbox: Any, site: Site, send: Any, write: Any) -> None:
    sandbox.readers(scanners={"library": 0.5})
    addresses = [f"{name}@domain{number}.test" for number in range(40) for name in ("ada", "grace")]
    send(mail_to(write, addresses, f"{site.url}/r/1/-value-/d"))
    sandbox.wait_for_events()
    sandbox.advance_clock(YEAR)
    visits = sandbox.wait_for_readers()["visits"]
    assert visits % 2 == 0, "all mail to a domain is scanned, or none"
    assert 20 <= visits <= 60


def test_visits_beyond_the_limit_are_dropped_and_counted(sandbox: Any, site: Site, send: Any, write: Any) -> None:
    sandbox.readers(domains={"people.example": "slow"}, most_waiting=3)
    send(mail_to(write, ["ada@people.example", "grace@people.example"], *own_links(site)))
    sandbox.wait_for_events()
    state = sandbox.wait_for_readers()
    assert (state["waiting_visits"], state["dropped_visits"]) == (3, 2 * LINKS - 3)


def test_readers_go_on_after_a_restart(tmp_path: Path, other_site: Site, write: Any) -> None:
    """What waited is drawn again, with the settings of the run before; nothing is visited twice."""
    arguments = ("--data", str(tmp_path), "--webhook", other_site.url, "--speed", "0")
    people = [f"person{number}@people.example" for number in range(30)]
    with SandboxProcess(*arguments, "--people", "1.0", "--reader-speed", "0.5") as sandbox:
        line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
        headers = {"Authorization": "Bearer SG.x", "Content-Type": "application/json"}
        line.request("POST", "/v3/mail/send", orjson.dumps(mail_to(write, people, *own_links(other_site))), headers)
        assert line.getresponse().status == 202
        line.close()
        sandbox.wait_for_events()
        sandbox.advance_clock(3600.0)
        before = sandbox.wait_for_readers()
        assert before["visits"] > 0
        assert before["waiting_visits"] > 0
    with SandboxProcess(*arguments) as again:
        again.wait_for_events()
        assert again.wait_for_readers()["settings"]["people"] == 1.0
        again.advance_clock(YEAR)
        after = again.wait_for_readers()
    assert before["visits"] + after["visits"] == before["visits"] + before["waiting_visits"] == len(other_site.hits)


@pytest.mark.parametrize(
    "wishes",
    [
        {"people": 1.5}, {"people": "many"}, {"pace": 1}, {"scanners": {"clever": 0.1}}, {"scanners": {"slow": 0.6, "bare": 0.6}},
        {"domains": {"x.example": "clever"}}, {"site": "http://example.com/"}, {"site": "https://127.0.0.1/"},
        {"site": "http://127.0.0.1@example.com/"}, {"site": "http://127.0.0.1.example.com/"},
    ],
)  # fmt: skip
def test_invalid_settings_of_readers_are_rejected(sandbox: Any, wishes: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.readers(**wishes)


def test_links_with_which_people_leave_are_not_among_those_they_follow() -> None:
    personalization = {"to": [{"email": "ada@people.example"}], "headers": {"List-Unsubscribe": "<http://127.0.0.1:8025/u/ada>"}}
    content = [{"type": "text/html", "value": "".join(f"<a href='http://127.0.0.1:8025/{path}/ada'>x</a>" for path in "ruv")}]
    links = MailLinks(orjson.dumps({"personalizations": [personalization], "content": content}), nested=False)
    site = site_of("http://127.0.0.1:8025/hooks")
    assert site == ("127.0.0.1", 8025)
    assert links.of(0, frozenset({site})) == ["http://127.0.0.1:8025/r/ada", "http://127.0.0.1:8025/v/ada"]
    assert links.of(0, frozenset()) == []
