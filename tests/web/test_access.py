"""Who may open what: every URL of web/urls.py, requested by everybody in every way. docs/urls.md names the same permissions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from publication.staff import roles
from tests.web.conftest import PASSWORD, RIGHTS, make_staff
from tests.web.page_examples import PAGES
from web import access
from web.texts import role_texts

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "login"  # a redirect to the login
OF_ANYBODY = (access.ANYONE, access.LINK, access.FORM, access.SIGNATURE)


@pytest.fixture
def clients() -> Callable[[str], list[Client]]:
    """A right -> anonymous, an account that is no staff but has the rights, staff without the right, staff with it."""

    @functools.cache
    def of(right: str) -> list[Client]:
        number = len(made)
        made.append(right)
        others = [other for other in RIGHTS if other != right]
        accounts = [
            make_staff(f"outsider-{number}", *RIGHTS, is_staff=False),
            make_staff(f"staff-without-{number}", *others),
            make_staff(f"staff-with-{number}", *([right] if right in RIGHTS else [])),
        ]
        return [Client(), *map(signed_in, accounts)]

    made: list[str] = []
    return of


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def answer_to(client: Client, method: str, address: str) -> int | str:
    """The status, or LOGIN. What the request changed is undone, also a sign-out."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = client.generic(method, address)
        transaction.set_rollback(True)
    client.cookies = cookies
    return LOGIN if answer.headers.get("Location", "").startswith("/console/login/?next=") else answer.status_code


def test_only_links_public_forms_and_the_providers_hook_are_free_of_the_csrf_check():
    exempt = {name for name, page in PAGES.items() if getattr(page.callback, "csrf_exempt", False)}
    assert exempt == {
        "unsubscribe", "view", "confirm", "preferences", "person", "person-export", "person-json", "person-erase", "address",
        "review", "review-mail", "private-link", "subscribe-list", "subscribe-json", "hook-sendgrid",
    }  # fmt: skip


@pytest.mark.timeout(600)  # some six hundred requests
def test_a_url_opens_only_for_those_that_urls_py_names(page_addresses, clients):
    for name, page in PAGES.items():
        needs, posting, methods = page.callback.access, page.callback.posting, page.callback.methods
        for method in ("GET", "POST"):
            answers = [answer_to(client, method, page_addresses[name]) for client in clients(needs)]
            about = (name, method, page_addresses[name], answers)
            assert method in (methods or ("GET", "POST")) or set(answers) <= {LOGIN, 403, 405}, about
            if needs in (*OF_ANYBODY, access.DOOR):
                assert len(set(answers)) == 1, about
                continue
            refused = [answer in (LOGIN, 403) for answer in answers]
            may = [False, False, needs in (access.OWN, access.STAFF), not (method == "POST" and posting)]
            assert (answers[0], refused) == (LOGIN if method == "GET" else 403, [not may_open for may_open in may]), about


@pytest.mark.soak
@pytest.mark.timeout(900)  # some two thousand requests
def test_a_role_gets_what_superusers_get_where_it_has_the_permission_and_a_refusal_elsewhere(page_addresses):
    superuser = signed_in(User.objects.create_superuser("root", "root@cast.example", PASSWORD))
    people = {role: signed_in(make_staff(f"the-{role}", *permissions)) for role, permissions in roles.ROLES.items()}
    for name, page in PAGES.items():
        for method, needs in (("GET", page.callback.access), ("POST", page.callback.posting or page.callback.access)):
            expected = answer_to(superuser, method, page_addresses[name])
            for role, client in people.items():
                may = "." not in needs or needs in roles.ROLES[role]
                assert answer_to(client, method, page_addresses[name]) == (expected if may else 403), (name, method, role)


def test_every_permission_that_code_or_a_page_asks_for_belongs_to_a_role():
    in_code = re.compile(r"""["']((?:publication|subscribers|editorial|campaigns|auth)\.[a-z]+_[a-z_]+)["']""")
    in_pages = re.compile(r"\bperms\.(\w+\.\w+)")
    code = [
        path
        for name in ("publication", "subscribers", "editorial", "campaigns", "web", "cli")
        for path in (ROOT / name).rglob("*.py")
    ]
    asked = {permission for path in code for permission in in_code.findall(path.read_text("utf-8"))}
    asked |= {
        permission for path in (ROOT / "templates").rglob("*.html") for permission in in_pages.findall(path.read_text("utf-8"))
    }
    assert len(asked) > 20
    assert asked - set(chain(*roles.ROLES.values())) == set(), "give it to a role in ROLES"


def test_every_role_is_explained():
    assert role_texts.WORDS.keys() == roles.ROLES.keys()


def test_neither_spelling_nor_method_nor_header_opens_a_door(page_addresses, client):
    for name, page in PAGES.items():
        if (needs := page.callback.access) in OF_ANYBODY:
            continue
        address = page_addresses[name]
        spellings = [address.rstrip("/") if address.endswith("/") else address + "/", address.upper(), address + "%00"]
        for spelling in spellings:
            answer = client.get(spelling)
            assert answer.status_code in {302, 404}, spelling
            assert answer.status_code == 404 or answer.headers["Location"].startswith("/console/login/?next=")
        if needs != access.DOOR:
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "POST", "TRACE", "X"):
                assert client.generic(method, address).status_code == 403, (method, address)
            assert client.head(address).status_code == 302, address
            assert client.get(address, headers={"X-HTTP-Method-Override": "POST"}).status_code == 302, address


def test_the_buttons_need_djangos_token_too(editor, sending):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(f"/console/campaigns/{sending.pk}/pause/").status_code == 403
    sending.refresh_from_db()
    assert sending.state == "sending"


def test_an_account_that_was_shut_is_out_at_once(console, editor):
    assert console.get("/console/").status_code == 200
    editor.is_staff = False
    editor.save()
    assert console.get("/console/").status_code == 403


def test_headers_of_staff_pages(console, page_addresses):
    for name, page in PAGES.items():
        answer = console.get(page_addresses[name])
        if (
            page.callback.access in OF_ANYBODY
            or answer.status_code == 404
            or name in ("version-mail", "variant-mail", "issue-preview-mail")
        ):
            continue
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; "), name
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "same-origin", "with no-referrer a browser's forms fail Django's check"
        assert headers["Cache-Control"].startswith(("no-store", "max-age=0"))
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_mail_of_a_version_is_mail_bytes_with_harmless_links(console, sending):
    answer = console.get(f"/console/versions/{sending.version_id}/mail")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b'href="#"' in answer.content
    assert b"-mr_" not in answer.content


def test_a_route_without_an_answer_cannot_be_written(rf):
    with pytest.raises(TypeError):
        access.at("somewhere", lambda request: HttpResponse(), name="somewhere", methods=access.GET)
    guarded = access.guard(lambda request: HttpResponse(), "campaigns.a_right_that_nobody_has")
    request = rf.post("/somewhere")
    request.user = make_staff("somebody", *RIGHTS)
    with pytest.raises(PermissionDenied):
        guarded(request)


def test_every_url_stands_in_one_file():
    elsewhere = [
        file.name
        for file in (ROOT / "web").rglob("*.py")
        if file.name not in {"urls.py", "access.py"} and re.search(r"django\.urls import|re_path|include\(", file.read_text())
    ]
    assert elsewhere == []
