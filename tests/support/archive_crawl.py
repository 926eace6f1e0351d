"""Follows every link of the public pages as a search engine does, and collects what is wrong with them."""

import html
import re
from collections.abc import Collection, Iterable
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client

from tests.support.html_check import CheckedPage

MOST_BYTES = 150_000  # of a page, without its pictures
MOST_REDIRECTS = 3
_FILES = ("/static/", "/media/", "/design/")
_MAIL_LINK = re.compile(r'(?:href|src)="([^"]*)"')
_XML_LINK = re.compile(r"<(?:loc|link|comments)>([^<]*)</|href=\"([^\"]*)\"|(?:href|src)=&quot;([^&]*)&quot;")


class Crawl:
    """`seen`: each address with the status at its end. `faults`: address -> what is wrong. `missing`: never in an answer."""

    def __init__(self, client: Client, missing: Collection[str] = (), print_progress: bool = False) -> None:
        self.client, self.missing, self.print_progress = client, missing, print_progress
        self.seen: dict[str, int] = {}
        self.faults: dict[str, list[str]] = {}
        self.largest = (0, "")
        self._ids: dict[str, set[str]] = {}
        self._fragments: dict[tuple[str, str], str] = {}  # (address, fragment) -> a page that links there
        self._found_on: dict[str, str] = {}

    def follow(self, starts: Iterable[str]) -> None:
        waiting = [*starts]
        while waiting:
            address = waiting.pop()
            if address in self.seen:
                continue
            if self.print_progress and len(self.seen) % 1000 == 0:
                print(f"{len(self.seen)} addresses, {len(self.faults)} with faults", flush=True)
            for link in self._read(address):
                path = self._path(address, link)
                if path and path not in self.seen:
                    self._found_on.setdefault(path, address)
                    waiting.append(path)
        for (address, fragment), page in self._fragments.items():
            if address in self._ids and fragment not in self._ids[address]:
                self._fault(page, f"nothing on {address} has the id {fragment}")

    def _path(self, page: str, link: str) -> str:
        """The address on this server without its fragment; empty if the link leads elsewhere, or to the pages of staff."""
        path, _, fragment = link.removeprefix(settings.PUBLIC_URL).partition("#")
        if urlsplit(path).scheme or path.startswith(("//", "/console/")):
            return ""
        path = urljoin(page, path) if path else page
        if fragment:
            self._fragments.setdefault((path, fragment), page)
        return path

    def _fault(self, address: str, text: str) -> None:
        self.faults.setdefault(address, []).append(text)

    def _read(self, address: str) -> list[str]:
        """Request a page, check it, and return its links."""
        answer, at = self.client.get(address), address
        for _ in range(MOST_REDIRECTS):
            if answer.status_code not in (301, 302):
                break
            at = answer.headers["Location"].removeprefix(settings.PUBLIC_URL)
            answer = self.client.get(at)
        content = b"".join(answer) if answer.streaming else answer.content
        self.seen[address] = answer.status_code
        if answer.status_code != 200:
            self._fault(address, f"{answer.status_code}, linked on {self._found_on.get(address)}")
            return []
        if answer.cookies:
            self._fault(address, f"a cookie: {', '.join(answer.cookies)}")
        kind = answer.headers["Content-Type"]
        if address.startswith(_FILES) or not ("html" in kind or "xml" in kind):
            return []
        text = content.decode()
        for secret in self.missing:
            if secret in text:
                self._fault(address, f"shows {secret}")
        if at != address:
            return [at]
        if "xml" in kind:
            return [html.unescape(html.unescape(next(filter(None, link), ""))) for link in _XML_LINK.findall(text)]
        self.largest = max(self.largest, (len(content), address))
        if len(content) > MOST_BYTES:
            self._fault(address, f"{len(content)} bytes")
        if urlsplit(address).path.endswith("/mail"):  # has the HTML of mails, in a sandbox
            self.faults |= {address: ["a script"]} if "<script" in text else {}
            return [html.unescape(link) for link in _MAIL_LINK.findall(text)]
        page = CheckedPage(text)
        self._ids[address] = set(page.ids)
        for fault in page.faults:
            self._fault(address, fault)
        return page.addresses
