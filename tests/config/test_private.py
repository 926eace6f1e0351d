"""Folders, files and logs that only their owner may read."""

from __future__ import annotations

import logging
import os
import stat

import pytest

from config import logfiles, masking, private


def mode(path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_made_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    folder, log, report = tmp_path / "folder", tmp_path / "log", tmp_path / "report.csv"
    private.make_folder(folder)
    private.append(log).close()
    with private.create(report) as file:
        file.write("new")
    assert [mode(each) for each in (folder, log, report)] == [0o700, 0o600, 0o600]


def test_what_an_older_version_left_open_is_closed_before_anything_is_written(tmp_path):
    folder, old = tmp_path / "folder", tmp_path / "folder" / "old"
    folder.mkdir(mode=0o777)
    old.write_text("a much longer text of the last run", encoding="utf-8")
    with private.create(old) as file:
        assert mode(old) == 0o600
        file.write("new")
    assert old.read_text(encoding="utf-8") == "new"
    old.chmod(0o644)
    private.tighten(folder)
    assert (mode(folder), mode(old)) == (0o700, 0o600)


def test_a_planted_link_is_not_taken_for_a_private_folder(tmp_path):
    target, planted = tmp_path / "somebody's", tmp_path / "planted"
    target.mkdir(mode=0o755)
    planted.symlink_to(target)
    with pytest.raises(private.NotPrivate, match="symbolic link"):
        private.make_folder(planted)
    assert mode(target) == 0o755
    log = tmp_path / "log"
    log.symlink_to(tmp_path / "passwd")
    with pytest.raises(OSError, match="symbolic links"):
        private.append(log)
    assert not (tmp_path / "passwd").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make what belongs to others")
def test_a_folder_of_somebody_else_is_refused_and_stays_as_it_is(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    os.chown(folder, 65534, 65534)
    with pytest.raises(private.NotPrivate, match="belongs to someone else"):
        private.make_folder(folder)
    assert (mode(folder), folder.stat().st_uid) == (0o755, 65534)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_handing_over_touches_nothing_but_what_the_old_owner_owned(tmp_path):
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    (folder / "base").mkdir(parents=True)
    secret.write_text("of root", encoding="utf-8")
    (folder / "base" / "row").write_text("row", encoding="utf-8")
    (folder / "link").symlink_to(secret)
    (folder / "hard").hardlink_to(secret)
    for path in (folder, folder / "base", folder / "base" / "row"):
        os.chown(path, 65534, 65534)
    private.hand_over(folder, 12345, 12345)
    assert {path.stat().st_uid for path in (folder, folder / "base", folder / "base" / "row")} == {12345}
    assert secret.stat().st_uid == 0


def test_a_full_log_moves_away_and_the_process_that_holds_it_goes_on(tmp_path):
    log = tmp_path / "web.log"
    with private.append(log) as held:
        for number in range(6):
            held.write(f"{number} ".encode() * 50)
            held.flush()
            assert logfiles.rotate(log, limit=100)
            assert log.stat().st_size == 0
    assert not logfiles.rotate(log, limit=100)
    kept = sorted(tmp_path.glob("web.log.*"))
    assert [(path.name, path.read_text(encoding="utf-8")[0], mode(path)) for path in kept] == [
        ("web.log.1", "5", 0o600), ("web.log.2", "4", 0o600), ("web.log.3", "3", 0o600),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("Not Found: /u/AbC_-123", "Not Found: /u/***"),
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
def test_no_log_line_holds_a_link_with_which_somebody_could_be_unsubscribed(line, logged):
    assert masking.mask(line) == logged


def test_the_log_masks_arguments_and_tracebacks_too(settings):
    formatter = masking.MaskingFormatter(settings.LOGGING["formatters"]["line"]["format"])
    error = ValueError("at /u/AbC123")
    record = logging.LogRecord("django", logging.ERROR, "", 0, "%s", ("/v/AbC123",), (ValueError, error, None))
    assert "AbC123" not in formatter.format(record)
    assert settings.LOGGING["formatters"]["line"]["()"] == "config.masking.MaskingFormatter"
