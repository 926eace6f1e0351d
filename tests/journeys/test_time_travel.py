"""The database goes back in time while processes run: a standby is promoted, or a backup is restored.

The sandbox's ledger is the judge: nobody gets two mails, and everyone is accounted for. Uses its own servers, which it restarts.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.embedded.embedded_servers import EmbeddedServers, postgres_binaries
from config.embedded.server_paths import EmbeddedPaths
from config.processes.child_processes import python
from subscribers import tokens
from tests.support.folders import folder_with_spaces
from tests.support.processes import ROOT, Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.servers import MAJOR
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180), pytest.mark.soak]

RECIPIENTS, ATTEMPT_SIZE, SLOTS = 3000, 20, 4
NOTICED_WITHIN = 30.0  # about 2 s on an idle machine; each run prints its own


class Place:
    """An installation with its own servers, whose database can be replaced by an older state of itself."""

    def __init__(self, folder: Path, sandbox: SandboxProcess) -> None:
        self.folder = folder
        # As shipped, except for fsync: the machine does not fail here.
        self.servers = EmbeddedServers(EmbeddedPaths.of(folder), major=MAJOR, postgres_options=("fsync=off",))
        self.servers.join()
        socket = self.servers.paths.socket_dir
        self.processes = Processes(
            sandbox.url, [sandbox.public_key], MAILROOM_DATA_DIR=str(folder), MAILROOM_MARK_DIR=str(folder / "mark"),
            MAILROOM_DATABASE_URL=f"postgresql://mailroom@/mailroom?host={socket}&port=5432",
            MAILROOM_BROKER_URL=self.servers.paths.broker_url, MAILROOM_ATTEMPT_SIZE=str(ATTEMPT_SIZE),
        )  # fmt: skip

    def run(self, *arguments: object, code: int = 0) -> Any:
        """Run a command as staff type it; its JSON document."""
        return json.loads(self._command(*arguments, code=code).stdout)

    def refused(self, *arguments: object) -> str:
        """Run a command that must be refused; what it says."""
        return self._command(*arguments, code=1).stderr

    def _command(self, *arguments: object, code: int) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*python("-m", "cli"), *map(str, arguments), "--json"], cwd=ROOT, env=self.processes.environment,
            capture_output=True, text=True, check=False, timeout=90,
        )  # fmt: skip
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def prepare(self) -> None:
        """A list of RECIPIENTS people."""
        people = self.folder / "people.csv"
        people.write_text("email\n" + "".join(f"reader{n}@people.example\n" for n in range(RECIPIENTS)), encoding="utf-8")
        self.run("system", "migrate")
        self.run("list", "create", "news", "--name", "News")
        self.run("list", "archive", "news", "unlisted", "--yes")
        self.run("subscriber", "import", people, "--list", "news", "--consent", "a test")
        self.run("sender", "add", "news@cast.example", "--name", "News")
        self.run("publication", "set", "--postal-address", "1 Test Street")

    def create(self) -> int:
        """A draft to everyone; its id."""
        issue = ROOT / "examples" / "cast-2023-03"
        campaign = self.run("campaign", "create", "--issue", issue, "--list", "news", "--from", "news@cast.example")
        return int(campaign.get("campaign", campaign.get("id")))

    def launch(self) -> int:
        """Start a campaign to everyone; its id."""
        campaign_id = self.create()
        self.run("campaign", "send", campaign_id, "--yes")
        return campaign_id

    def start_processes(self) -> None:
        self.processes.start_upkeep()
        self.processes.start_beat()
        self.processes.start_sending(SLOTS)

    # -- the database ------------------------------------------------------------------------------------------------
    def ask(self, sql: str, *parameters: object) -> Any:
        with self.servers.connect("mailroom") as connection:
            row = connection.execute(sql.encode(), parameters).fetchone()
        return row[0] if row else None

    def attempts(self) -> int:
        return int(self.ask("SELECT count(*) FROM attempt"))

    def wait_for_attempts(self, number: int) -> None:
        try:
            wait_until(lambda: self.attempts() >= number, 60)
        except AssertionError:
            found = self.ask("SELECT json_agg(c) FROM (SELECT id, state, held_reason, held_detail FROM campaign) c")
            logs = "\n".join(self.processes.log(name)[-3000:] for name in ("sending", "upkeep"))
            raise AssertionError(f"{self.attempts()} attempts, not {number}: {found}\n{logs}") from None

    def state(self, campaign_id: int) -> str:
        return str(self.ask("SELECT state FROM campaign WHERE id = %s", campaign_id))

    def quarantined(self) -> bool:
        try:
            return self.ask("SELECT quarantined_at FROM publication") is not None
        except psycopg.OperationalError:
            return False  # it does not accept connections yet

    def copy(self, name: str, *more: str) -> Path:
        """A base backup of the running server."""
        folder = self.folder / name
        self.servers._make_private(folder, self.servers._server_account())
        binary = postgres_binaries(MAJOR) / "pg_basebackup"
        command = [binary, "-h", self.servers.paths.socket_dir, "-p", "5432", "-U", "mailroom", "-D", folder, "-c", "fast", *more]
        assert self.servers._run(command, log="basebackup.log").returncode == 0, self.servers._tail("basebackup.log")
        return folder

    def postgres(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs as its owner."""
        socket = self.servers.paths.socket_dir
        command = [postgres_binaries(MAJOR) / program, "-h", socket, "-p", "5432", "-U", "mailroom", *arguments]
        log = f"{program}.log"
        assert self.servers._run(command, log=log).returncode == 0, self.servers._tail(self.servers.paths.log_dir / log)

    def control(self, folder: Path, *command: object) -> None:
        whole = [postgres_binaries(MAJOR) / "pg_ctl", *command, "-D", folder, "-w", "-s"]
        assert self.servers._run(whole, log="postgres.log").returncode == 0, self.servers._tail("postgres.log")

    @property
    def database(self) -> Path:
        return self.servers._postgres_dir()

    def replace_by(self, folder: Path) -> None:
        """Kill the server at once; the contents of `folder` take its place and its address."""
        self.control(self.database, "stop", "-m", "immediate")
        self.database.rename(self.folder / "dead")
        folder.rename(self.database)
        self.servers._start_postgres()

    def end(self) -> None:
        for name in list(self.processes.running):
            self.processes.kill(name)
        self.servers.leave()


