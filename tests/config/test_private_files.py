"""Folders, files and logs that only their owner may read."""

import json
import logging
import os
import stat

import pytest
from django.core.exceptions import PermissionDenied

from cli import bootstrap
from config import log_masking, private_files
from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedError, EmbeddedPaths
from config.env import keep_secret, load
from config.processes import log_rotation


def mode(path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_new_files_are_readable_only_by_their_owner_whatever_the_umask(tmp_path):
    folder, log, report = tmp_path / "folder", tmp_path / "log", tmp_path / "report.csv"
    private_files.make_folder(folder)
    private_files.append(log).close()
    with private_files.create(report) as file:
        file.write("new")
    assert [mode(path) for path in (folder, log, report)] == [0o700, 0o600, 0o600]


def test_files_left_readable_by_an_older_version_are_made_private_before_writing(tmp_path):
    folder, old = tmp_path / "folder", tmp_path / "folder" / "old"
    folder.mkdir(mode=0o777)
    old.write_text("a much longer text of the last run", encoding="utf-8")
    with private_files.create(old) as file:
        assert mode(old) == 0o600
        file.write("new")
    assert old.read_text(encoding="utf-8") == "new"
    old.chmod(0o644)
    private_files.tighten(folder)
    assert (mode(folder), mode(old)) == (0o700, 0o600)


def test_a_planted_link_is_not_taken_for_a_private_folder(tmp_path):
    target, planted = tmp_path / "somebody's", tmp_path / "planted"
    target.mkdir(mode=0o755)
    planted.symlink_to(target)
    with pytest.raises(private_files.NotPrivateError, match="symbolic link"):
        private_files.make_folder(planted)
    assert mode(target) == 0o755
    log = tmp_path / "log"
    log.symlink_to(tmp_path / "passwd")
    with pytest.raises(OSError, match="symbolic links"):
        private_files.append(log)
    assert not (tmp_path / "passwd").exists()


def test_new_parent_folders_are_never_writable_by_others_whatever_the_umask(tmp_path):
    secret = tmp_path / "srv" / "news" / "data" / "secrets" / "key"
    private_files.make_folder(tmp_path / "a" / "b" / "c")
    assert keep_secret(secret) == keep_secret(secret)
    assert [mode(path) for path in (tmp_path / "a", tmp_path / "a" / "b", *secret.parents[1:4])] == [0o755] * 5
    assert (mode(secret.parent), mode(secret)) == (0o700, 0o600)


def test_a_command_closes_the_umask_before_it_makes_a_data_directory(tmp_path):
    bootstrap.embedded_servers(load({"MAILROOM_DATA_DIR": str(tmp_path / "data")}))
    assert os.umask(0) == 0o077
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("folder", "rights", "owner", "refusal"),
    [
        ("data", 0o777, None, "chmod go-w"),
        ("data", 0o770, None, "chmod go-w"),
        ("data/secrets", 0o1777, None, "chmod go-w"),
        ("data/secrets", 0o777, None, "chmod go-w"),
        ("data", 0o755, 65534, "belongs to another user"),
        ("data/secrets", 0o700, 65534, "belongs to another user"),
    ],
)
def test_a_data_directory_in_which_others_could_replace_files_is_refused(tmp_path, folder, rights, owner, refusal):
    if owner and os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    data = tmp_path / "data"
    (data / "secrets").mkdir(parents=True, mode=0o700)
    data.chmod(0o1777)  # the sticky bit keeps others from renaming
    (data / "secrets").chmod(0o700)
    keep_secret(data / "secrets" / "secret_key")
    (tmp_path / folder).chmod(rights)
    os.chown(tmp_path / folder, owner or os.getuid(), -1)
    environment = load({"MAILROOM_DATA_DIR": str(data)})
    environment.require_secret("SECRET_KEY")
    [fault] = environment.faults
    assert fault.startswith("MAILROOM_DATA_DIR: ")
    assert refusal in fault
    servers = EmbeddedServers(EmbeddedPaths.of(data))
    with pytest.raises(EmbeddedError, match=refusal):
        servers.join()
    assert servers.ended() == ["PostgreSQL", "Valkey"]
    assert mode(tmp_path / folder) == rights


