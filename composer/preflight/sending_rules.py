"""Checks of a campaign rather than of an issue: the headers of bulk mail, and the subject of an advertisement.

Headers are made when a campaign is sent (RFC 8058's pair, RFC 2919's List-Id), and only its lists say whether it advertises in
China, or has an archive. So these rules have a registry of their own, and `campaigns.launch_checks` calls each.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase

ONE_CLICK = "List-Unsubscribe=One-Click"
LONGEST_LIST_ID = 255  # octets
_LIST_ID = re.compile(r"(?:[^<>]*\s)?<[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.:-]*[A-Za-z0-9]>\Z")
_ADVERTISES = re.compile(r"(?:广告|AD(?![A-Za-z]))")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Given = ParamSpec("Given")
Check = Callable[Given, Iterator[Finding]]
SENDING_RULES: dict[str, bool] = {}  # code -> whether its level is fixed


def sending_rule(code: str, *, fixed: bool) -> Callable[[Check[Given]], Callable[Given, tuple[Finding, ...]]]:
    SENDING_RULES[code] = fixed

    def register(check: Check[Given]) -> Callable[Given, tuple[Finding, ...]]:
        @wraps(check)
        def checked(*args: Given.args, **options: Given.kwargs) -> tuple[Finding, ...]:
            return tuple(replace(finding, code=code) for finding in check(*args, **options))

        return checked

    return register


@sending_rule("list-headers", fixed=True)
def inspect_headers(headers: Mapping[str, str]) -> Iterator[Finding]:
    """Returns the faults of a mail's headers. An http address of this machine is allowed, for local tests."""
    given = {name.lower(): value for name, value in headers.items()}
    yield from (Finding("", "error", {"problem": problem}) for problem in _problems(given))


@sending_rule("subject-advertisement", fixed=False)
def inspect_subject(subject: str, file: str = "", line: int | None = None) -> Iterator[Finding]:
    """Returns the fault of a filled subject for a list that advertises in China: it must begin with 广告 or AD."""
    if not _ADVERTISES.match(subject):
        yield Finding("", "error", {}, file, line)


@sending_rule("digest-archive", fixed=True)
def inspect_digest(list_name: str, slug: str) -> Iterator[Finding]:
    """Returns the fault of a digest whose lists have no archive: its links would lead to pages that nobody may see."""
    yield Finding("", "error", {"list": list_name, "slug": slug})


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
