"""Shows the changes that SendGrid makes to a message when tracking is on, in the request or in the account: links, a
picture, an unsubscribe text. Only the displayed message is changed; the links lead nowhere."""

import re
from base64 import urlsafe_b64encode

import orjson

from sandbox.inbox.mail_rendering import Message
from sandbox.tracking_settings import ANCHOR, PLAIN_LINK, is_exempt, setting

TRACKER = "http://tracking.sandbox.example"


def track(message: Message, body: bytes, account: dict[str, bool]) -> None:
    """Rewrite in SendGrid's order: unsubscribe text, links, picture."""
    mail = orjson.loads(body)
    clicks, opens, leaving = (setting(mail, switch, account) for switch in ("click", "open", "subscription"))
    if leaving:
        _offer_leaving(message)
    if clicks:
        message.html = ANCHOR.sub(_anchor, message.html)
        if clicks.get("enable_text"):
            message.text = PLAIN_LINK.sub(lambda found: _through("click", found[0]), message.text)
    if opens and message.html:
        message.html = _at_end(message.html, f'<img src="{_through("open", message.id)}" alt="" width="1" height="1">')


def _anchor(match: re.Match[str]) -> str:
    before, quote, original = match[1], match[2], match[3]
    href = original if is_exempt(before) else _through("click", original)
    return f"<a{before}href={quote}{href}{quote}"


def _through(kind: str, what: str) -> str:
    path = {"click": "ls/click", "open": "wf/open", "unsubscribe": "wf/unsubscribe"}[kind]
    return f"{TRACKER}/{path}?upn={urlsafe_b64encode(what.encode()).rstrip(b'=').decode()}"


def _offer_leaving(message: Message) -> None:
    """Add an unsubscribe link to both parts, and SendGrid's List-Unsubscribe header if the sender has set none."""
    link = _through("unsubscribe", message.id)
    if message.html:
        html = f'If you would like to unsubscribe <a clicktracking=off href="{link}">click here</a>.'
        message.html = _at_end(message.html, html)
    if message.text:
        message.text = f"{message.text}\nIf you would like to unsubscribe: {link}"
    if not any(name.lower() == "list-unsubscribe" for name in message.headers):
        message.headers["List-Unsubscribe"] = f"<{link}>"
        message.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _at_end(html: str, addition: str) -> str:
    position = html.lower().rfind("</body>")
    return html[:position] + addition + html[position:] if position >= 0 else html + addition
