"""The files in which clicks wait: none is lost between a thread that writes them and one that stores them."""

import fcntl
from pathlib import Path

import pytest

from campaigns.measuring.click_spool import Arrival, ClickSpool, read_arrivals

CLICK = Arrival(1.0, 2, 3, 4, 0)


def store(spool: ClickSpool) -> list[Arrival]:
    """Read the complete files, and remove them."""
    arrivals: list[Arrival] = []
    for _, path in spool.complete_files():
        arrivals += read_arrivals(path)
        path.unlink()
    return arrivals


def test_a_file_is_not_stored_before_its_writer_has_locked_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spool, lock = ClickSpool(tmp_path), fcntl.flock

    def lock_late(handle: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX:  # the writer's; who stores does not wait
            assert store(ClickSpool(tmp_path)) == []
        lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    spool.add(CLICK)
    spool.close_file()
    assert store(spool) == [CLICK]


def test_a_file_that_is_stored_meanwhile_costs_no_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spool = ClickSpool(tmp_path)
    monkeypatch.setattr(Path, "glob", lambda folder, _: iter([folder / "stored.clicks"]))
    spool.add(CLICK)
    assert spool.take_lost() == 0
