"""How SendGrid changes a mail (links, pixel, unsubscribe text, footer) by the settings of the request or the account."""

from typing import Any

HTML = (
    '<html><body><a href="https://letters.example/one?a=1">one</a> <a clicktracking=off href="https://letters.example/two">two</a>'
    " <a href=https://letters.example/three>three</a> [unsubscribe]</body></html>"
)
TEXT = "See https://letters.example/one and write."
CONTENT = [{"type": "text/plain", "value": TEXT}, {"type": "text/html", "value": HTML}]


def render(sandbox: Any, send: Any, write: Any, **settings: Any) -> dict[str, Any]:
    send(write(content=CONTENT, **settings))
    found: dict[str, Any] = sandbox.messages()[0]
    return found


def test_a_mail_is_unchanged_without_tracking(sandbox: Any, send: Any, write: Any) -> None:
    found = render(sandbox, send, write)
    assert (found["html"], found["text"]) == (HTML, TEXT)


def test_click_tracking_of_a_request_rewrites_its_links(sandbox: Any, send: Any, write: Any) -> None:
    found = render(sandbox, send, write, tracking_settings={"click_tracking": {"enable": True, "enable_text": False}})
    assert found["html"].count("/ls/click?upn=") == 1
    assert "https://letters.example/one" not in found["html"]
    assert '<a clicktracking=off href="https://letters.example/two">' in found["html"]
    assert "href=https://letters.example/three" in found["html"]
    assert found["text"] == TEXT
    found = render(sandbox, send, write, tracking_settings={"click_tracking": {"enable": True, "enable_text": True}})
    assert "/ls/click?upn=" in found["text"]


def test_tracking_settings_of_a_request_override_those_of_the_account(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.account(tracking={"click": True, "open": True, "subscription": True})
    found = render(sandbox, send, write)
    assert found["html"].count("/ls/click?upn=") == 1
    assert found["html"].count("/wf/open?upn=") == 1
    assert found["html"].endswith("</body></html>")
    assert "/wf/unsubscribe?upn=" in found["text"]
    assert found["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    off = {name: {"enable": False} for name in ("click_tracking", "open_tracking", "subscription_tracking")}
    found = render(sandbox, send, write, tracking_settings=off)
    assert (found["html"], found["text"]) == (HTML, TEXT)
    assert "List-Unsubscribe" not in found["headers"]


def test_unsubscribe_tag_own_header_footer_and_utm_parameters_are_applied(sandbox: Any, send: Any, write: Any) -> None:
    own = {"List-Unsubscribe": "<https://letters.example/u>"}
    found = render(
        sandbox,
        send,
        write,
        headers=own,
        mail_settings={"footer": {"enable": True, "html": "<p>Foot</p>", "text": "Foot"}},
        tracking_settings={
            "subscription_tracking": {"enable": True, "substitution_tag": "[unsubscribe]"},
            "ganalytics": {"enable": True, "utm_source": "july"},
        },
    )
    assert "[unsubscribe]" not in found["html"]
    assert found["html"].count("/wf/unsubscribe?upn=") == 1
    assert found["headers"]["List-Unsubscribe"] == own["List-Unsubscribe"]
    assert "<p>Foot</p></body>" in found["html"]
    assert found["text"].endswith("Foot")
    assert "https://letters.example/one?a=1&utm_source=july" in found["html"]
