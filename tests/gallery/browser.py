"""Chromium for looking at mails: without a network, mostly without scripts, with the pictures of the mail handed to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

PICTURES_AT = "https://pictures.example.org/"


@contextmanager
def opened(
    browser: Any,
    html: str,
    *,
    width: int,
    mode: str,
    pictures: Mapping[str, bytes],
    requested: list[str] | None = None,
    scripts: bool = False,
) -> Iterator[Any]:
    """A page with the mail in it, `width` CSS pixels wide, `mode` light or dark. `pictures` are keyed by their address;
    every other request is refused, and all are noted in `requested`. `scripts` for what waits in the page, as axe does:
    without them its promises are never kept."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, java_script_enabled=scripts)

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
