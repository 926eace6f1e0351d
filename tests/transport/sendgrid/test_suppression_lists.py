"""SendGrid's suppression lists through the protocol, against the sandbox: paging, deletions, limits, answers."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import few, first
from transport.errors import ProviderError
from transport.outcomes import OutcomeKind
from transport.provider_lists import ProviderList
from transport.sendgrid.sendgrid_provider import SendGridClient
from transport.sendgrid.suppression_lists import OVERLAP, PAGE, SendGridSuppressionLists

KEY = "SG.x"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PATHS = {
    ProviderList.BOUNCES: "bounces", ProviderList.BLOCKS: "blocks", ProviderList.INVALID: "invalid_emails",
    ProviderList.COMPLAINTS: "spam_reports", ProviderList.UNSUBSCRIBES: "unsubscribes",
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def lists(sandbox: SandboxProcess) -> Iterator[SendGridSuppressionLists]:
    sandbox.reset()
    sandbox.faults()
    account = {"rate_limit": 100_000, "rate_window": 60.0, "list_order": "oldest"}
    sandbox.call("POST", "/_sandbox/account", account)
    client = SendGridClient(KEY, sandbox.url)
    yield client.suppression_lists
    client.close()


def put(sandbox: SandboxProcess, which: str, count: int, *, step: float = 1.0) -> list[str]:
    """`count` rows, `step` seconds apart."""
    people = [f"p{number:05}@example.org" for number in range(count)]
    first = NOW - timedelta(days=30)
    rows = [
        {"email": address, "created": int((first + timedelta(seconds=step * number)).timestamp()), "reason": f"550 {number}"}
        for number, address in enumerate(people)
    ]
    sandbox.call("POST", "/_sandbox/suppressions", {"list": which, "rows": rows})
    return people


def read(lists: SendGridSuppressionLists, which: ProviderList, between=lambda: None, since=None, until=NOW) -> list[str]:
    """All rows; `between` is called after each page."""
    addresses: list[str] = []
    position: str | None = ""
    while position is not None:
        page = lists.read(which, since, until, position)
        addresses += [row.address for row in page.rows]
        position = page.position
        assert position is None or "@" not in position, "a position names nobody"
        between()
    return addresses


@pytest.mark.parametrize("count", few(0, PAGE + 1, 1400, soak=[1, PAGE - 1, PAGE, 2 * PAGE - OVERLAP]))
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_every_row_is_returned_once(sandbox, lists, order, count):
    sandbox.call("POST", "/_sandbox/account", {"list_order": order})
    people = put(sandbox, "bounces", count, step=0.001)  # most of them in the same second
    assert sorted(read(lists, ProviderList.BOUNCES)) == people


@pytest.mark.parametrize("which", ProviderList)
def test_each_list_is_read_and_addresses_are_removed_from_it(sandbox, lists, which):
    put(sandbox, PATHS[which], 3)
    page = lists.read(which, None, NOW)
    assert page.position is None
    assert page.rows[0].listed_at == NOW - timedelta(days=30)
    assert "example.org" not in repr(page)
    assert lists.remove(which, "P00001@example.org")
    assert not lists.remove(which, "p00001@example.org")
    assert read(lists, which) == ["p00000@example.org", "p00002@example.org"]


def test_window_of_time_is_kept(sandbox, lists):
    put(sandbox, "bounces", 10, step=60)
    start = NOW - timedelta(days=30)
    addresses = read(lists, ProviderList.BOUNCES, since=start + timedelta(minutes=3), until=start + timedelta(minutes=5))
    assert addresses == [f"p{number:05}@example.org" for number in (3, 4, 5)]


@pytest.mark.parametrize("seed", first(range(4)))
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_rows_that_are_deleted_meanwhile_hide_no_others(sandbox, lists, order, seed):
    sandbox.call("POST", "/_sandbox/account", {"list_order": order})
    people = put(sandbox, "bounces", 3000, step=0.1)
    chance, gone = random.Random(seed), set[str]()

    def delete() -> None:
        left = sorted(set(people) - gone)
        ended = chance.sample(left, min(len(left), chance.choice([0, 10, OVERLAP - 1, OVERLAP, OVERLAP + 1, 120, 600])))
        if ended and len(gone) < 2000:
            gone.update(ended)
            sandbox.call("DELETE", "/v3/suppression/bounces", {"emails": ended}, key=KEY)

    addresses = set(read(lists, ProviderList.BOUNCES, delete))
    assert gone
    assert set(people) - gone <= addresses


def test_list_that_is_emptied_meanwhile_ends(sandbox, lists):
    put(sandbox, "bounces", 1300)
    addresses = read(
        lists, ProviderList.BOUNCES, lambda: sandbox.call("DELETE", "/v3/suppression/bounces", {"delete_all": True}, key=KEY)
    )
    assert len(addresses) == PAGE


def test_pause_is_reported_when_no_call_is_left(sandbox, lists):
    sandbox.call("POST", "/_sandbox/account", {"rate_limit": 2, "rate_window": 30.0})
    lists.read(ProviderList.BOUNCES, None, NOW)
    assert lists.pause == 0
    lists.read(ProviderList.BOUNCES, None, NOW)
    assert 10 < lists.pause <= 32
    with pytest.raises(ProviderError) as caught:
        lists.read(ProviderList.BOUNCES, None, NOW)
    assert caught.value.outcome.kind is OutcomeKind.BUSY
    assert 10 < (caught.value.outcome.retry_after or 0) <= 32
    lists.read(ProviderList.BLOCKS, None, NOW)  # every list has a count of its own


def test_global_unsubscribes_are_added_in_batches_and_keep_their_first_time(sandbox, lists):
    people = put(sandbox, "unsubscribes", 2)
    lists.add_unsubscribes([*people, "new@example.org"])
    rows = {row.address: row.listed_at for row in lists.read(ProviderList.UNSUBSCRIBES, None, datetime.now(UTC)).rows}
    assert len(rows) == 3
    assert rows[people[0]] == NOW - timedelta(days=30)
    with pytest.raises(ProviderError) as caught:
        lists.add_unsubscribes(["fine@example.org", "not an address"])
    assert caught.value.outcome.status == 400
    assert len(lists.read(ProviderList.UNSUBSCRIBES, None, datetime.now(UTC)).rows) == 3, "all or none"


def test_answer_that_is_not_a_list_is_an_error_and_the_position_can_be_read_again(sandbox, lists):
    put(sandbox, "bounces", 700)
    first = lists.read(ProviderList.BOUNCES, None, NOW)
    sandbox.faults("path /v3/suppression next 1: 502-before")
    with pytest.raises(ProviderError):
        lists.read(ProviderList.BOUNCES, None, NOW, first.position)
    rest = lists.read(ProviderList.BOUNCES, None, NOW, first.position)
    assert len(first.rows) + len(rest.rows) == 700


@pytest.mark.parametrize("which", ProviderList)
def test_error_of_a_removal_does_not_name_the_address(sandbox, lists, which):
    sandbox.faults("path /v3 next 1: 503-before")
    with pytest.raises(ProviderError) as caught:
        lists.remove(which, "wei@people.example")
    assert "wei" not in str(caught.value)
    assert "people" not in str(caught.value)
