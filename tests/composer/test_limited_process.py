import os
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest

from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError
from tests.support.variations import first

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def child() -> Iterator[LimitedProcess]:
    with LimitedProcess("tests.composer.limited_child") as process:
        yield process


def test_one_child_serves_many_requests_from_several_threads(child: LimitedProcess) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: child.call({"do": "reverse"}, b"ab" * number), range(40)))
    assert [data for _, data in answers] == [b"ba" * number for number in range(40)]
    assert len({answer["pid"] for answer, _ in answers}) == 1


@pytest.mark.parametrize("what", first(["take memory", "take time", "crash"]))
def test_a_child_that_exceeds_its_limits_ends_and_the_next_request_gets_a_new_one(child: LimitedProcess, what: str) -> None:
    with pytest.raises(LimitExceededError):
        child.call({"do": what})
    assert child.call({"do": "reverse"}, b"ab")[1] == b"ba"


def test_an_error_of_the_work_is_reported_with_its_message_and_the_child_lives(child: LimitedProcess) -> None:
    before = child.call({"do": "reverse"})[0]["pid"]
    with pytest.raises(WorkFailedError, match="ValueError: this file is odd"):
        child.call({"do": "fail"})
    assert child.call({"do": "reverse"})[0]["pid"] == before


def test_the_child_does_not_get_the_settings_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILROOM_SENDGRID_API_KEY", "a secret")
    with LimitedProcess("tests.composer.limited_child") as process:
        assert not [name for name in process.call({"do": "show secrets"})[0] if name.startswith("MAILROOM_")]


def test_a_forked_process_leaves_the_child_of_its_parent_alone(child: LimitedProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = child.call({"do": "reverse"})[0]["pid"]
    unclosed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unclosed.append)
    forked = os.fork()
    if forked == 0:
        other = child.call({"do": "reverse"})[0]["pid"]
        child.close()
        os._exit(0 if other != mine and not unclosed else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert child.call({"do": "reverse"})[0]["pid"] == mine


def test_after_an_interrupt_the_next_request_gets_its_own_answer(child: LimitedProcess) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = child.call({"do": "reverse"})[0]["pid"]
    usual = signal.signal(signal.SIGUSR1, interrupt)
    try:
        Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(KeyboardInterrupt):
            child.call({"do": "wait"}, b"late")
    finally:
        signal.signal(signal.SIGUSR1, usual)
    answer, data = child.call({"do": "reverse"}, b"ab")
    assert (data, answer["pid"] == before) == (b"ba", False)


def test_only_the_limited_process_opens_pictures() -> None:
    opened = re.compile(r"\bImage\.open\(|\bImageFile\b|MAX_IMAGE_PIXELS")
    folders = ("campaigns", "cli", "composer", "config", "editorial", "publication", "subscribers", "transport", "web", "worker")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in files if opened.search(path.read_text(encoding="utf-8"))] == ["pillow_codec.py"]
