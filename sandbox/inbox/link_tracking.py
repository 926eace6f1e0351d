"""Shows the changes that SendGrid makes to a message when tracking is on, in the request or in the account: links, a
picture, an unsubscribe text, a footer. Only the displayed message is changed; the links lead nowhere."""

import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from sandbox.inbox.mail_rendering import Message
from sandbox.tracking_settings import ANCHOR, PLAIN_LINK, is_exempt, setting

TRACKER = "http://tracking.sandbox.example"
_MARK = re.compile(r"<%\s*([^%]*?)\s*%>")  # the place of the unsubscribe link, with its link text
_GOOGLE = ("utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign")


def track(message: Message, body: bytes, account: dict[str, bool]) -> None:
    """Rewrite in SendGrid's order: campaign parameters, footer, unsubscribe text, links, picture."""
    mail = orjson.loads(body)
    clicks, opens, leaving = (setting(mail, switch, account) for switch in ("click", "open", "subscription"))
    google = mail.get("tracking_settings", {}).get("ganalytics", {})
    if google.get("enable"):
        message.html = ANCHOR.sub(lambda match: _anchor(match, _with_campaign(match[3], google)), message.html)
    footer = mail.get("mail_settings", {}).get("footer", {})
    if footer.get("enable"):
        _append(message, footer.get("html", ""), footer.get("text", ""))
    if leaving:
        _offer_leaving(message, leaving)
    if clicks:
        message.html = ANCHOR.sub(lambda match: _anchor(match, _through("click", match[3])), message.html)
        if clicks.get("enable_text"):
            message.text = PLAIN_LINK.sub(lambda found: _through("click", found[0]), message.text)
    if opens and message.html:
        picture = f'<img src="{_through("open", message.id)}" alt="" width="1" height="1">'
        tag = opens.get("substitution_tag")
        if tag and tag in message.html:
            message.html = message.html.replace(tag, picture)
        else:
            message.html = _at_end(message.html, picture)


def _anchor(match: re.Match[str], href: str) -> str:
    before, quote, original = match[1], match[2], match[3]
    if is_exempt(before):
        href = original
    return f"<a{before}href={quote}{href}{quote}"


def _through(kind: str, what: str) -> str:
    path = {"click": "ls/click", "open": "wf/open", "unsubscribe": "wf/unsubscribe"}[kind]
    return f"{TRACKER}/{path}?upn={urlsafe_b64encode(what.encode()).rstrip(b'=').decode()}"


def _with_campaign(url: str, google: dict[str, Any]) -> str:
    parts = urlsplit(url)
    own = dict(parse_qsl(parts.query, keep_blank_values=True))
    added = {name: str(google[name]) for name in _GOOGLE if google.get(name)}
    return urlunsplit(parts._replace(query=urlencode({**own, **added})))


def _offer_leaving(message: Message, wish: dict[str, Any]) -> None:
    """Add an unsubscribe link to both parts, and SendGrid's List-Unsubscribe header if the sender has set none."""
    link = _through("unsubscribe", message.id)
    tag = wish.get("substitution_tag")
    if tag and (tag in message.html or tag in message.text):
        message.html, message.text = message.html.replace(tag, link), message.text.replace(tag, link)
    else:
        html = wish.get("html") or "If you would like to unsubscribe <% click here %>."
        text = wish.get("text") or "If you would like to unsubscribe: <% %>"
        html = _MARK.sub(lambda found: f'<a clicktracking=off href="{link}">{found[1]}</a>' if found[1] else link, html)
        _append(message, html, _MARK.sub(lambda found: f"{found[1]} {link}".strip(), text))
    if not any(name.lower() == "list-unsubscribe" for name in message.headers):
        message.headers["List-Unsubscribe"] = f"<{link}>"
        message.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _append(message: Message, html: str, text: str) -> None:
    if message.html and html:
        message.html = _at_end(message.html, html)
    if message.text and text:
        message.text = f"{message.text}\n{text}"


def _at_end(html: str, addition: str) -> str:
    position = html.lower().rfind("</body>")
    return html[:position] + addition + html[position:] if position >= 0 else html + addition
