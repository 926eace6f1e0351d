"""Opens mails in Chromium: without network, usually without scripts, with the pictures of the mail from memory."""

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
    """Opens a page with the mail, `width` CSS pixels wide, in light or dark `mode`. `pictures`: address -> bytes. All other
    requests are aborted; `requested` collects every address. `scripts`: needed for code that awaits promises in the page, such
    as axe."""
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
