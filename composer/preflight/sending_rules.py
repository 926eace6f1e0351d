"""Checks of a campaign rather than of an issue: the headers of bulk mail, and the subject of an advertisement.

They are not in the registry: headers are made when a campaign is sent (RFC 8058's pair, RFC 2919's List-Id), and only its lists
say whether it advertises in China. `campaigns.launch_checks` calls both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase

HEADERS = "list-headers"
ADVERTISEMENT = "subject-advertisement"
ONE_CLICK = "List-Unsubscribe=One-Click"
LONGEST_LIST_ID = 255  # octets
_LIST_ID = re.compile(r"(?:[^<>]*\s)?<[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.:-]*[A-Za-z0-9]>\Z")
_ADVERTISES = re.compile(r"(?:广告|AD(?![A-Za-z]))")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def inspect_headers(headers: Mapping[str, str]) -> tuple[Finding, ...]:
    """Returns the faults of a mail's headers. An http address of this machine is allowed, for local tests."""
    given = {name.lower(): value for name, value in headers.items()}
    return tuple(Finding(HEADERS, "error", {"problem": problem}) for problem in _problems(given))


def inspect_subject(subject: str, file: str = "", line: int | None = None) -> tuple[Finding, ...]:
    """Returns the fault of a filled subject for a list that advertises in China: it must begin with 广告 or AD."""
    if _ADVERTISES.match(subject):
        return ()
    return (Finding(ADVERTISEMENT, "error", {}, file, line),)


def _problems(given: Mapping[str, str]) -> Iterator[Phrase]:
    leave = given.get("list-unsubscribe", "")
    addresses = re.findall(r"<([^<>\s]*)>", leave)
    web = [address for address in addresses if address.startswith(("https://", "http://"))]
    if not leave:
        yield phrase("List-Unsubscribe is missing")
    elif len(web) != 1:
        yield phrase("List-Unsubscribe must contain exactly one web address (found: {count})", count=len(web))
    elif web[0].startswith("http://") and urlsplit(web[0]).hostname not in _LOOPBACK:
        yield phrase("the address in List-Unsubscribe must begin with https://")
    if given.get("list-unsubscribe-post") != ONE_CLICK:
        yield phrase("List-Unsubscribe-Post must be {value}", value=ONE_CLICK)
    list_id = given.get("list-id", "")
    if not list_id:
        yield phrase("List-Id is missing")
    elif not _LIST_ID.match(list_id):
        yield phrase("List-Id is not a name in angle brackets: {value}", value=list_id[:80])
    elif len(list_id.encode()) > LONGEST_LIST_ID:
        yield phrase("List-Id has {size} bytes, more than {limit}", size=len(list_id.encode()), limit=LONGEST_LIST_ID)
