"""Five editors at work in one issue: the memory of the web process, and the time from a key to the preview that shows it.

`python -m tests.bench.editors_at_work --seconds 60`: five browser pages type in the sample issue with live preview, then one alone.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from pathlib import Path
from typing import Any

from tests.support import servers  # PostgreSQL and Valkey of our own, before Django's settings are read  # isort: skip
import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from cli import schema_migrations  # noqa: E402
from composer.issue.parts import outline  # noqa: E402
from editorial import issue_versions  # noqa: E402
from editorial.models import IssueRecord  # noqa: E402
from editorial.sources import issue_state  # noqa: E402
from publication import audit  # noqa: E402
from tests.bench.console_pages import EXAMPLE  # noqa: E402
from tests.support.chromium import chromium  # noqa: E402
from tests.support.processes import Processes  # noqa: E402
from tests.support.rich_text import RichText  # noqa: E402

EDITORS, SAMPLES, LIMIT_MIB = 5, 15, 400
PATIENCE = 30.0  # seconds for one preview


def memory_of(group: int) -> float:
    """The proportional memory of all processes of a group, in MiB: shared pages count once."""
    kilobytes = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                rollup = (entry / "smaps_rollup").read_text()
                kilobytes += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # the process has ended
    return kilobytes / 1024


def type_word(page: Any, word: str) -> None:
    page.keyboard.type(f" {word}")


def is_shown(page: Any, word: str) -> bool:
    for frame in page.frames[1:]:
        try:
            if word in frame.evaluate("document.body ? document.body.innerText : ''"):
                return True
        except Exception:
            continue
    return False


def until_shown(page: Any, word: str) -> float:
    """Seconds from the last key of a word until the preview shows it."""
    type_word(page, word)
    start = time.monotonic()
    while not is_shown(page, word):
        if time.monotonic() - start > PATIENCE:
            raise AssertionError(f"the preview does not show {word}")
        page.wait_for_timeout(10)
    return time.monotonic() - start


def open_editors(browser: Any, root: str, account: User, issue: IssueRecord) -> list[Any]:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    [(file, parts)] = [(name, parts) for name, parts in issue_state.head(issue.pk).files.items()][:1]
    articles = [part for part in parts if outline.kind_of(part) == outline.ARTICLE][:EDITORS]
    pages = []
    for part in articles:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": root}])
        page = context.new_page()
        page.goto(f"{root}/console/issues/{issue.slug}/part/?file={file}&part={part.id}")
        page.wait_for_selector(".preview-beside iframe")
        RichText(page).type_at_end("")
        page.keyboard.press("Control+Home")
        pages.append(page)
    return pages


def report(name: str, seconds: list[float]) -> None:
    print(f"{name}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s, of {len(seconds)}", flush=True)


def work(pages: list[Any], group: int, seconds: int) -> float:
    """Everybody types; returns the most memory that the web process had."""
    most, number, end = memory_of(group), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for page in pages:
            number += 1
            type_word(page, f"w{number}w")
        pages[0].wait_for_timeout(200)
        most = max(most, memory_of(group))
    return most


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.editors_at_work")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    logging.disable(logging.WARNING)
    try:
        schema_migrations.migrate()
        account = User.objects.create_superuser("bench", "bench@cast.example", "not used to sign in", is_staff=True)
        issue = issue_versions.store(audit.staff(account), EXAMPLE).version.issue
        with Processes("http://127.0.0.1:9") as processes, chromium() as browser:
            group = processes.start_web().pid
            pages = open_editors(browser, f"http://127.0.0.1:{processes.web_port}", account, issue)
            most = work(pages, group, options.seconds)
            print(f"web process with {len(pages)} editors at work: {most:.0f} MiB at most, limit {LIMIT_MIB} MiB", flush=True)
            among = []
            for number in range(SAMPLES):
                for page in pages[1:]:
                    type_word(page, f"v{number}v")
                among.append(until_shown(pages[0], f"x{number}x"))
            report("from key to preview, five editors", among)
            report("from key to preview, one editor", [until_shown(pages[0], f"y{number}y") for number in range(SAMPLES)])
    finally:
        connection.close()
        servers.pytest_unconfigure()


if __name__ == "__main__":
    main()
