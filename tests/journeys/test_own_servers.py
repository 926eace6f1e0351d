"""An installation on PostgreSQL and Redis of Debian's packages, in an empty folder: it comes up, and knows when a part is dead."""

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.system.sandbox_client import SandboxClient
from publication.heartbeats import BEAT, SENDING, UPKEEP
from tests.support.own_installation import PASSWORD, OwnInstallation
from tests.support.own_servers import ROOT, OwnServers, broker_binary, postgres_binaries
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.soak,
    pytest.mark.processes,
    pytest.mark.timeout(1500),
    pytest.mark.xdist_group("own servers"),
    pytest.mark.skipif(postgres_binaries() is None, reason="PostgreSQL 16 or newer of Debian's packages is not installed"),
    pytest.mark.skipif(broker_binary() is None, reason="neither redis-server nor valkey-server is installed"),
]
KNOWN_WITHIN = 30.0  # seconds
PEOPLE = 20_000
BATCH = 100
KILLS = 20
KILL_EVERY = 6.0  # seconds
SENDING_SECONDS = 180.0  # four batches are under way at once
NAMES = {"sending worker": SENDING, "upkeep worker": UPKEEP, "beat": BEAT}


@pytest.fixture(scope="module")
def installation() -> Iterator[OwnInstallation]:
    latency = f"every 1: latency {round(1000 * SENDING_SECONDS * 4 * BATCH / PEOPLE)}ms"
    with tempfile.TemporaryDirectory(prefix="mailroom-own-servers-") as name, SandboxProcess("--fault", latency) as sandbox:
        folder = Path(name)
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user
        with OwnServers(folder) as servers:
            made = OwnInstallation(folder, servers, sandbox, MAILROOM_ATTEMPT_SIZE=str(BATCH))
            made.servers, made.sandbox = servers, sandbox  # type: ignore[attr-defined]
            made.run("system", "migrate", MAILROOM_DATABASE_URL=servers.database_url("mailroom_owner"))
            try:
                for process in made.commands:
                    made.start(process)
                yield made
            finally:
                made.end()


@pytest.fixture(scope="module")
def campaigns(installation: OwnInstallation) -> list[int]:
    """A scheduled campaign and a draft to 20,000 people, and an account that sees them."""
    people = installation.folder / "people.csv"
    people.write_text("email\n" + "".join(f"reader{number}@cast.example\n" for number in range(PEOPLE)), encoding="utf-8")
    run = installation.run
    run("staff", "add", "wei", "--email", "wei@cast.example", "--superuser", "--password-stdin", given=f"{PASSWORD}\n")
    run("sender", "add", "news@cast.example", "--name", "CAST")
    run("list", "create", "news", "--name", "News")
    run("list", "archive", "news", "unlisted", "--yes")
    run("subscriber", "import", str(people), "--list", "news", "--consent", "made for a test")
    issue = str(ROOT / "examples" / "cast-2023-03")
    created = [run("campaign", "create", "--issue", issue, "--list", "news", "--from", "news@cast.example") for _ in range(2)]
    scheduled, draft = (document["campaign"] for document in created)
    in_a_month = datetime.now() + timedelta(days=30)
    run("campaign", "schedule", str(scheduled), "--at", f"{in_a_month:%Y-%m-%d %H:%M}", "--yes")
    return [scheduled, draft]


def test_every_process_comes_up_the_first_time(installation):
    installation.wait_until_all_are_alive(120)
    assert installation.endings == []
    assert installation.health("/health") == (200, {"status": "ok"})
    for name in installation.commands:
        assert "Traceback" not in installation.log(name)
    for name in ("web server", *NAMES, "versions"):
        assert installation.diagnosis(name)["level"] == "ok"


@pytest.mark.parametrize("how", ["killed", "stopped with SIGSTOP"])
@pytest.mark.parametrize("name", list(NAMES))
def test_a_dead_process_is_named_by_monitoring_doctor_and_campaign(installation, campaigns, name, how):
    installation.wait_until_all_are_alive()
    browser = installation.sign_in("wei")
    path = f"/console/campaigns/{campaigns[0]}/"
    assert "data-missing-processes" not in browser.page(path)
    if how == "killed":
        installation.kill(name)
    else:
        installation.pause(name)
    expected = (503, {"status": "failing", "missing": [NAMES[name]]})
    wait_until(lambda: installation.health() == expected, KNOWN_WITHIN, "monitoring names it", 0.2)
    shown = browser.page(path)
    assert f"{name} has been alive since" in shown or "has not been alive since" in shown
    assert "data-missing-processes" in shown
    assert installation.health("/health") == (200, {"status": "ok"}), "readers are still served"
    line = installation.diagnosis(name)
    assert line["level"] == "fault"
    assert line["found"].startswith(f"no {name}")
    assert "has been alive since" in line["found"]
    if how == "killed":
        installation.start(name)
    else:
        installation.resume(name)
    installation.wait_until_all_are_alive()
    assert "data-missing-processes" not in browser.page(path)


def test_a_web_server_that_was_stopped_with_sigstop_is_named_by_the_doctor(installation):
    installation.wait_until_all_are_alive()
    installation.pause("web")
    wait_until(lambda: installation.diagnosis("web server")["level"] == "fault", KNOWN_WITHIN, "the doctor names it")
    installation.resume("web")
    installation.wait_until_all_are_alive()


def test_a_broker_that_is_killed_twenty_times_doubles_and_loses_no_mail_and_ends_no_worker(installation, campaigns):
    installation.wait_until_all_are_alive()
    known = len(installation.endings)
    installation.run("campaign", "send", str(campaigns[1]), "--yes")
    report = lambda: installation.run("campaign", "report", str(campaigns[1]))  # noqa: E731
    wait_until(lambda: report()["accepted"] > 0, 120, "sending has begun", 1.0)
    for _ in range(KILLS):
        installation.servers.kill_broker()
        installation.servers.start_broker()
        until = time.monotonic() + KILL_EVERY
        while time.monotonic() < until:
            installation.supervise()
            time.sleep(0.2)
    assert 0 < report()["accepted"] < PEOPLE, "it was killed in mid-send"

    assert installation.health()[0] == 200, "workers in mid-send are alive"

    def is_sent() -> bool:
        installation.supervise()
        return bool(report()["state"] == "sent")

    wait_until(is_sent, 300, "the campaign is sent", 1.0)
    sent = SandboxClient(installation.sandbox.url).mails()
    mails = {address: count for address, count in sent.items() if address.startswith("reader")}  # not those to staff
    assert len(mails) == PEOPLE, "nobody was lost"
    assert max(mails.values()) == 1, "nobody got it twice"
    for name in installation.commands:
        assert "Traceback" not in installation.log(name)
    for ending in installation.endings[known:]:
        assert ending.code == 75, f"{ending.name} ended with {ending.code}"
        assert "consumer_deaf" in installation.log(ending.name)
    installation.wait_until_all_are_alive(KNOWN_WITHIN)