@contextmanager
def place(sandbox: SandboxProcess) -> Iterator[Place]:
    with folder_with_spaces() as folder:
        ours = Place(folder, sandbox)
        try:
            yield ours
        finally:
            ours.end()


@pytest.fixture
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess("--speed", "0.05") as running:
        running.faults("all: latency 0.2")
        yield running


def taken(sandbox: SandboxProcess) -> list[int]:
    """The subscribers whose mail the provider accepted, once for each mail."""
    found = (tokens.read("delivery", entry["custom_args"].get("mr_d", "")) for entry in sandbox.ledger())
    return [token.subject for token in found if token]


def notice(ours: Place) -> float:
    """Seconds from the moment that the database can be reached until it is in quarantine."""
    began = time.monotonic()
    wait_until(ours.quarantined, NOTICED_WITHIN, f"quarantine\n{ours.processes.log('sending')[-3000:]}", pause=0.02)
    return time.monotonic() - began


def go_on(ours: Place, campaign_id: int) -> None:
    ours.run("system", "lift-quarantine", "--reason", "looked through", "--yes")
    ours.run("campaign", "resume", campaign_id, "--yes")
    try:
        wait_until(lambda: ours.state(campaign_id) == "sent", 60, pause=0.2)
    except AssertionError:
        logs = "\n".join(ours.processes.log(name)[-4000:] for name in ("sending", "upkeep", "beat"))
        raise AssertionError(f"{ours.run('campaign', 'report', campaign_id)}\n{logs}") from None


def report_of(ours: Place, campaign_id: int) -> dict[str, Any]:
    report = ours.run("campaign", "report", campaign_id)
    assert report["balances"], report
    assert report["planned"] == report["claimed"] == report["in_flight"] == 0, report
    return dict(report)


def test_promoting_a_synchronous_standby_during_a_campaign_loses_nobody(sandbox):
    with place(sandbox) as ours:
        ours.prepare()
        campaign_id = ours.launch()
        standby = ours.copy("standby", "-R", "-X", "stream")
        socket = ours.servers.paths.socket_dir
        ours.control(
            standby,
            "start",
            "-o",
            f"-k '{socket}' -p 5433 -c listen_addresses='' -c max_connections=150 -c fsync=off",
            "-l",
            standby / "server.log",
        )
        try:
            with ours.servers.connect() as connection:
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                connection.execute("SELECT pg_reload_conf()")
            wait_until(lambda: ours.ask("SELECT sync_state FROM pg_stat_replication") == "sync", 60)
            ours.start_processes()
            ours.wait_for_attempts(40)
        finally:
            ours.control(standby, "stop", "-m", "fast")  # at the fail-over it has everything that was confirmed
        ours.replace_by(standby)
        time.sleep(1.0)  # a standby may be queried before its promotion, and the connection survives that
        ours.control(ours.database, "promote")
        seconds = notice(ours)
        before = ours.attempts()
        checked = ours.run("system", "restore-check", code=1)
        assert checked["intact"], checked
        assert "timeline" in checked["signs"][0]
        assert checked["compared"] > 0
        assert checked["campaigns"] == []
        assert ours.attempts() == before, "no gate commits in quarantine"
        go_on(ours, campaign_id)
        report = report_of(ours, campaign_id)
        people = taken(sandbox)
        assert len(people) == len(set(people)) == RECIPIENTS, "nobody got two mails and nobody is lost"
        assert report["accepted"] == RECIPIENTS
        print(
            {
                "noticed_within": round(seconds, 2),
                "attempts_before": before,
                "recipients": RECIPIENTS,
                "attempt_size": ATTEMPT_SIZE,
            }
        )


