"""Takes screenshots of every variant with Chromium: phone and desktop, light and dark. Playwright is optional."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cli.error_reporting import CliError
from cli.texts.printed_values import near_path
from config.env import UNSTORED_MEDIA_URL
from editorial.previewing.sample_reader import Reader

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

    from composer.composition import ComposedVariant
    from composer.images.picture_encoder import Picture

WIDTHS = {"desktop": 800, "phone": 375}  # CSS pixels
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900
PATIENCE = 20.0  # seconds for one picture
MOST = 300.0  # seconds for all of them
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Only the page: no search for updates, no services of the vendor. As root, Chromium runs only without its own sandbox.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Shot(NamedTuple):
    variant: ComposedVariant
    width: str
    scheme: Literal["light", "dark"]


def chromium() -> str:
    """The path of Chromium. Raises CliError where Chromium or Playwright is missing."""
    if find_spec("playwright") is None:
        raise CliError(
            "screenshots need Playwright, which is not installed",
            f"install it without a browser of its own: {near_path(sys.executable)} -m pip install playwright",
        )
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise CliError("screenshots need Chromium, which is not installed", f"install one of: {', '.join(PROGRAMS)}")
    return program


def shots(variants: Iterable[ComposedVariant]) -> list[Shot]:
    return [Shot(*combination) for combination in product(variants, WIDTHS, SCHEMES)]


def picture_url(picture: Picture) -> str:
    """The URL of a picture in mails of which screenshots are taken."""
    return f"{UNSTORED_MEDIA_URL}{picture.name}"


def take(shots: list[Shot], folder: Path, done: Callable[[int], None]) -> list[Path]:
    """Write the screenshots to `folder`; the files. The browser gets the mails and their pictures, and loads nothing else.

    Raises CliError if one takes too long; the files that were written before stay.
    """
    program = chromium()
    from playwright.sync_api import Error, sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + MOST
    files: list[Path] = []
    with sync_playwright() as playwright:
        # By default, `launch` creates a new profile folder for each run.
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, timeout=PATIENCE * 1000)
        try:
            for number, shot in enumerate(shots):
                if time.monotonic() > until:
                    raise CliError(
                        f"{len(shots) - number} of {len(shots)} screenshots were not taken within {MOST:.0f} seconds",
                        f"the others are in {folder}",
                    )
                files.append(_take_one(browser, shot, folder))
                done(number + 1)
        except Error as problem:
            hint = "try again, or install another version of Chromium"
            raise CliError(f"Chromium failed: {problem.message.splitlines()[0]}", hint) from problem
        finally:
            browser.close()
    return files


def _take_one(browser: Browser, shot: Shot, folder: Path) -> Path:
    mail = shot.variant.mail
    html = Reader().fill_page(mail.html, mail.fields)
    pictures = {picture_url(picture): picture for picture in mail.pictures}

    def answer(route: Route) -> None:
        picture = pictures.get(route.request.url)
        if route.request.url == UNSTORED_MEDIA_URL:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif picture is not None:
            route.fulfill(body=picture.data, content_type=picture.content_type)
        else:
            route.abort()

    # The names of the files sort by variant, then width, then light.
    file = folder / f"variant-{shot.variant.number:02d}-{shot.variant.language}-{shot.width}-{shot.scheme}.png"
    context = browser.new_context(
        viewport={"width": WIDTHS[shot.width], "height": HEIGHT}, color_scheme=shot.scheme,
        java_script_enabled=False, service_workers="block",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE * 1000)
    try:
        context.route("**/*", answer)
        page = context.new_page()
        page.goto(UNSTORED_MEDIA_URL, wait_until="load")
        page.screenshot(path=file, full_page=True, animations="disabled", timeout=PATIENCE * 1000)
    finally:
        context.close()
    return file
