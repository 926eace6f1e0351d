"""The sign-in page of a real web server under many clients at once."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from publication.models import Audit, SignInCount
from tests.support.processes import Processes, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


class Page:
    """The sign-in page with its token and cookie, asked for through a front server that this machine stands for."""

    def __init__(self, root: str) -> None:
        self.address = f"{root}/console/login/"
        with urlopen(self.address, timeout=60) as answer:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
            self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())[1]

    def sign_in(self, name: str, client: str) -> int:
        fields = {"csrfmiddlewaretoken": self.token, "username": name, "password": "a wrong password"}
        headers = {"Cookie": self.cookie, "X-Forwarded-For": client}
        try:
            with urlopen(Request(self.address, urlencode(fields).encode(), headers), timeout=60) as answer:
                return int(answer.status)
        except HTTPError as refused:
            with refused:
                return refused.code

    def seconds(self) -> float:
        began = time.monotonic()
        with urlopen(self.address, timeout=60) as answer:
            answer.read()
        return time.monotonic() - began


@pytest.fixture
def page():
    with Processes("http://127.0.0.1:1", MAILROOM_TRUSTED_PROXIES="127.0.0.1") as processes:
        processes.start_web()
        yield Page(f"http://127.0.0.1:{processes.web_port}")


def attack(page: Page, until: Event, number: int) -> Counter[int]:
    """New names from ever new networks, until told to stop."""
    found: Counter[int] = Counter()
    while not until.is_set():
        made = sum(found.values())
        found[page.sign_in(f"name-{number}-{made}", f"10.{number}.{made % 256}.1")] += 1
    return found


def hash_seconds() -> float:
    """What one password costs at this moment, beside everything else that the machine does."""
    began = time.monotonic()
    PBKDF2PasswordHasher().encode("a wrong password", "salt")
    return time.monotonic() - began


@pytest.mark.soak
@pytest.mark.parametrize(("clients", "looks"), [(32, 3), pytest.param(64, 40, marks=pytest.mark.soak)])
def test_pages_answer_while_many_clients_try_new_names(page, clients, looks):
    stop = Event()
    with ThreadPoolExecutor(clients) as pool:
        attackers = [pool.submit(attack, page, stop, number) for number in range(clients)]
        try:
            wait_until(lambda: SignInCount.objects.exists(), what="the attack has begun")
            times = [(page.seconds(), hash_seconds()) for _ in range(looks)]
        finally:
            stop.set()
    answers = sum((attacker.result() for attacker in attackers), Counter())
    assert set(answers) == {200, 503}, "a hash, or a moment's patience asked for"
    # In hashes, since seconds are those of a busy machine. Without the limit a page waited for more than a dozen.
    assert statistics.median(seconds for seconds, _ in times) < 4 * statistics.median(alone for _, alone in times), times
    assert not Audit.objects.filter(verb__startswith="login").exists()
    # Many at once on one account from one network: none slips past the count.
    with ThreadPoolExecutor(12) as pool:
        same = Counter(pool.map(lambda _: page.sign_in("editor", "192.0.2.1"), range(24)))
    assert same[200] <= 5
    assert same[200] + same[429] + same[503] == 24
