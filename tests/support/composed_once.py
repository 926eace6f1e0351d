"""Composes the same issue once for all tests that store or preview it: it takes longer than the rest of most of them."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from composer import composition
from composer.images.picture_encoder import Picture
from composer.issue.document import Figure, Issue
from composer.pipeline import ComposedIssue, compose
from composer.rendering.measured_links import LongestAddresses
from composer.rendering.theme_model import Theme


@pytest.fixture(autouse=True)
def composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the folders of tests that import it. Tests of composing call the real function."""
    monkeypatch.setattr(composition, "compose", _compose)


_composed: dict[tuple[object, ...], tuple[str, ComposedIssue]] = {}


def _compose(
    issue: Issue, *, folder: Path, theme: Theme, picture_url: Callable[[Picture], str], measured: LongestAddresses
) -> ComposedIssue:
    paths = [folder / block.src for block in issue.blocks() if isinstance(block, Figure) and not block.missing]
    pictures = tuple(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"" for path in paths)
    written = repr(replace(issue, file="")).replace(str(folder), "")
    url_of = (picture_url.__module__, picture_url.__qualname__, settings.MEDIA_URL)
    key = (written, issue.source, pictures, theme.digest, url_of, measured)
    if key not in _composed:
        _composed[key] = issue.file, compose(issue, folder=folder, theme=theme, picture_url=picture_url, measured=measured)
    file, composed = _composed[key]
    findings = (replace(finding, file=issue.file) if finding.file == file else finding for finding in composed.findings)
    return replace(composed, findings=tuple(findings))
