"""Which tracking applies to a mail, and what of the mail it can act on.

The switch of the request decides; where the request has none, that of the account. SendGrid reports an open, a click or an
unsubscribe only where its switch is on: each is what a recipient does with a picture or link that tracking put into the mail.
"""

import re
from typing import Any

SWITCHES = {"click": "click_tracking", "open": "open_tracking", "subscription": "subscription_tracking"}
# Event -> the switch that it needs (SendGrid, Event Webhook Reference: "You need to enable … Tracking for getting this event").
NEEDS = {"open": "open", "click": "click", "unsubscribe": "subscription", "group_unsubscribe": "subscription"}
# A quoted, absolute href without spaces around the equals sign; clicktracking=off before it exempts the link.
ANCHOR = re.compile(r"""<a\b([^>]*?)\bhref=(["'])(https?://[^"'>\s]+)\2""", re.IGNORECASE)
PLAIN_LINK = re.compile(r"https?://[^\s<>\"]+")
_EXEMPT = re.compile(r"clicktracking\s*=\s*[\"']?off", re.IGNORECASE)


def setting(mail: dict[str, Any], switch: str, account: dict[str, bool]) -> dict[str, Any]:
    """The setting of the request, or the account's where the request does not say `enable`; empty if the switch is off."""
    asked: dict[str, Any] = mail.get("tracking_settings", {}).get(SWITCHES[switch], {})
    if "enable" in asked:
        return asked if asked["enable"] else {}
    return {**asked, "enable": True} if account.get(switch) else {}


def is_exempt(attributes: str) -> bool:
    """Whether a link with these attributes before its href is never rewritten."""
    return _EXEMPT.search(attributes) is not None


def tracked(mail: dict[str, Any], account: dict[str, bool]) -> dict[str, Any]:
    """Switch -> what can be reported of this mail: a picture in the HTML, its first tracked link with the part that has it."""
    settings = {switch: switch_settings for switch in SWITCHES if (switch_settings := setting(mail, switch, account))}
    if not settings:
        return {}
    parts = {block["type"]: block["value"] for block in mail.get("content", [])}
    html, text = parts.get("text/html", ""), parts.get("text/plain", "")
    in_text = text if settings.get("click", {}).get("enable_text") else ""
    subjects = {"open": bool(html), "click": _first_link(html, in_text), "subscription": True}
    return {switch: subjects[switch] for switch in settings if subjects[switch]}


def _first_link(html: str, text: str) -> list[str] | None:
    """The first link that is rewritten, and the part it is in; `text` is empty where links in it are not tracked."""
    if (link := next((anchor[3] for anchor in ANCHOR.finditer(html) if not is_exempt(anchor[1])), None)) is not None:
        return [link, "html"]
    match = PLAIN_LINK.search(text)
    return [match[0], "text"] if match else None
