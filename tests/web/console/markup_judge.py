"""Opens pages in Chromium and reports everything that shows that a stored text became markup."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from tests.web.hostile_markup import MARK

# Pages that show a mail, which has inline styles; nothing in them can run.
MAIL_VIEWS = {
    "version-mail", "variant-mail", "issue-preview-mail", "review-mail", "view", "archive-mail", "archive-mail-language",
}  # fmt: skip
# Elements and attributes that only a text can have brought: no page and no mail of ours has them.
FOREIGN = """() => {
  const found = [];
  for (const element of document.querySelectorAll('*')) {
    for (const {name, value} of element.attributes) {
      if (name.startsWith('on') || name === 'srcdoc' || /^\\s*javascript:/i.test(value)) found.push(`${element.localName} ${name}`);
    }
    if (/^(object|embed|animate|video|audio|base)$/.test(element.localName)) found.push(element.localName);
    if (element.localName === 'script' && !element.src && element.type !== 'application/json') found.push('script');
  }
  return found;
}"""
# Touches every element as a mouse and a keyboard would: handlers that wait for that run.
TOUCH = """() => {
  for (const element of document.querySelectorAll('body *')) {
    for (const kind of ['mouseover', 'focus', 'animationstart', 'toggle']) element.dispatchEvent(new Event(kind));
  }
}"""


@dataclass
class Judge:
    """`faults`: page -> what it did. `texts`: what the pages show. `visited`: name of the URL -> how many of its pages."""

    page: object
    root: str
    faults: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    visited: Counter[str] = field(default_factory=Counter)
    _heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        page = self.page
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self._heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda opened: self._heard.append(f"opened {opened.url}"))
        page.on("response", self._answered)

    def _said(self, kind: str, text: str) -> None:
        # Warnings may quote a text, such as the value of a field.
        if text == MARK or (kind == "error" and "status of 4" not in text):
            self._heard.append(f"console: {text[:300]}")

    def _answered(self, answer) -> None:
        """Judge the policy of every document, those in frames too."""
        path = urlsplit(answer.url).path
        if path.startswith("/answer/mail"):
            return
        if answer.request.resource_type != "document" or not answer.url.startswith(self.root) or answer.status in (301, 302):
            return
        policy = answer.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or ("unsafe-" in policy and _name(path) not in MAIL_VIEWS):
            self._heard.append(f"policy of {path}: {policy}")
        if _name(path) in MAIL_VIEWS and not policy.startswith("sandbox"):
            self._heard.append(f"no sandbox: {path}")

    def open(self, path: str) -> list[str]:
        """Open a page and judge it; returns its links to other pages of this server."""
        self._heard.clear()
        answer = self.page.goto(self.root + path)
        if answer is None or answer.status >= 400:
            self._heard.append(f"status {answer and answer.status}")
        links = self._judge(path)
        self.visited[_name(urlsplit(path).path)] += 1
        return links

    def show(self, path: str, status: int, policy: str, body: str) -> None:
        """Show the page that answered a form; or, without a policy, a mail, in which everything could run."""
        self._heard.clear()
        headers = {"Content-Type": "text/html; charset=utf-8"} | ({"Content-Security-Policy": policy} if policy else {})
        self.page.route("**/answer/*", lambda route: route.fulfill(status=status, headers=headers, body=body))
        self.page.goto(f"{self.root}/answer/{'page' if policy else 'mail'}{len(self.texts)}")
        self.page.unroute("**/answer/*")
        self._judge(path)

    def _judge(self, path: str) -> list[str]:
        where = self.page.url
        # A frame that is not in sight has not been loaded; the page in it is opened by its address.
        for frame in (each for each in self.page.frames if each.url not in ("", "about:blank")):
            self.texts.append(unescape(frame.content()))
            self._heard += [f"in the page: {each}" for each in frame.evaluate(FOREIGN)]
            frame.evaluate(TOUCH)
        if self.page.url != where:
            self._heard.append(f"went to {self.page.url}")
        if self._heard:
            self.faults.setdefault(path, []).extend(self._heard)
        links = self.page.evaluate("() => [...document.querySelectorAll('a[href], iframe[src]')].map((e) => e.href || e.src)")
        return [each.removeprefix(self.root) for each in links if each.startswith(self.root)]

    def walk(self, starts: list[str], wanted: Callable[[str, int], bool]) -> None:
        """Open these pages and what they link to, as long as `wanted` says so of the URL's name and the pages seen of it."""
        waiting, known = deque(starts), set(starts)
        while waiting:
            path = waiting.popleft()
            name = _name(urlsplit(path).path)
            if not name or not wanted(name, self.visited[name]):
                continue
            for link in self.open(path):
                link = link.partition("#")[0]
                if link not in known:
                    known.add(link)
                    waiting.append(link)


def _name(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def pages_of_table(patterns) -> Iterator[str]:
    """The names of the URLs in web/urls.py that staff open."""
    for each in patterns:
        route = str(each.pattern)
        if route.startswith("console/") and not re.search(r"login|logout|language|password|reset|join", route):
            yield each.name


def names(texts: Iterable[str]) -> dict[str, int]:
    """The inputs whose names are in pages: name -> in how many pages."""
    found: dict[str, int] = defaultdict(int)
    for text in texts:
        for name in set(re.findall(r"\bin-[a-z-]+", text)):
            found[name] += 1
    return found
