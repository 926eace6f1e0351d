"""Whatever somebody sends, the answer is theirs to correct: no input of a request is our fault (status 500)."""

import logging.config
import re
import runpy
from collections.abc import Callable, Iterable, Iterator

import pytest
from django.test import Client, RequestFactory

from config import statement_limits
from tests.support.processes import ROOT
from tests.support.variations import few
from tests.web.conftest import RIGHTS, make_staff

pytestmark = pytest.mark.django_db

URLENCODED = "application/x-www-form-urlencoded"
# Codecs that are no charsets of text, that Python does not know, and that cannot be a charset at all.
# Every third is one that Python has no text for, one that it does not know, one that is not ASCII, one that it reads.
CHARSETS = ("rot13", "undefined", "idna", "nonsense", "hex", "base64", "\u20ac", "zip", "punycode", "utf-16", "utf-7", "")
PART = '--x\r\nContent-Disposition: form-data; name="{name}"{type}\r\n\r\n{value}\r\n--x--\r\n'
FIELDS = ("months", "address", "name", "list", "shown", "comment", "reason", "username", "password", "next", "language", "at", "zone", "slice", "decision", "version", "text", "quotation", "place", "person", "due", "note", "from", "to", "form", "scope", "step", "file", "part", "base", "title", "first", "second", "undo", "segment", "sender", "already_sent", "seen", "confirmed", "digest", "role",
          "List-Unsubscribe")  # fmt: skip
ODD_TEXTS = {
    "NUL": "a%00b", "lone surrogate": "%ED%A0%80", "no UTF-8": "%FF%FE", "overlong": "9" * 400, "negative": "-1",
    "bidi": "%E2%80%AE", "line end": "a%0D%0Ab", "very long": "x" * 20_000, "infinity": "infinity", "not a number": "NaN",
}  # fmt: skip