@pytest.mark.parametrize("name", ["secret_key", "link_keys", "valkey_password"])
@pytest.mark.parametrize("kind", ["writable", "owned by another", "link", "dangling link", "fifo"])
def test_a_secret_that_another_user_could_have_written_is_rejected_unchanged(tmp_path, name, kind):
    data, elsewhere = tmp_path / "data", tmp_path / "known to all"
    secret = data / "secrets" / name
    keep_secret(secret)
    if kind == "writable":
        secret.chmod(0o666)
    elif kind == "owned by another":
        if os.getuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(secret, 65534, 65534)
    else:
        secret.unlink()
        if kind == "fifo":
            os.mkfifo(secret)
        else:
            secret.symlink_to(elsewhere)
            if kind == "link":
                elsewhere.write_text("planted", encoding="utf-8")
                elsewhere.chmod(0o600)
    before = secret.lstat()
    with pytest.raises(private_files.NotPrivateError, match="remove it to have a new one created"):
        keep_secret(secret)
    servers = EmbeddedServers(EmbeddedPaths.of(data))
    with pytest.raises(EmbeddedError, match="remove it to have a new one created"):
        servers.join()
    assert servers.ended() == ["PostgreSQL", "Valkey"]
    assert (secret.lstat().st_mode, secret.lstat().st_ino) == (before.st_mode, before.st_ino)


def test_a_planted_sandbox_file_is_not_followed(tmp_path):
    run = tmp_path / "data" / "run"
    run.mkdir(parents=True)
    known = {"SENDGRID_HOST": "http://127.0.0.1:9", "SENDGRID_API_KEY": "SG.planted", "SENDGRID_WEBHOOK_KEYS": [],
             "PUBLIC_URL": "http://127.0.0.1:8"}  # fmt: skip
    (run / "sandbox.json").write_text(json.dumps(known), encoding="utf-8")
    (run / "sandbox.json").chmod(0o600)
    followed = load({"MAILROOM_DATA_DIR": str(tmp_path / "data")})
    assert (followed["SENDGRID_API_KEY"], followed["PUBLIC_URL"]) == ("SG.planted", "http://127.0.0.1:8")
    (run / "sandbox.json").chmod(0o666)
    environment = load({"MAILROOM_DATA_DIR": str(tmp_path / "data")})
    [fault] = environment.faults
    assert "can be written by other users" in fault
    assert environment["SENDGRID_API_KEY"] is None


def test_a_new_output_file_never_replaces_an_existing_file(tmp_path):
    existing, link, late = tmp_path / "existing", tmp_path / "link", tmp_path / "late"
    existing.write_text("kept", encoding="utf-8")
    link.symlink_to(tmp_path / "nowhere")
    for path in (existing, link):
        with pytest.raises(private_files.TargetExistsError, match="already exists"), private_files.new_file(path):
            pass
    with pytest.raises(private_files.TargetExistsError), private_files.new_file(late):
        late.write_text("made by another program meanwhile", encoding="utf-8")
    with pytest.raises(KeyError), private_files.new_file(tmp_path / "half"):
        raise KeyError
    with private_files.new_file(tmp_path / ("张" * 85)) as file:
        file.write("new")
    assert (existing.read_text("utf-8"), late.read_text("utf-8")) == ("kept", "made by another program meanwhile")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["existing", "late", "link", "张" * 85]
    assert mode(tmp_path / ("张" * 85)) == 0o600