@pytest.mark.parametrize("events", ["come afterwards", "never come"])
def test_restoring_a_backup_during_a_campaign_mails_nobody_twice(sandbox, events):
    with place(sandbox) as ours:
        ours.prepare()
        campaign_id = ours.launch()
        if events == "come afterwards":
            ours.processes.start_web()
            sandbox.webhook(url=ours.processes.hook, hold=True)
        ours.start_processes()
        ours.wait_for_attempts(20)
        sandbox.faults("all: latency 2")  # so that the backup is taken early in the run, however slow the copy
        backup = ours.copy("backup", "-X", "stream")
        in_backup = ours.attempts()
        sandbox.faults("all: latency 0.2")
        ours.wait_for_attempts(in_backup + 60)
        ours.replace_by(backup)
        seconds = notice(ours)
        kept = ours.attempts()
        assert kept < in_backup + 60
        lost = len(taken(sandbox)) - kept * ATTEMPT_SIZE
        assert lost > 1000, "a restore that loses nothing proves nothing"
        checked = ours.run("system", "restore-check", code=1)
        assert not checked["intact"]
        assert checked["doubted"]
        [doubted] = checked["campaigns"]
        assert doubted["people"] >= RECIPIENTS - kept * ATTEMPT_SIZE
        assert ours.run("uncertain", "ls")["uncertain"] == doubted["people"]
        assert ours.attempts() == kept, "no gate commits in quarantine"
        settle(ours, sandbox, events, campaign_id)
        report = report_of(ours, campaign_id)
        people = taken(sandbox)
        assert len(people) == len(set(people)), "nobody got two mails"
        if events == "come afterwards":
            assert len(people) == report["accepted"] == RECIPIENTS, "nobody is lost"
        else:
            assert report["accepted"] + report["abandoned"] == RECIPIENTS
            assert report["abandoned"] == doubted["people"]
        print({"noticed_within": round(seconds, 2), "lost": lost, "uncertain": doubted["people"], "taken": len(people)})


def settle(ours: Place, sandbox: SandboxProcess, events: str, campaign_id: int) -> None:
    """By commands, as docs/operations.md describes: events prove some recipients, an operator decides about the rest."""
    everyone = ("uncertain", "settle", "--campaign", campaign_id, "--all", "--reason", "after the restore", "--yes")
    if events == "come afterwards":
        # The last requests from before are answered by now, and events name each person whose mail the provider accepted.
        sandbox.webhook(hold=False)
        sandbox.wait_for_events(60)
        wait_until(lambda: ours.ask("SELECT count(*) FROM event WHERE applied_at IS NULL") == 0, 30)
        wait_until(lambda: ours.ask("SELECT count(*) FROM provider_payload WHERE split_at IS NULL") == 0, 30)
        wait_until(lambda: ours.ask("SELECT count(*) FROM event WHERE applied_at IS NULL") == 0, 30)
        ours.run(*everyone, "--resend")
    else:
        ours.run(*everyone, "--abandon")
    go_on(ours, campaign_id)


def test_campaign_sent_after_the_dump_is_named_and_not_sent_again_unasked(sandbox):
    with place(sandbox) as ours:
        ours.prepare()
        folder = ours.folder / "dumps"
        ours.servers._make_private(folder, ours.servers._server_account())
        dump = folder / "mailroom.dump"
        ours.postgres("pg_dump", "-Fc", "-f", dump, "mailroom")
        campaign_id = ours.launch()
        ours.start_processes()
        wait_until(lambda: ours.state(campaign_id) == "sent", 90)
        for name in list(ours.processes.running):
            ours.processes.kill(name)
        ours.postgres("pg_restore", "--clean", "--if-exists", "-d", "mailroom", dump)

        checked = ours.run("system", "restore-check", code=1)
        [lost] = checked["lost_campaigns"]
        assert (lost["campaign"], lost["people"], lost["lists"]) == (campaign_id, RECIPIENTS, ["news"])
        assert checked["campaigns"] == []
        lift = ("system", "lift-quarantine", "--reason", "restored", "--yes")
        assert "3,000 people" in ours.refused(*lift)
        assert ours.run(*lift, "--already-sent", RECIPIENTS)["lifted"]

        again = ours.create()
        assert "3,000 people" in ours.refused("campaign", "send", again, "--yes")
        ours.start_processes()
        ours.run("campaign", "allow-repeat", again, "--people", RECIPIENTS)
        ours.run("campaign", "send", again, "--yes")
        wait_until(lambda: ours.state(again) == "sent", 90)
        people = taken(sandbox)
        assert (len(people), len(set(people))) == (2 * RECIPIENTS, RECIPIENTS)
