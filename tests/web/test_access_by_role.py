"""What every role gets from every URL, by every method and spelling; `access_by_role.txt` has the answers.

After an intended change of access, write the file again with `MAILROOM_TEST_WRITE=1 make soak ARGS="tests/web/test_access_by_role.py"`
and read its diff as a change of rights.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from publication.staff import roles
from tests.web.conftest import PASSWORD
from tests.web.test_access import OF_ANYBODY, ROUTES, addresses, asked  # noqa: F401 - a fixture
from web import access

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.soak,
    pytest.mark.timeout(900),
]  # 8,000 requests; test_access has a shorter matrix
ON_RECORD = Path(__file__).with_name("access_by_role.txt")
NOBODY, OUTSIDER, SUPERUSER = "anonymous", "not staff", "superuser"
WHO = [NOBODY, OUTSIDER, *roles.ROLES, SUPERUSER]
# How each URL is asked: a name, the method, headers. "slash": with a slash at its end if it has none, without it otherwise.
WAYS = {
    "GET": ("GET", {}), "HEAD": ("HEAD", {}), "POST": ("POST", {}), "PUT": ("PUT", {}), "slash": ("GET", {}),
    "POST as GET": ("GET", {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"}),
}  # fmt: skip


def client_of(who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who != NOBODY:
        name = f"the-{who.replace(' ', '-')}"
        account = User.objects.create_user(name, f"{name}@cast.example", PASSWORD, is_staff=who != OUTSIDER)
        account.is_superuser = who == SUPERUSER
        account.save()
        account.groups.set(roles.groups([who] if who in roles.ROLES else roles.ROLES if who == OUTSIDER else []))
        client.force_login(account)
    return client


def answer(client: Client, way: str, address: str) -> str:
    """The status, or where a redirect leads to if that is the sign-in. What the request changed is undone."""
    method, headers = WAYS[way]
    if way == "slash":
        address = address.rstrip("/") if address.endswith("/") else address + "/"
    given = asked(client, method, address, **headers)
    to_login = given.headers.get("Location", "").startswith("/console/login/?next=")
    return "sign-in" if to_login else str(given.status_code)


def lines(addresses: dict[str, str]) -> Iterator[str]:  # noqa: F811
    clients = {who: client_of(who) for who in WHO}
    for name in sorted(ROUTES):
        needs = ROUTES[name].callback.access
        yield f"{name}: {needs}"
        asked = [NOBODY, SUPERUSER] if needs in (*OF_ANYBODY, access.DOOR) else WHO
        for way in WAYS:
            answers: dict[str, list[str]] = {}
            for who in asked:
                answers.setdefault(answer(clients[who], way, addresses[name]), []).append(who)
            yield f"  {way}: " + "; ".join(f"{status} {', '.join(people)}" for status, people in answers.items())


def test_every_role_gets_what_is_on_record(addresses, monkeypatch):  # noqa: F811
    found = "\n".join(lines(addresses)) + "\n"
    if os.environ.get("MAILROOM_TEST_WRITE"):
        ON_RECORD.write_text(found, encoding="utf-8")
    assert found.splitlines() == ON_RECORD.read_text(encoding="utf-8").splitlines()
