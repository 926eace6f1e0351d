"""The clock of decisions: the system's clock, unless a fault test moves it with a file."""

from datetime import UTC, datetime, timedelta

import pytest

from publication import clock


def off_by() -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_the_clock_file_moves_the_clock_and_is_read_each_time(settings, tmp_path):
    settings.CLOCK_FILE = tmp_path / "offset"
    assert abs(off_by()) < timedelta(seconds=5), "nobody has moved it yet"
    settings.CLOCK_FILE.write_text("1200.5")
    assert abs(off_by() - timedelta(seconds=1200.5)) < timedelta(seconds=5)
    settings.CLOCK_FILE.write_text("-3600")
    assert abs(off_by() + timedelta(hours=1)) < timedelta(seconds=5)


def test_without_the_clock_file_the_clock_does_not_move(settings):
    assert settings.CLOCK_FILE is None
    assert abs(off_by()) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("name", "is_place"),
    [("Asia/Shanghai", True), ("UTC", True), ("localtime", False), ("posixrules", False), ("Factory", False), ("right/UTC", False),
     ("Mars/Olympus", False), ("../etc/passwd", False), ("", False)],
)  # fmt: skip
def test_only_zones_with_the_same_meaning_on_every_machine_are_accepted(name, is_place):
    assert (clock.place_of(name) is not None) is is_place
