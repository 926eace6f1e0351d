"""Who may open what: the guard of pages in each case, and every URL of web/urls.py. docs/urls.md names the same permissions."""

import functools
import re
from itertools import chain, product
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from publication import audit
from publication.models import Audit
from publication.staff import roles
from subscribers import mailing_lists
from subscribers.consent import subscriptions
from tests.support.table_digests import digests
from tests.web import page_examples
from tests.web.conftest import PASSWORD, RIGHTS, make_staff
from tests.web.page_examples import PAGES
from web import access
from web.texts.settings import role_texts

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "login"  # a redirect to the login
OF_ANYBODY = (access.ANYONE, access.LINK, access.FORM, access.SIGNATURE)


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def answer_to(client: Client, method: str, address: str) -> int | str:
    """The status, or LOGIN. What the request changed is undone, also a sign-out."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = client.generic(method, address)
        close_file(answer)
        transaction.set_rollback(True)
    client.cookies = cookies
    return LOGIN if answer.headers.get("Location", "").startswith("/console/login/?next=") else answer.status_code


def close_file(answer: HttpResponseBase) -> None:
    """Close the file of a download. Closing the answer would close the connection with its transaction, too."""
    for close in getattr(answer, "_resource_closers", ()):
        close()


def test_only_links_public_forms_and_the_providers_hook_are_free_of_the_csrf_check():
    exempt = {name for name, page in PAGES.items() if getattr(page.callback, "csrf_exempt", False)}
    assert exempt == {
        "unsubscribe", "view", "confirm", "preferences", "person", "person-export", "person-json", "person-erase", "address",
        "review", "review-mail", "report-link", "click", "open", "answer", "sender", "private-link", "subscribe-list", "subscribe-json", "hook-sendgrid",
    }  # fmt: skip


def test_a_page_opens_only_with_its_permission_and_has_the_headers_of_staff_pages(page_addresses):
    """What the guard does in each case is tested below; here that each page has it."""
    stranger, staff = Client(), signed_in(make_staff("staff-without-rights"))
    with_access = functools.cache(lambda needs: signed_in(make_staff(f"only-{needs}", needs)))
    for name, page in PAGES.items():
        needs, posting, address = page.callback.access, page.callback.posting, page_addresses[name]
        if needs in (*OF_ANYBODY, access.DOOR):
            for method in ("GET", "POST"):
                assert answer_to(stranger, method, address) == answer_to(staff, method, address), (name, method)
            if needs == access.DOOR:
                check_headers(name, Client().get(address))
            continue
        assert (answer_to(stranger, "GET", address), answer_to(stranger, "POST", address)) == (LOGIN, 403), name
        if "." in needs:
            assert answer_to(staff, "GET", address) == 403, name
        person = with_access(needs) if "." in needs else staff
        check_headers(name, person.get(address))
        if posting != needs:
            assert answer_to(person, "POST", address) == 403, name


def check_headers(name: str, answer: HttpResponseBase) -> None:
    assert answer.status_code != 403, name
    close_file(answer)
    if answer.status_code == 404 or name in (
        "version-mail",
        "variant-mail",
        "issue-preview-mail",
        "issue-preview-article",
        "settings-design-mail",
        "issue-wechat-article",
        "campaign-report-mail",
        "people-import-refused",
    ):
        return
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; "), name
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "same-origin", "with no-referrer a browser's forms fail Django's check"
    assert headers["Cache-Control"].startswith(("no-store", "max-age=0"))
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("needs", [access.OWN, access.STAFF, "campaigns.view_campaign"])
def test_the_guard_opens_a_page_by_staff_and_permission_whatever_the_method_is(rf, needs):
    guarded = access.guard(lambda request: HttpResponse(), needs)
    others = [right for right in RIGHTS if right != needs]
    visitors = [
        (AnonymousUser(), False),
        (make_staff("outsider", *RIGHTS, is_staff=False), False),
        (make_staff("without", *others), "." not in needs),
        (make_staff("with", *([needs] if "." in needs else [])), True),
    ]
    for (user, may), method in product(visitors, ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")):
        request = rf.generic(method, "/somewhere", headers={"X-HTTP-Method-Override": "GET"})
        request.user, request.session = user, {}
        if may:
            assert guarded(request).status_code == 200
        elif user.is_anonymous and method in ("GET", "HEAD"):
            assert guarded(request).headers["Location"] == "/console/login/?next=%2Fsomewhere"
        else:
            with pytest.raises(PermissionDenied):
                guarded(request)


@pytest.mark.soak
@pytest.mark.timeout(900)  # some three thousand requests
def test_a_role_gets_what_superusers_get_where_it_has_the_permission_and_a_refusal_elsewhere(page_addresses):
    """No role is limited to a list: records of a list that was made later answer in the same way."""
    superuser = signed_in(User.objects.create_superuser("root", "root@cast.example", PASSWORD))
    people = {role: signed_in(make_staff(f"the-{role}", *permissions)) for role, permissions in roles.ROLES.items()}
    later = mailing_lists.create_list(audit.system(), "board", "Board")
    member = subscriptions.add_confirmed(audit.system(), later, "member@board-member.example", consent="by letter")
    of_another_list = page_examples.of_people(later, member.subscription.subscriber)
    for name, address in chain(page_addresses.items(), of_another_list.items()):
        page = PAGES[name]
        for method, needs in (("GET", page.callback.access), ("POST", page.callback.posting)):
            expected = answer_to(superuser, method, address)
            assert expected != 404 or not name.startswith("people"), (name, method, "needs a record that exists")
            for role, client in people.items():
                may = "." not in needs or needs in roles.ROLES[role]
                assert answer_to(client, method, address) == (expected if may else 403), (name, method, role)


def test_a_role_without_the_permission_changes_nothing_about_people_of_any_list(page_addresses):
    """Each form of the section, filled in with records that exist; what a request may change is undone after it."""
    later = mailing_lists.create_list(audit.system(), "board", "Board")
    member = subscriptions.add_confirmed(audit.system(), later, "member@board-member.example", consent="by letter")
    pages = [*page_examples.of_people(later, member.subscription.subscriber).items()]
    pages += [(name, address) for name, address in page_addresses.items() if name.startswith("people")]
    clients = {
        role: signed_in(make_staff(f"the-{role}", *roles.ROLES[role])) for role in ("editor", "publisher", "admin", "auditor")
    }
    typed = {
        "address": member.subscription.subscriber.address, "list": str(later.pk), "kind": "erase", "confirmed": "yes", "sure": "yes",
        "step": "merge", "other": "1", "action": "delete", "reason": "manual", "detail": "asked", "domain": "a.example",
        "name": "name", "type": "text", "pasted": "email\na@b.example", "all": "1",
    }  # fmt: skip
    for client in clients.values():
        client.get("/console/")  # the first request notes that the session is in use
    before = digests()
    for (name, address), (role, client) in product(pages, clients.items()):
        needs = PAGES[name].callback.posting
        if needs not in roles.ROLES[role] and PAGES[name].callback.methods != access.GET:
            assert client.post(address, typed).status_code == 403, (name, role)
    assert digests() == before


def test_a_request_is_not_reached_by_the_address_of_another_list(console, page_addresses):
    other = mailing_lists.create_list(audit.system(), "board", "Board")
    asked = subscriptions.subscribe(audit.subscriber(), other, "asks@board-member.example")
    address = re.sub(r"/requests/\d+/$", f"/requests/{asked.pk}/", page_addresses["people-list-request"])
    consent = {"how": "by letter", "day": "2026-02-03", "document": "folder 12"}
    for answer in (console.get(address), console.post(address, consent)):
        assert (answer.status_code, answer.url) == (302, page_addresses["people-list-requests"])
    for action in ("refuse", "again"):
        console.post(page_addresses["people-list-requests"], {"action": action, "request": asked.pk})
    asked.refresh_from_db()
    assert (asked.state, Audit.objects.filter(verb="refuse_requests").count()) == ("pending", 0)


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


@pytest.mark.soak
def test_no_other_spelling_opens_a_page(page_addresses, client):
    for address in list(page_addresses.values())[::5]:
        if address.startswith("/console/") and "/log" not in address:
            for spelling in (address.rstrip("/") if address.endswith("/") else address + "/", address.upper(), address + "%00"):
                answer = answer_to(client, "GET", spelling)
                assert answer in {LOGIN, 302, 404}, spelling


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
    request.user, request.session = make_staff("somebody", *RIGHTS), {}
    with pytest.raises(PermissionDenied):
        guarded(request)


def test_every_url_stands_in_two_files():
    elsewhere = [
        file.name
        for file in (ROOT / "web").rglob("*.py")
        if file.name not in {"urls.py", "reader_urls.py", "access.py"}
        and re.search(r"django\.urls import|re_path|include\(", file.read_text())
    ]
    assert elsewhere == []
