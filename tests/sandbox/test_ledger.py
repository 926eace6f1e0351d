"""The ledger: written before the answer, survives kill -9, counts exactly."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.duplicate_counts import Tallies
from sandbox.ledger import Ledger
from tests.support.variations import examples


def test_the_ledger_records_request_address_and_custom_args_of_each_recipient(sandbox: Any, send: Any, write: Any) -> None:
    mail = write("ada@example.com", "grace@example.com", custom_args={"shared": "yes"})
    _, headers, _ = send(mail)
    first, second = sandbox.ledger()
    assert (first["request"], first["index"], first["address"]) == (1, 0, "ada@example.com")
    assert (second["index"], second["personalization"]) == (1, 1)
    assert first["id"] == headers["x-message-id"]
    assert second["custom_args"] == {"shared": "yes", "mr_d": "delivery-1"}


def test_the_same_body_sent_twice_counts_as_a_duplicate(sandbox: Any, send: Any, write: Any) -> None:
    assert send(write())[1]["x-message-id"] != send(write())[1]["x-message-id"]
    counts = sandbox.counts()
    assert counts["duplicates"] == [{"address": "ada@example.com", "key": "delivery-0", "count": 2}]
    assert (counts["accepted_recipients"], counts["distinct_recipients"]) == (2, 1)


def test_another_delivery_to_the_same_address_is_not_a_duplicate(sandbox: Any, send: Any, write: Any) -> None:
    send(write("ada@example.com", "Ada@example.com"))
    counts = sandbox.counts()
    assert counts["duplicate_count"] == 0
    assert counts["repeated_addresses"] == [{"address": "ada@example.com", "key": None, "count": 2}]
    assert sandbox.counts(by="nothing")["distinct_keys"] == 0


def test_cc_and_bcc_are_recipients_too(sandbox: Any, send: Any, write: Any) -> None:
    mail = write()
    mail["personalizations"][0] |= {"cc": [{"email": "b@example.com"}], "bcc": [{"email": "c@example.com"}]}
    send(mail)
    assert [(entry["index"], entry["kind"]) for entry in sandbox.ledger()] == [(0, "to"), (1, "cc"), (2, "bcc")]


def test_the_ledger_is_read_in_pages(sandbox: Any, send: Any, write: Any) -> None:
    for _ in range(3):
        send(write(*[f"p{n}@example.com" for n in range(5)]))
    page = sandbox.call("GET", "/_sandbox/ledger?since=3&limit=4")
    assert [(entry["request"], entry["index"]) for entry in page["entries"]] == [(1, 3), (1, 4), (2, 0), (2, 1)]
    assert (page["next"], page["end"]) == (7, False)
    assert len(sandbox.ledger()) == 15


def test_sandbox_mode_sends_nothing(sandbox: Any, send: Any, write: Any) -> None:
    status, _, _ = send(write(mail_settings={"sandbox_mode": {"enable": True}}))
    assert status == 200
    assert sandbox.counts()["accepted_recipients"] == 0


def test_requests_of_parallel_senders_are_numbered_without_gaps(sandbox: Any, send: Any, write: Any) -> None:
    threads = [threading.Thread(target=lambda: [send(write()) for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(request["request"] for request in sandbox.requests()) == list(range(1, 81))
    assert sandbox.counts()["accepted_recipients"] == 80


def record(number: int, *people: tuple[str, str]) -> dict[str, Any]:
    listed = [[index, index, address, "to", {"mr_d": key}] for index, (address, key) in enumerate(people)]
    return {"request": number, "at": 1.0, "id": f"R{number}", "status": 202, "accepted": True, "people": listed}


def test_an_incomplete_last_line_is_cut_off_and_numbering_continues(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, keep_bodies=True)
    ledger.append(record(ledger.take_number(), ("a@x.example", "1")), b"{}")
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"request":2,"at":')
    again = Ledger(tmp_path, keep_bodies=True)
    assert (len(again), again.recipients, again.take_number()) == (1, 1, 2)
    again.append(record(2, ("b@x.example", "2")))
    assert orjson.loads((tmp_path / "ledger.jsonl").read_bytes().splitlines()[1])["request"] == 2


def scheduled(number: int, moment: int, *people: tuple[str, str]) -> dict[str, Any]:
    return {**record(number, *people), "send_at": moment}


pairs = st.tuples(st.sampled_from(["a@x.example", "A@x.example", "b@x.example", "c@x.example"]), st.sampled_from(["1", "2"]))


@examples(80)
@given(st.lists(st.lists(pairs, max_size=5), max_size=12), st.data())
def test_duplicate_counts_equal_a_plain_count(
    tmp_path_factory: pytest.TempPathFactory, requests: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger"), keep_bodies=False)
    tallies = Tallies(ledger).by("mr_d"), Tallies(ledger).by("")
    counts: Counter[tuple[str, str]] = Counter()
    waiting: dict[int, list[tuple[str, str]]] = {}
    for number, people in enumerate(requests, 1):
        later = data.draw(st.booleans())
        ledger.append(scheduled(number, 9, *people) if later else record(number, *people))
        counts.update((address.lower(), key) for address, key in people)
        if later and people:
            waiting[number] = people
        if waiting and data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(sorted(waiting)))
            ledger.end_waiting(gone, 9, "discarded", 9.0, "cancelled")
            counts.subtract((address.lower(), key) for address, key in waiting.pop(gone))
        if data.draw(st.booleans()):
            tallies[0].count()
    by_address: Counter[tuple[str, None]] = Counter()
    for (address, _), count in counts.items():
        by_address[address, None] += count
    for tally, plain in zip(tallies, (counts, by_address), strict=True):
        left = +plain
        assert tally.count() == ({key: n for key, n in left.items() if n > 1}, len(left))
    since = data.draw(st.integers(0, ledger.recipients))
    limit = data.draw(st.integers(1, 10))
    flat = [person[0] for people in requests for person in people]
    assert [person[2] for _, person in ledger.people(since, limit)] == flat[since : since + limit]


def test_a_reopened_ledger_knows_which_mail_was_released_or_discarded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, keep_bodies=False)
    ledger.append(scheduled(1, 9, ("a@x.example", "1")))
    ledger.append(scheduled(2, 9, ("b@x.example", "1")))
    ledger.append(scheduled(3, 9, ("c@x.example", "1")))
    ledger.end_waiting(1, 9, "discarded", 10.0, "cancelled")
    ledger.end_waiting(2, 9, "released", 11.0)
    again = Ledger(tmp_path, keep_bodies=False)
    states = [again.ending_of(mail_record, person).state for mail_record, person in again.people(0, 9)]
    assert states == ["discarded", "released", "waiting"]
    assert again.tell_apart() == (1, 1)
    assert (len(again), again.accepted_requests) == (3, 3)