def test_create_rejects_a_planted_fifo_or_link(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("fifo", "link"):
        with pytest.raises((private_files.NotPrivateError, OSError)):
            private_files.create(tmp_path / name)
    assert not (tmp_path / "target").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make what belongs to others")
def test_a_folder_of_another_user_is_rejected_and_stays_unchanged(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    os.chown(folder, 65534, 65534)
    with pytest.raises(private_files.NotPrivateError, match=r"belongs to nobody \(user id 65534\), .* chown -R 0 '") as refused:
        private_files.make_folder(folder)
    assert "remove" not in str(refused.value)
    assert (mode(folder), folder.stat().st_uid) == (0o755, 65534)


def test_a_full_log_is_rotated_while_its_process_keeps_writing(tmp_path):
    log = tmp_path / "web.log"
    with private_files.append(log) as held:
        for number in range(6):
            held.write(f"{number} ".encode() * 50)
            held.flush()
            assert log_rotation.rotate(log, limit=100)
            assert log.stat().st_size == 0
    assert not log_rotation.rotate(log, limit=100)
    kept = sorted(tmp_path.glob("web.log.*"))
    assert [(path.name, path.read_text(encoding="utf-8")[0], mode(path)) for path in kept] == [
        ("web.log.1", "5", 0o600), ("web.log.2", "4", 0o600), ("web.log.3", "3", 0o600),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("Not Found: /u/AbC_-123", "Not Found: /u/***"),
        (r"Not Found: /u\AbC123", r"Not Found: /u\***"),
        (r"Not Found: \\u\\AbC123", r"Not Found: \\u\\***"),
        ("Not Found: /u%5CAbC123", "Not Found: /u%5C***"),
        ("Not Found: /u;/AbC123", "Not Found: /u;/***"),
        ('"GET /v/AbC123?x=1 HTTP/1.1" 404', '"GET /v/*** HTTP/1.1" 404'),
        ("see https://news.example.org/letters/c/AbC123, please", "see https://news.example.org/letters/c/***"),
        ("next=%2Fu%2FAbC123&x", "next=%2Fu%2F***"),
        ("next=%252Fu%252FAbC123&x", "next=%252Fu%252F***"),
        *((f"Not Found: /u/{before}AbC123", "Not Found: /u/***") for before in ";,' \")(<>&?#/\n\u3000"),
        *((f"Not Found: /u/x{between}AbC123", "Not Found: /u/***") for between in ";,' \")(<>&?#/"),
        ('"GET /v/%20AbC123 HTTP/1.1" 404 12', '"GET /v/*** HTTP/1.1" 404 12'),
        ('"GET /v/x;%22AbC123 HTTP/1.1" 404 12', '"GET /v/*** HTTP/1.1" 404 12'),
        ('  File "/u/mailroom/web/views.py", line 7, in view', '  File "/u/***", line 7, in view'),
        ("Not Found: /console/campaigns/7/", "Not Found: /console/campaigns/7/"),
    ],
)
def test_log_lines_mask_every_personal_link(line, logged):
    assert log_masking.mask(line) == logged


def test_the_log_masks_arguments_and_tracebacks_too(settings):
    formatter = log_masking.MaskingFormatter(settings.LOGGING["formatters"]["line"]["format"])
    error = ValueError("at /u/AbC123")
    record = logging.LogRecord("django", logging.ERROR, "", 0, "%s", ("/v/AbC123",), (ValueError, error, None))
    assert "AbC123" not in formatter.format(record)
    assert settings.LOGGING["formatters"]["line"]["()"] == "config.log_masking.MaskingFormatter"
    for refusal, is_ours in ((PermissionDenied(), False), (ValueError(), True)):
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Forbidden", (), (type(refusal), refusal, None))
        assert log_masking.ClientFaults().filter(record)
        assert (record.exc_info is not None) == is_ours, "only errors of the code leave a traceback"


def test_a_file_in_another_users_folder_is_written_through_no_draft_that_lies_there(tmp_path, monkeypatch):
    planted, linked = tmp_path / f".pg_hba.conf.{os.getpid()}", tmp_path / "linked"
    planted.write_text("planted", encoding="utf-8")
    os.link(planted, linked)
    me = os.geteuid(), os.getegid()
    assert private_files.replace(tmp_path, "pg_hba.conf", "local all", *me)
    assert not private_files.replace(tmp_path, "pg_hba.conf", "local all", *me)
    assert [path.read_text(encoding="utf-8") for path in (planted, linked)] == ["planted", "planted"]
    assert (tmp_path / "pg_hba.conf").read_text(encoding="utf-8") == "local all"

    def full(*_args: object, **_named: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        private_files.replace(tmp_path, "pg_hba.conf", "host all", *me)
    assert {path.name for path in tmp_path.iterdir()} == {planted.name, "linked", "pg_hba.conf"}, "no draft is left"
