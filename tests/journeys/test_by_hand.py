"""Commands as an admin types them: `mailroom up` in a folder with a space in its name, other commands run from elsewhere."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psutil
import pytest

from tests.support.folders import folder_with_spaces
from tests.support.processes import free_port
from tests.support.servers import MAJOR
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
MAILROOM = Path(sys.executable).with_name("mailroom")


class House:
    """An installation with its own data directory; runs `mailroom up` and other commands."""

    def __init__(self, folder: Path) -> None:
        self.elsewhere = folder / "another working directory"
        self.elsewhere.mkdir(parents=True)
        self.port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "MAILROOM_DATA_DIR": str(folder / "the data"),
            "MAILROOM_BIND": f"127.0.0.1:{self.port}",
            "MAILROOM_ATTEMPT_SIZE": "20",
            "MAILROOM_EMBEDDED_POSTGRES": MAJOR,
        }
        self.running: subprocess.Popen[str] | None = None
        self.said: list[str] = []

    def up(self) -> None:
        self.running = subprocess.Popen(
            [MAILROOM, "up"],
            cwd=self.elsewhere,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for line in self.running.stdout:
            self.said.append(line)
            if "logs" in line:
                break
        wait_until(self.web_answers, 90, "".join(self.said))

    def web_answers(self) -> bool:
        try:
            return self.ask("GET", "/health")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            line.close()

    @property
    def inbox(self) -> str:
        return re.search(r"inbox\s+(http://\S+?)/\s", "".join(self.said))[1]

    def sandbox(self, path: str, content: object = None) -> dict:
        parts = urlsplit(self.inbox)
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        line.request("GET" if content is None else "POST", path, content and json.dumps(content))
        document = json.loads(line.getresponse().read())
        line.close()
        return document

    def command(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        run = subprocess.run(
            [MAILROOM, *map(str, arguments)],
            cwd=self.elsewhere,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == code, (arguments, run.stdout, run.stderr)
        assert "Traceback" not in run.stderr + run.stdout
        return run

    def document(self, *arguments: object, code: int = 0) -> dict:
        return json.loads(self.command(*arguments, "--json", code=code).stdout)

    def processes(self) -> list[psutil.Process]:
        return [p for p in psutil.process_iter() if self._is_ours(p)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("MAILROOM_DATA_DIR") == self.environment["MAILROOM_DATA_DIR"]
        except psutil.Error:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(how)
            self.running.wait(60)
        if self.running is not None:
            self.running.stdout.close()


@pytest.fixture
def house() -> Iterator[House]:
    with folder_with_spaces() as folder:
        made = House(folder)
        yield made
        made.stop()
        made.command("down")
        assert made.processes() == []


def prepare(house: House) -> int:
    house.command("sender", "add", "newsletter@cast.example", "--name", "CAST Newsletter")
    house.command("list", "create", "cast-newsletter", "--name", "CAST Newsletter")
    house.command("list", "archive", "cast-newsletter", "public", "--yes")
    imported = house.document(
        "subscriber", "import", ROOT / "examples" / "subscribers.csv", "--list", "cast-newsletter", "--consent", "sample",
        "--create-attributes",
    )  # fmt: skip
    assert imported["created_count" if "created_count" in imported else "created"] == 2000
    house.command("segment", "create", "engineering", 'interests = "engineering"')
    made = house.document(
        "campaign", "create", "--issue", ROOT / "examples" / "cast-2023-03", "--list", "cast-newsletter", "--segment", "engineering",
        "--from", "newsletter@cast.example",
    )  # fmt: skip
    return int(made.get("campaign") or made["id"])


def report(house: House, campaign: int) -> dict:
    found = house.document("campaign", "report", campaign)
    parts = ("planned", "claimed", "in_flight", "accepted", "skipped", "failed", "unknown", "held", "abandoned")
    facts = ("awaiting", "deferred", "delivered", "bounced", "dropped")
    assert found["recipients"] == sum(found[part] for part in parts)
    assert found["accepted"] == sum(found[fact] for fact in facts)
    return found


def answers_wrong_input_with_a_message(house: House) -> None:
    broken = house.elsewhere / "broken"
    broken.mkdir()
    (broken / "issue.md").write_text(
        "---\ntitel: CAST\ndate: 2023-13-01\n---\n\n## No section before\n\n[bad](javascript:x)\n", encoding="utf-8"
    )
    said = house.command("issue", "check", broken, code=1).stderr
    assert re.search(r"issue\.md:2\b.*title", said, re.S)
    assert re.search(r"issue\.md:3\b", said)
    house.command("list", "create", "news", "--name", "News")
    refused = house.elsewhere / "refused.csv"
    run = house.command(
        "subscriber", "import", ROOT / "examples" / "subscribers-with-faults.csv", "--list", "news", "--consent", "sample",
        "--create-attributes", "--refused", refused, code=1,
    )  # fmt: skip
    assert "24" in run.stdout + run.stderr
    assert len(refused.read_text(encoding="utf-8-sig").splitlines()) >= 14
    typo = house.command("segment", "check", 'langauge = "en"', code=1).stderr
    assert "language" in typo
    assert "^" in typo or "column" in typo
    assert "news" in house.command("list", "show", "newz", code=1).stderr
    assert "campaign" in house.command("campaign", "show", 999, code=1).stderr
    house.environment["MAILROOM_ATTEMPT_SIZE"] = "many"
    house.environment["MAILROOM_PUBLIC_URL"] = "http://news.example.org"
    said = house.command("list", "ls", code=1).stderr
    assert "MAILROOM_ATTEMPT_SIZE" in said
    assert "MAILROOM_PUBLIC_URL" in said
    house.environment |= {"MAILROOM_ATTEMPT_SIZE": "20"}
    del house.environment["MAILROOM_PUBLIC_URL"]
    assert house.command("campaign", "nonsense", code=2).stderr


@pytest.mark.soak
def test_issue_is_scheduled_in_shanghai_sent_read_and_unsubscribed_with_one_click(house):
    house.up()
    campaign = prepare(house)
    # A full minute, and late enough for a busy machine to give the command before it.
    at = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(seconds=80)).replace(second=0, microsecond=0)
    house.command("campaign", "schedule", campaign, "--at", at.strftime("%Y-%m-%d %H:%M"), "--zone", "Asia/Shanghai", "--yes")
    answers_wrong_input_with_a_message(house)  # meanwhile, because each command is quicker while the servers run
    wait_until(lambda: report(house, campaign)["state"] == "sent", 180, "sent when it was due", pause=1.0)
    requests = house.sandbox("/_sandbox/requests")["requests"]
    assert min(each["received_at"] for each in requests if each["attempt"]) >= at.timestamp()
    wait_until(lambda: report(house, campaign)["awaiting"] + report(house, campaign)["deferred"] == 0, 60, pause=1.0)
    done = report(house, campaign)
    assert done["accepted"] == done["recipients"] == 771
    assert done["hard"] > 0
    assert done["unknown"] == 0
    counts = house.sandbox("/_sandbox/counts?by=mr_d")
    # One mail more went to the sender, to confirm it.
    assert len(house.sandbox("/_sandbox/messages?to=newsletter@cast.example&limit=5")["messages"]) == 1
    assert (counts["distinct_recipients"], counts["duplicate_count"]) == (771 + 1, 0)
    messages = (
        house.sandbox("/_sandbox/messages?to=institute&limit=5")["messages"]
        or house.sandbox("/_sandbox/messages?limit=5")["messages"]
    )
    mail = house.sandbox(f"/_sandbox/messages/{messages[0]['id']}")
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(headers["list-unsubscribe"].strip("<>")).path
    assert house.ask("GET", path)[0] == 200
    assert report(house, campaign)["unsubscribed"] == 0
    status, answered, _ = house.ask("POST", path, "List-Unsubscribe=One-Click", Content_Type="application/x-www-form-urlencoded")
    assert status == 200
    assert "Set-Cookie" not in answered
    assert report(house, campaign)["unsubscribed"] == 1
    assert house.ask("GET", f"/u/{'A' * 36}")[0] == 404
    assert_closed_to_others(house, token=path.rpartition("/")[2])
    house.stop()
    assert house.running.returncode == 0
    assert house.processes() == [], "nothing is left running"


def assert_closed_to_others(house: House, token: str) -> None:
    """No other user can read a file of the data directory, and people who may read the logs find no link in them."""
    data = Path(house.environment["MAILROOM_DATA_DIR"])
    found = [path for path in data.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert found == []
    # If root runs this, the servers' own user must be able to enter its folders; nobody can list their contents.
    assert data.stat().st_mode & 0o077 == (0o011 if os.getuid() == 0 else 0)
    logs = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in data.glob("log/*")}
    assert "/u/***" in logs["web.log"]
    assert not [name for name, text in logs.items() if token in text or "A" * 36 in text]


@pytest.mark.soak
def test_campaign_is_finished_after_all_processes_were_killed(house):
    house.environment["MAILROOM_ATTEMPT_SIZE"] = "5"
    house.up()
    campaign = prepare(house)
    house.sandbox("/_sandbox/faults", {"faults": ["all: latency 2"]})
    house.command("campaign", "send", campaign, "--yes")
    wait_until(lambda: house.sandbox("/_sandbox/counts?by=mr_d")["distinct_recipients"] > 60, 60)
    for process in house.processes():
        # Do not kill the sandbox: its ledger is compared with the result. A killed provider is another test.
        if "sandbox" not in process.cmdline():
            process.kill()
    house.running.wait(60)
    house.running.stdout.close()
    sandbox_before = house.sandbox("/_sandbox/counts?by=mr_d")["distinct_recipients"]
    assert 0 < sandbox_before < 771, "it was killed in the middle"
    house.sandbox("/_sandbox/faults", {"faults": [], "replace": True})
    assert "Stopped" in house.command("down").stdout
    house.said.clear()
    house.up()
    wait_until(lambda: report(house, campaign)["state"] == "sent", 150, "the campaign ends", pause=1.0)
    ledger = house.sandbox("/_sandbox/counts?by=mr_d")
    assert ledger["duplicate_count"] == 0
    shown = house.document("campaign", "show", campaign)
    left = shown["not_accepted"]
    final = report(house, campaign)
    assert len(left) == final["recipients"] - final["accepted"]
    assert all(person["reason"] for person in left)
    taken = {entry["address"] for entry in house.sandbox("/_sandbox/ledger?since=0&limit=10000")["entries"]}
    taken.discard("newsletter@cast.example")  # a probe may have gone to the sender
    assert final["accepted"] <= len(taken) <= 771
