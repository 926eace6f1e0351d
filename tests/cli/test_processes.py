"""The installed command as a process: from another folder, with an empty environment, on a data directory with a blank in it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths
from tests.support.folders import folder_with_spaces
from tests.support.servers import MAJOR, SERVERS
from tests.support.variations import few
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120), pytest.mark.xdist_group("processes")]

ROOT = Path(__file__).resolve().parents[2]
MAILROOM = Path(sys.executable).with_name("mailroom")
PASSWORD = "correct horse battery\n"


class Installation:
    """A data directory of its own and a working directory elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.elsewhere = folder / "some where else"
        self.elsewhere.mkdir()
        self.data = folder / "data of ours"
        self.environment = {"MAILROOM_DATA_DIR": str(self.data), "MAILROOM_EMBEDDED_POSTGRES": MAJOR}
        self.servers = EmbeddedServers(EmbeddedPaths.of(self.data), major=MAJOR)

    def start(self, *arguments: str, **more) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more.pop("pipes", {})
        return subprocess.Popen(
            [MAILROOM, *arguments], cwd=self.elsewhere, env=self.environment | more, text=True, **pipes,
        )  # fmt: skip

    def run(self, *arguments: str, code: int = 0, **more) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **more)
        out, err = process.communicate("", timeout=90)
        assert process.returncode == code, err
        assert "Traceback" not in err
        return subprocess.CompletedProcess(arguments, code, out, err)

    def wait_for_question(self) -> subprocess.Popen[str]:
        """A command that is inside the house and waits for a line on its standard input."""
        process = self.start("staff", "add", "wei", "--email", "wei@cast.example", "--password-stdin")

        def inside() -> bool:
            assert process.poll() is None
            return self.servers.postgres_answers() and self._connected()

        wait_until(inside, 60)
        return process

    def _connected(self) -> bool:
        with self.servers.connect() as connection:
            counted = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mailroom'").fetchone()
        return bool(counted and counted[0])

    def stopped(self) -> bool:
        """Whether the servers are gone; those of a process that has just ended may take a moment."""
        wait_until(lambda: not self.servers.postgres_answers() and not self.servers.valkey_answers(), 60)
        return True


@pytest.fixture(scope="module")
def installation():
    with folder_with_spaces() as folder:
        installation = Installation(folder)
        yield installation
        installation.servers.stop()


@pytest.fixture(scope="module")
def used(installation):
    """Two commands at once on nothing: both start the servers, both migrate, both are done."""
    both = [installation.start("list", "create", slug, "--name", slug.title(), "--json") for slug in ("news", "press")]
    for process in both:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, err
        assert json.loads(out)["list"] in {"news", "press"}
    return installation


@pytest.mark.soak
def test_two_first_commands_at_once_start_the_servers_only_once(used):
    assert used.stopped(), "the last one out stops the servers"
    document = json.loads(used.run("list", "ls", "--json").stdout)
    assert [mailing_list["list"] for mailing_list in document["lists"]] == ["news", "press"]
    assert not list(used.elsewhere.iterdir())


@pytest.mark.soak
def test_a_file_is_imported_as_the_kind_that_is_named(used):
    (used.elsewhere / "bounces.csv").write_text("status,reason,email,created\n5.1.1,unknown,anna@example.org,1700000000\n")
    imported = used.run("subscriber", "import", "bounces.csv", "--from", "sendgrid-bounces", "--json")
    assert json.loads(imported.stdout)["suppressed"] == 1
    (used.elsewhere / "bounces.csv").unlink()


@pytest.mark.soak
def test_a_second_command_joins_the_servers_of_the_first(used):
    first = used.wait_for_question()
    used.run("list", "ls")
    assert used.servers.postgres_answers(), "the first still uses them"
    _, err = first.communicate(PASSWORD, timeout=60)
    assert first.returncode == 0, err
    assert used.stopped()


@pytest.mark.soak
def test_servers_left_by_a_killed_command_are_joined_and_stopped(used):
    killed = used.wait_for_question()
    killed.kill()
    killed.communicate()
    assert used.servers.postgres_answers(), "nobody was left to stop it"
    used.run("list", "show", "news")
    assert used.stopped()


@pytest.mark.soak
@pytest.mark.parametrize(("number", "code"), few((signal.SIGTERM, 143), soak=[(signal.SIGINT, 130)]))
def test_a_terminated_command_stops_the_servers_and_prints_nothing(used, number, code):
    waiting = used.wait_for_question()
    waiting.send_signal(number)
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out, err.strip()) == (code, "", "")
    assert used.stopped()


def test_a_closed_pipe_ends_the_command_quietly(installation):
    reading, writing = os.pipe()
    process = installation.start("system", "settings", pipes={"stdout": writing})
    os.close(reading)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


@pytest.mark.soak
def test_an_issue_needs_no_server_and_no_settings(installation):
    installation.run("issue", "new", "first")
    checked = installation.run("issue", "check", "first", MAILROOM_ATTEMPT_SIZE="wrong")
    assert "no errors" in checked.stdout
    installation.run("issue", "build", "first", "--to", "out", code=1, MAILROOM_ATTEMPT_SIZE="wrong")  # not to be sent yet
    assert (installation.elsewhere / "out" / "issue.html").is_file()
    for folder in ("first", "out"):
        subprocess.run(["rm", "-r", installation.elsewhere / folder], check=True)


