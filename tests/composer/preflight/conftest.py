"""Our themes, one with a fault, and a mail in which nothing is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from composer.preflight import Mail
from composer.themes.theme_loading import DEFAULT_ROOT
from tests.composer.preflight.mails import BODY, RICH, mail_of, write_issue

METAS = '<meta name="supported-color-schemes" content="light dark" />'


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our themes, and `odd`, which says nothing of dark screens to old programs."""
    folder = tmp_path_factory.mktemp("themes")
    shutil.copytree(DEFAULT_ROOT, folder, dirs_exist_ok=True)
    odd = folder / "odd"
    shutil.copytree(DEFAULT_ROOT / "plain", odd)
    template = odd / "issue.mjml.j2"
    written = template.read_text(encoding="utf-8")
    assert METAS in written
    template.write_text(written.replace(METAS, ""), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_issue(tmp_path_factory.mktemp("sound"), {}, BODY + RICH)


@pytest.fixture(scope="session")
def sound(sound_folder: Path, root: Path) -> Mail:
    """A mail in which every block occurs and nothing is wrong."""
    return mail_of(sound_folder, root)
