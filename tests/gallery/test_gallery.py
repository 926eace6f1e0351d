"""The gallery finds a fault of a theme, and none in a mail of the themes that come with Mailroom."""

import shutil

import pytest

from composer.themes.theme_loading import DEFAULT_ROOT
from tests.gallery.__main__ import main
from tests.support.chromium import CHROMIUM

pytestmark = [
    pytest.mark.soak, pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]  # fmt: skip
FEW = ("--theme", "plain", "--layout", "digest", "--language", "de", "--content", "one", "--width", "320", "--workers", "1")


def test_a_theme_of_mailroom_has_no_fault(tmp_path):
    assert main([str(tmp_path / "out"), *FEW]) == 0
    assert (tmp_path / "out" / "faults.txt").read_text() == ""
    assert (tmp_path / "out" / "plain-digest-de.png").is_file()


def test_planted_faults_are_found(tmp_path):
    themes = tmp_path / "themes"
    shutil.copytree(DEFAULT_ROOT / "plain", themes / "plain")
    sheet = themes / "plain" / "theme.css"
    sheet.write_text(
        sheet.read_text() + "p.standfirst { width: 700px; } a.more { line-height: 16px; } .soft { color: #cccccc; }\n"
    )
    assert main([str(tmp_path / "out"), *FEW, "--themes", str(themes)]) == 1
    faults = (tmp_path / "out" / "faults.txt").read_text()
    for kind in ("overflow", "low link", "contrast"):
        assert f"plain-digest-de: {kind}" in faults