@pytest.fixture(params=[3, pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"])
def step(request) -> int:
    """The tests make every third request to every ninth address, or all."""
    return request.param


@pytest.fixture
def addresses(step, page_addresses) -> list[str]:
    return list(page_addresses.values())[:: step**2]


@pytest.fixture
def visitors(db) -> list[Client]:
    """A stranger, and staff who may do everything; the answer to a fault of ours is a page and no exception."""
    clients = [Client(raise_request_exception=False) for _ in range(2)]
    clients[1].force_login(make_staff("everything", *RIGHTS))
    return clients


def faults_of_ours(visitors: list[Client], requests: list[tuple[str, str, bytes, str]], **headers: str) -> list[object]:
    """Those of (method, address, body, content type) that are answered with 500 or more."""
    stranger, staff = visitors
    faults = []
    for method, address, body, kind in requests:
        client = staff if address.startswith("/console/") and "/log" not in address else stranger
        status = client.generic(method, address, body, content_type=kind, **headers).status_code
        if status >= 500:
            faults.append((method, address, body[:60], kind, headers, status))
    return faults


def that_take_posts(visitors: list[Client], addresses: list[str]) -> list[str]:
    return [address for address in addresses if visitors[1].post(address + "?").status_code != 405]


@pytest.mark.parametrize(
    "charsets",
    few(list(CHARSETS[::3]), soak=[[name for name in CHARSETS if name not in CHARSETS[::3]]]),
    ids=["four", "the rest"],
)
def test_a_charset_that_is_none_is_not_our_fault(addresses, step, visitors, charsets):
    requests = []
    for address in that_take_posts(visitors, addresses):
        for charset in charsets:
            part = PART.format(name="reason", type=f"\r\nContent-Type: text/plain; charset={charset}", value="x").encode()
            requests += [
                ("POST", address, b"List-Unsubscribe=One-Click&reason=x&language=en", f"{URLENCODED}; charset={charset}"),
                ("POST", address, part, f"multipart/form-data; boundary=x; charset={charset}"),
                ("POST", address, part, "multipart/form-data; boundary=x"),
                ("POST", address, part, f"multipart/form-data; boundary={charset or 'x'}"),
            ]
    assert faults_of_ours(visitors, requests[::step]) == []


@pytest.mark.parametrize("address", ["/console/login/", "/u/test", "/c/x", "/"])
@pytest.mark.parametrize("charset", ["hex", "undefined"])
def test_a_form_in_a_refused_charset_is_answered_with_400_in_a_browser_with_a_csrf_cookie(address, charset):
    browser = Client(raise_request_exception=False, enforce_csrf_checks=True)
    browser.get("/console/login/")
    assert "csrf" in "".join(browser.cookies)
    part = PART.format(name="csrfmiddlewaretoken", type="", value="x").encode()
    answer = browser.generic("POST", address, part, content_type=f"multipart/form-data; boundary=x; charset={charset}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "headers", "content_type", "body"),
    [
        ("/", {"HTTP_HOST": "203.0.113.9"}, "text/plain", b""),
        ("/console/login/", {}, "multipart/form-data; boundary=" + "x" * 300, b"--x--"),
        ("/console/login/", {}, URLENCODED, b"&".join(b"a=b" for _ in range(2000))),
    ],
    ids=["host", "boundary", "fields"],
)
def test_a_request_that_the_client_got_wrong_leaves_one_line_in_the_log(address, headers, content_type, body, capfd, settings):
    logging.config.dictConfig(settings.LOGGING)  # with the handler that ships
    answer = Client(raise_request_exception=False).generic("POST", address, body, content_type=content_type, **headers)
    lines = capfd.readouterr().err.splitlines()
    assert (answer.status_code, len(lines)) == (400, 1), lines


@pytest.fixture(scope="module")
def application() -> Iterator[Callable[..., Iterable[bytes]]]:
    """What the web server serves."""
    before = statement_limits.of_process()
    yield runpy.run_path(str(ROOT / "config" / "wsgi.py"))["application"]
    statement_limits.use(before)


@pytest.mark.parametrize(
    "kind",
    [
        "x; y*=idna''%41",
        "x; y*=undefined''a",
        "x; y*=a%00b''a",
        "x; y*0=a; y*1*=b''c",
        "x; charset*=utf-8''a%00b",
        "x; y*=nothing''a",
    ],
)
@pytest.mark.parametrize("address", ["/console/login/", "/hooks/sendgrid", "/health/live", "/static/console.css"])
def test_a_content_type_that_cannot_be_decoded_is_answered_with_400_before_anything_reads_it(application, caplog, kind, address):
    answers = []
    environ = RequestFactory().generic("POST", address, b"a=b", content_type="text/plain").environ
    body = application({**environ, "CONTENT_TYPE": kind}, lambda status, headers: answers.append((status, dict(headers))))
    assert answers[0][0] == "400 Bad Request"
    assert int(answers[0][1]["Content-Length"]) == len(b"".join(body))
    assert not caplog.records


def test_odd_text_in_a_query_or_a_form_is_not_our_fault(addresses, step, visitors):
    requests = []
    for odd in ODD_TEXTS.values():
        query = f"?page={odd}&q={odd}&language={odd}&after={odd}&next={odd}"
        requests += [("GET", address + query, b"", URLENCODED) for address in addresses]
        pairs = "&".join(f"{name}={odd}" for name in FIELDS)
        plain = f"decision=resend&reason={odd}&slice=1&sure=yes&step=back&scope=all&form={odd}&at={odd}&zone=UTC&each_zone=1"
        plain += f"&file=issue.md&part=light&base={odd}&title={odd}&first={odd}&second={odd}&undo={odd}&already_sent={odd}&sender={odd}"
        requests += [
            ("POST", address, body.encode(), URLENCODED)
            for address in that_take_posts(visitors, addresses)
            for body in (pairs, plain)
        ]
    assert faults_of_ours(visitors, requests[::step]) == []


@pytest.mark.soak
def test_odd_paths_are_not_our_fault(addresses, step, visitors):
    tails = ("%00", "%ED%A0%80", "%FF", "%E2%80%AE", "..%2F..%2Fetc", "%0D%0AX:y", "9" * 400)
    numbers = (str(2**31), str(2**63), str(2**64), "9" * 5000, "-1", "\u0661", "0")
    requests = [("GET", address + tail, b"", "") for address in addresses for tail in tails]
    requests += [
        (method, re.sub(r"/\d+(?=/)", f"/{number}", address), b"", URLENCODED)
        for address in addresses
        for number in numbers
        for method in ("GET", "POST")
        if re.search(r"/\d+/", address)
    ]
    for address in ("/u/", "/v/", "/c/", "/p/", "/d/", "/a/", "/media/", "/archive/", "/console/"):
        requests += [("GET", f"{address}{tail}", b"", "") for tail in tails]
    assert faults_of_ours(visitors, requests[::step]) == []


def test_odd_headers_are_not_our_fault(addresses, step, visitors):
    headers = {
        "HTTP_ACCEPT_LANGUAGE": "x" * 2000 + ",\x00;q=nan", "HTTP_COOKIE": "mailroom-language=\x00; =; a",
        "HTTP_IF_MODIFIED_SINCE": "Thu, 99 Foo 9999 99:99:99 GMT", "HTTP_IF_NONE_MATCH": '"' * 300,
        "HTTP_REFERER": "http://[", "HTTP_RANGE": "bytes=9-1",
    }  # fmt: skip
    requests = [(method, address, b"a=b", URLENCODED) for address in addresses for method in ("GET", "POST")]
    assert faults_of_ours(visitors, requests[::step], **headers) == []


def test_the_answer_to_an_unreadable_body_is_a_page_with_words(visitors):
    answer = visitors[0].generic("POST", "/console/login/", b"x", content_type="multipart/form-data; boundary=x; charset=rot13")
    assert answer.status_code == 400
    assert b"This request cannot be read" in answer.content
