"""The embedded servers in use: shared by several commands, killed, recovered, in a folder with a space in its name."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config.embedded.embedded_servers import EmbeddedError, EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths
from tests.support.folders import folder_with_spaces
from tests.support.servers import MAJOR
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]

JOIN = """
import sys, time
from pathlib import Path
from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths
servers = EmbeddedServers(EmbeddedPaths.of(Path(sys.argv[1])), major=sys.argv[2])
servers.join()
print("joined", flush=True)
sys.stdin.readline()
servers.leave()
print("left", flush=True)
"""


@pytest.fixture
def folder():
    with folder_with_spaces() as made:
        yield made


@pytest.fixture
def servers(folder):
    made = EmbeddedServers(EmbeddedPaths.of(folder / "data"), major=MAJOR, postgres_options=("fsync=off",))
    yield made
    made.leave()
    made.shut_down()


def start_user(servers: EmbeddedServers) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", JOIN, str(servers.paths.data_dir), MAJOR],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline().strip() == "joined"
    return process


def end_user(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


def postmaster(servers: EmbeddedServers) -> psutil.Process:
    return psutil.Process(int((servers.paths.postgres_dir(MAJOR) / "postmaster.pid").read_text().splitlines()[0]))


def ask(servers: EmbeddedServers, statement: str) -> object:
    with servers.connect("mailroom") as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


class Unprepared(EmbeddedServers):
    def prepare_database(self, name: str) -> None:
        raise EmbeddedError(f"{name} cannot be prepared")


@pytest.mark.soak
def test_a_start_that_fails_stops_what_it_started_and_nothing_else(servers):
    failing = Unprepared(servers.paths, major=MAJOR, postgres_options=("fsync=off",))
    with pytest.raises(EmbeddedError, match="cannot be prepared"):
        failing.join()
    assert servers.ended() == ["PostgreSQL", "Valkey"]
    servers.join()
    with pytest.raises(EmbeddedError, match="cannot be prepared"):
        failing.join()
    assert servers.ended() == []


def nothing_runs(servers: EmbeddedServers) -> bool:
    return not servers.postgres_answers() and not servers.valkey_answers()


def test_the_last_user_stops_the_servers_and_the_data_stays(servers):
    first, second = start_user(servers), start_user(servers)
    ask(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    end_user(first)
    assert servers.postgres_answers()
    assert servers.valkey_answers()
    end_user(second)
    assert nothing_runs(servers)
    servers.join()
    assert ask(servers, "SELECT answer FROM kept") == (42,)


@pytest.mark.soak
def test_ten_commands_at_once_share_one_pair_of_servers(servers):
    users = [
        subprocess.Popen(
            [sys.executable, "-c", JOIN, str(servers.paths.data_dir), MAJOR], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(10)
    ]  # fmt: skip
    assert [user.stdout.readline().strip() for user in users] == ["joined"] * 10
    for user in users:
        end_user(user)
    assert nothing_runs(servers)


@pytest.mark.soak
def test_a_killed_command_leaves_servers_that_the_next_one_adopts_and_stops(servers):
    killed = start_user(servers)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert servers.postgres_answers()
    before = postmaster(servers).pid
    servers.join()
    assert postmaster(servers).pid == before
    servers.leave()
    assert nothing_runs(servers)


@pytest.mark.soak
def test_killed_servers_are_recovered_with_their_data(servers):
    servers.join()
    ask(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    running = psutil.process_iter(["name", "cmdline"])
    broker = next(p for p in running if p.info["cmdline"] and str(servers.paths.valkey_socket) in " ".join(p.info["cmdline"]))
    broker.kill()
    postmaster(servers).kill()
    wait_until(lambda: nothing_runs(servers))
    servers.leave()
    servers.join()
    assert ask(servers, "SELECT answer FROM kept") == (42,)
    assert servers.valkey_answers()


@pytest.mark.soak
def test_a_pid_file_that_names_another_program_does_not_prevent_a_start(servers):
    servers.join()
    servers.leave()
    pid_file = servers.paths.postgres_dir(MAJOR) / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{servers.paths.postgres_dir(MAJOR)}\n0\n5432\n{servers.paths.socket_dir}\n\n\n")
    servers.join()
    assert servers.postgres_answers()


@pytest.mark.soak
def test_an_incomplete_cluster_is_created_again(servers):
    half = servers.paths.data_dir / f"postgres-{MAJOR}.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text(MAJOR)
    servers.join()
    assert servers.postgres_answers()
    assert not half.exists()


@pytest.mark.soak
def test_the_owner_of_the_data_may_put_its_folders_on_another_disk(servers):
    servers.join()
    servers.leave()
    for name in (f"postgres-{MAJOR}", "log", "valkey"):
        elsewhere = (servers.paths.data_dir / name).rename(servers.paths.data_dir.parent / f"other {name}")
        (servers.paths.data_dir / name).symlink_to(elsewhere)
    servers.paths.data_dir.parent.chmod(0o711)
    servers.join()
    assert servers.ended() == []
    assert servers.postgres_answers()


def test_sockets_are_private_and_short(servers):
    servers.join()
    assert servers.paths.socket_dir.stat().st_mode & 0o077 == 0
    assert len(str(servers.paths.valkey_socket)) < 100
    assert not [c for c in postmaster(servers).net_connections() if c.status == "LISTEN" and c.laddr and ":" in str(c.laddr)]


@pytest.mark.soak
@pytest.mark.skipif(os.getuid() != 0, reason="only root has to give way to another user")
def test_root_adds_only_the_right_to_pass_through_and_only_if_allowed(folder):
    closed = folder / "closed"
    closed.mkdir()
    folder.chmod(0o755)
    closed.chmod(0o700)
    servers = EmbeddedServers(EmbeddedPaths.of(closed / "data"), major=MAJOR, may_chmod=False)
    with pytest.raises(EmbeddedError, match="MAILROOM_EMBEDDED_CHMOD"):
        servers.join()
    assert closed.stat().st_mode & 0o777 == 0o700
    willing = EmbeddedServers(EmbeddedPaths.of(closed / "data"), major=MAJOR)
    willing.join()
    try:
        assert closed.stat().st_mode & 0o777 == 0o701
        assert any(str(closed) in notice for notice in willing.notices)
        assert postmaster(willing).username() == "mailroom"
    finally:
        willing.leave()


@pytest.mark.soak
def test_an_ordinary_user_needs_no_other_system_user(servers, folder):
    """As root, a forked copy of this process becomes an ordinary user first; otherwise we are one already."""
    servers.join()  # so that late imports happen now: the other user may not be able to read this Python
    servers.leave()
    folder = folder / "ordinary"
    folder.mkdir()
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    if os.getuid() == 0:
        for step in [folder, *folder.parents]:
            step.chmod(step.stat().st_mode | 0o001)
        os.chown(folder, account.pw_uid, account.pw_gid)
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            own = EmbeddedServers(EmbeddedPaths.of(folder / "data"), major=MAJOR)
            own.join()
            os.write(writable, postmaster(own).username().encode() + b" " + str(len(own.notices)).encode())
            own.leave()
            os.write(writable, b" stopped" if nothing_runs(own) else b" still running")
        except BaseException as error:
            os.write(writable, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writable)
    os.waitpid(child, 0)
    with os.fdopen(readable) as pipe:
        assert pipe.read() == f"{account.pw_name} 0 stopped"
