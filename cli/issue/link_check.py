"""`mailroom issue check --online`: checks that every link resolves. Each address is requested once, behind the egress guard;
redirects are not followed."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from composer.errors import Finding, Level
from transport.errors import EgressFailedError, EgressRefusedError
from transport.http import egress_guard
from transport.http.endpoint import is_loopback

AT_ONCE = 8
ALL_SECONDS = 30.0  # for all links of a mail together
EACH_SECONDS = 5.0
MOST = 300
NO_TIME = "there was no time left"
NOT_ASKED = f"only the first {MOST} links are checked"
_GONE = (404, 410)
_LASTING = (301, 308)


@dataclass(frozen=True, slots=True)
class Tried:
    """The result for one URL; `code` is "" where it answers as it should."""

    url: str
    code: str = ""
    level: Level = "info"
    detail: str = ""


def try_links(urls: Iterable[str], *, loopback: bool = False) -> tuple[Tried, ...]:
    """Request every http(s) URL among `urls`, in parallel, within ALL_SECONDS. `loopback` also permits this machine."""
    web_urls = [url for url in dict.fromkeys(urls) if url.startswith(("http://", "https://"))]
    until = time.monotonic() + ALL_SECONDS
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="link") as pool:
        tried = list(pool.map(lambda url: _try(url, until, loopback), web_urls[:MOST]))
    return (*tried, *(Tried(url, "link-silent", "info", NOT_ASKED) for url in web_urls[MOST:]))


def _try(url: str, until: float, loopback: bool) -> Tried:
    """Request with HEAD, and with GET where HEAD fails, because many servers do not support HEAD."""
    bare = url.partition("#")[0]
    try:
        answer = _ask(bare, "HEAD", until, loopback)
        if answer is None or answer.status >= 400:
            answer = _ask(bare, "GET", until, loopback) or answer
    except EgressRefusedError as refused:
        if refused.reason == "address":
            return Tried(url, "link-private", "warning")
        return Tried(url, "link-silent", "info", str(refused))
    except EgressFailedError as failed:
        named = str(failed) == egress_guard.NO_NAME
        return Tried(url, "link-dead" if named else "link-silent", "error" if named else "warning", str(failed))
    if answer is None:
        return Tried(url, "link-silent", "info", NO_TIME)
    return _judged(url, bare, answer)


def _judged(url: str, bare: str, answer: egress_guard.Fetched) -> Tried:
    if answer.status in _GONE:
        return Tried(url, "link-dead", "error", f"the server answers {answer.status}")
    if 300 <= answer.status < 400 and answer.location:
        to = urljoin(bare, answer.location)
        if to == bare:
            return Tried(url)
        return Tried(url, "link-moved", "warning" if answer.status in _LASTING else "info", to[:300])
    if answer.status >= 400:
        return Tried(url, "link-silent", "warning" if answer.status >= 500 else "info", f"the server answers {answer.status}")
    return Tried(url)


def _ask(url: str, method: str, until: float, loopback: bool) -> egress_guard.Fetched | None:
    """The answer; None where no time is left, or where HEAD failed and GET should be tried."""
    left = min(EACH_SECONDS, until - time.monotonic())
    if left <= 0:
        return None
    ports: Sequence[int] = range(1, 65536) if loopback and is_loopback(urlsplit(url).hostname or "") else (80, 443)
    try:
        return egress_guard.fetch(url, method, timeout=left, permit=_permit if loopback else egress_guard.is_public, ports=ports)
    except EgressFailedError as failed:
        if method == "HEAD" and str(failed) != egress_guard.NO_NAME:
            return None
        raise


def _permit(ip: str) -> bool:
    return egress_guard.is_public(ip) or is_loopback(ip)


def findings(tried: Iterable[Tried], places: Mapping[str, Sequence[tuple[str, int]]]) -> tuple[Finding, ...]:
    """The findings about the links; `places` is URL -> (file, line) of each place where it is written."""
    tried = tuple(tried)
    nameless = [link.url for link in tried if link.detail == egress_guard.NO_NAME]
    if nameless and all(link.detail in (egress_guard.NO_NAME, NOT_ASKED, NO_TIME) for link in tried):
        # No link answered: more likely the machine is offline than all links wrong, and one line is enough to say so.
        names = ", ".join(dict.fromkeys(urlsplit(url).hostname or url for url in nameless))
        file, line = next(iter(places.get(nameless[0], ())), ("", 0))
        return (Finding("link-offline", "error", {"names": names}, file, line or None),)
    link_findings: list[Finding] = []
    for link in tried:
        if link.code:
            params: dict[str, object] = {"url": link.url, "problem": link.detail, "to": link.detail}
            where = places.get(link.url) or [("", 0)]
            link_findings += [Finding(link.code, link.level, params, file, line or None) for file, line in where]
    return tuple(link_findings)
