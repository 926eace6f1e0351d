"""Chromium for looking at mails: without a network, without scripts, with the pictures of the mail handed to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES_AT = "https://pictures.example.org/"


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser with a profile of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def opened(
    browser: Any, html: str, *, width: int, mode: str, pictures: Mapping[str, bytes], requested: list[str] | None = None
) -> Iterator[Any]:
    """A page with the mail in it, `width` CSS pixels wide, `mode` light or dark. `pictures` are keyed by their address;
    every other request is refused, and all are noted in `requested`."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, java_script_enabled=False)

    def answer(route: Any) -> None:
        url = route.request.url
        if requested is not None:
            requested.append(url)
        if url in pictures:
            route.fulfill(body=pictures[url])
        else:
            route.abort()

    page = context.new_page()
    page.route("**/*", answer)
    try:
        page.set_content(html)
        yield page
    finally:
        context.close()
