"""The inbox: the final mail of each person, and pages that show foreign bytes without trusting them."""

import http.client
from typing import Any

import pytest

from sandbox.substitutions import substitute


def fetch(sandbox: Any, path: str, host: str = "", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, headers={**named, **({"Host": host} if host else {})})
    answer = line.getresponse()
    data = answer.read().decode()
    line.close()
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, data


def letter(write: Any) -> dict[str, Any]:
    content = [{"type": "text/plain", "value": "Dear -name-"}, {"type": "text/html", "value": "<p>Dear -name-</p>"}]
    mail: dict[str, Any] = write("ada@example.com", "grace@example.com", subject="For -name-", content=content)
    mail |= {"headers": {"X-Issue": "7", "X-Both": "message"}, "reply_to": {"email": "r-name-@x.example"}}
    mail["personalizations"][0] |= {
        "substitutions": {"-name-": "Ada", "-unused-": "x"},
        "headers": {"List-Unsubscribe": "<https://x.example/u/-name->", "X-Both": "person"},
        "to": [{"email": "ada@example.com", "name": "Ada L"}],
    }
    mail["personalizations"][1] |= {"subject": "Own", "from": {"email": "other@letters.example"}}
    return mail


def test_a_message_is_rendered_with_its_substitutions_and_headers(sandbox: Any, send: Any, write: Any) -> None:
    send(letter(write))
    (ada,) = sandbox.messages(to="ada@")
    assert (ada["subject"], ada["html"], ada["text"]) == ("For Ada", "<p>Dear Ada</p>", "Dear Ada")
    assert ada["headers"]["To"] == "Ada L <ada@example.com>"
    assert ada["headers"]["Reply-To"] == "rAda@x.example"
    assert (ada["headers"]["X-Issue"], ada["headers"]["X-Both"]) == ("7", "person")
    assert ada["headers"]["List-Unsubscribe"] == "<https://x.example/u/-name->"
    assert "the substitution tag -unused- is not used in the mail" in ada["warnings"]
    (grace,) = sandbox.messages(to="GRACE")
    assert (grace["subject"], grace["from"]) == ("Own", "other@letters.example")
    assert any("-name- looks like a substitution tag" in warning for warning in grace["warnings"])


def test_substitutions_apply_in_one_pass_or_tag_after_tag() -> None:
    pairs = {"-a-": "-b-", "-b-": "x"}
    assert substitute("-a- -b-", pairs, nested=False) == "-b- x"
    assert substitute("-a- -b-", pairs, nested=True) == "x x"


def test_messages_are_found_by_custom_arg_newest_first(sandbox: Any, send: Any, write: Any) -> None:
    send(write("ada@example.com", "grace@example.com"))
    send(write("ada@example.com"))
    lines = sandbox.messages(arg="mr_d:delivery-0", whole=False)
    assert [(line["request"], line["times"]) for line in lines] == [(2, 2), (1, 2)]
    assert sandbox.messages(arg="mr_d:delivery-1", whole=False)[0]["to"] == "grace@example.com"


def test_the_inbox_has_fifty_messages_per_page_and_a_search(sandbox: Any, send: Any, write: Any) -> None:
    send(write(*[f"p{number:03}@example.com" for number in range(120)]))
    first, last = (fetch(sandbox, f"/_sandbox/inbox?page={page}")[2] for page in (1, 3))
    assert "p119@" in first
    assert "p000@" in last
    assert "page 3 of 3" in last
    assert fetch(sandbox, "/_sandbox/inbox?to=p07")[2].count('class="to"') == 10


def test_mail_content_is_escaped_and_its_html_part_is_sandboxed(sandbox: Any, send: Any, write: Any) -> None:
    evil = "<script>alert(1)</script>"
    content = [{"type": "text/plain", "value": evil}, {"type": "text/html", "value": evil}]
    send(write(subject=evil, content=content, headers={"X-A": evil}, custom_args={evil: evil}))
    for path in ("/_sandbox/inbox", "/_sandbox/inbox/1-0", f"/_sandbox/inbox?to={evil}", "/_sandbox/inbox/requests"):
        status, headers, page = fetch(sandbox, path)
        assert status == 200
        assert "<script" not in page
        assert "script-src" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
    _, headers, page = fetch(sandbox, "/_sandbox/inbox/1-0/html")
    assert page == evil
    policy = "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'"
    assert headers["content-security-policy"] == policy


def test_requests_from_other_hosts_and_sites_are_rejected(sandbox: Any) -> None:
    assert fetch(sandbox, "/_sandbox/inbox", host="rebound.example:80")[0] == 403
    assert fetch(sandbox, "/_sandbox/reset", method="POST", Sec_Fetch_Site="cross-site")[0] == 403
    assert fetch(sandbox, "/_sandbox/inbox", Sec_Fetch_Site="cross-site")[0] == 200


@pytest.mark.parametrize("path", ["/_sandbox/inbox/9-0", "/_sandbox/inbox/x", "/_sandbox/messages/1-7", "/nowhere"])
def test_unknown_messages_and_paths_are_not_found(sandbox: Any, path: str) -> None:
    assert fetch(sandbox, path)[0] == 404


def test_the_requests_page_shows_accepted_requests_that_the_sender_believes_failed(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("1:500-after", "2:reset-before")
    send(write())
    with pytest.raises(ConnectionError):
        send(write())
    page = fetch(sandbox, "/_sandbox/inbox/requests")[2]
    assert "accepted, but the sender does not know" in page
    assert "no response" in page
