"""Chromium for browser tests: which binary, how it is started, and why tests are skipped without it."""

import asyncio
import functools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cli.issue.screenshots import FLAGS, PROGRAMS

CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)

# Add these to `pytestmark` of tests that need a browser.
MARKS = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@contextmanager
def chromium() -> Iterator[Any]:
    """Chromium, started once for this process: that takes longer than most tests with it. What is opened in it is closed at the end.

    Playwright's event loop counts as running only in here. Elsewhere Django would refuse the database because of it.
    """
    outer = asyncio._get_running_loop()
    started, loop = _started()
    others = list(started.contexts)
    asyncio._set_running_loop(loop)
    try:
        yield started
    finally:
        for context in started.contexts:
            if context not in others:
                context.close()
        asyncio._set_running_loop(outer)


@functools.cache
def _started() -> tuple[Any, asyncio.AbstractEventLoop]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # its 5 seconds are too short for a busy machine
    running = sync_playwright().start()
    browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    return browser, asyncio.get_running_loop()