def test_python_m_cli_is_the_same_command(installation):
    completed = subprocess.run(
        [sys.executable, "-m", "cli", "--version"], cwd=installation.elsewhere, env={}, capture_output=True, text=True
    )
    assert completed.stdout.startswith("mailroom, version")


@pytest.mark.soak
def test_the_sandbox_gets_its_arguments(installation):
    completed = installation.run("sandbox", "--help")
    assert "--webhook URL" in completed.stdout
    assert installation.run("sandbox", "--no-such", code=2)


@pytest.fixture
def given():
    """A database of the test run's server that nobody has migrated, made as docs/operations.md tells an administrator."""
    name = "given_to_the_cli"
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("## Database roles")[2]
    as_admin, in_database, *_ = re.findall(r"```sql\n(.*?)```", documented, re.DOTALL)
    with SERVERS.connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        for statement in as_admin.replace("DATABASE mailroom", f"DATABASE {name}").strip().splitlines():
            if "CREATE ROLE" not in statement:  # this server has them already
                connection.execute(statement.encode())
    with SERVERS.connect(name) as connection:
        connection.execute(in_database.replace("DATABASE mailroom", f"DATABASE {name}").encode())
    yield {
        "MAILROOM_DATABASE_URL": f"postgresql://mailroom_app@/{name}?host={SERVERS.paths.socket_dir!s}",
        "MAILROOM_BROKER_URL": SERVERS.paths.broker_url,
        "MAILROOM_SECRET_KEY": "s3cret" * 8,
        "MAILROOM_LINK_KEYS": "l1nkey" * 8,
    }
    with SERVERS.connect() as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.mark.soak
def test_a_database_of_your_own_is_migrated_only_on_request(installation, given):
    refused = installation.run("list", "ls", code=1, **given)
    assert "the database lacks" in refused.stderr
    assert "mailroom system migrate" in refused.stderr
    unwell = installation.run("system", "doctor", "--json", code=1, **given)
    assert {"schema"} == {check["check"] for check in json.loads(unwell.stdout)["checks"] if check["level"] == "fault"}
    forbidden = installation.run("system", "migrate", code=1, **given)
    assert "with the owner's MAILROOM_DATABASE_URL" in forbidden.stderr
    owner = given | {"MAILROOM_DATABASE_URL": given["MAILROOM_DATABASE_URL"].replace("mailroom_app", "mailroom_owner")}
    both = [installation.start("system", "migrate", "--json", **owner) for _ in range(2)]
    outputs = [process.communicate(timeout=90) for process in both]
    assert [process.returncode for process in both] == [0, 0], [errors for _, errors in outputs]
    applied = [len(json.loads(output)["applied"]) for output, _ in outputs]
    assert sorted(applied)[0] == 0 < sorted(applied)[1], "one applied them, the other waited"
    assert json.loads(installation.run("list", "ls", "--json", **given).stdout) == {"lists": []}
    with SERVERS.connect("given_to_the_cli") as connection:
        connection.execute("SET SESSION AUTHORIZATION mailroom_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE audit SET verb = ''")


def test_an_unreachable_database_is_reported_without_its_password(installation):
    away = {
        "MAILROOM_DATABASE_URL": "postgresql://wei:hunter2@127.0.0.1:1/news", "MAILROOM_BROKER_URL": "redis://127.0.0.1:1/0",
        "MAILROOM_SECRET_KEY": "s3cret" * 8, "MAILROOM_LINK_KEYS": "l1nkey" * 8,
    }  # fmt: skip
    refused = installation.run("list", "ls", code=1, **away)
    assert "cannot connect to PostgreSQL at 127.0.0.1:1/news" in refused.stderr
    assert "MAILROOM_DATABASE_URL" in refused.stderr
    assert "hunter2" not in refused.stderr
    unwell = json.loads(installation.run("system", "doctor", "--json", code=1, **away).stdout)
    assert {"database"} == {check["check"] for check in unwell["checks"] if check["level"] == "fault"}


def test_embedded_servers_that_cannot_start_get_a_message(installation, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    refused = installation.run("list", "ls", code=1, MAILROOM_DATA_DIR=str(blocked))
    assert str(blocked) in refused.stderr
    assert "bug in Mailroom" not in refused.stderr


@pytest.mark.soak
def test_the_documented_backup_of_the_embedded_database_restores_it():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page[page.index("### Back up the embedded database") : page.index("### After a restore")]
    (backup,), restore = (block.splitlines() for block in re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S))
    with folder_with_spaces() as folder:
        ours = Installation(folder)
        ours.run("list", "create", "kept", "--name", "Kept")
        ours.run(*backup.split()[1:])
        ours.run("list", "create", "later", "--name", "Later")
        for line in restore:
            ours.run(*line.split()[1:])
        assert [row["list"] for row in json.loads(ours.run("list", "ls", "--json").stdout)["lists"]] == ["kept"]
        ours.run("list", "create", "later", "--name", "Later")  # the application's role still has its rights
