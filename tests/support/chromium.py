"""Chromium for browser tests: which binary, how it is started, and why tests are skipped without it."""

from __future__ import annotations

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
    """A running browser with a profile of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield started
        finally:
            started.close()
