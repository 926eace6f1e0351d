"""The included themes, a theme with a fault, and a mail without findings."""

import shutil
from pathlib import Path

import pytest

from composer.preflight import Mail
from composer.themes.theme_loading import DEFAULT_ROOT
from tests.composer.preflight.mails import BODY, RICH, mail_of, write_issue

METAS = '<meta name="supported-color-schemes" content="light dark" />'


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the included themes, and `odd`, which lacks a dark mode declaration for old mail clients."""
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
    """A mail with every block and without findings."""
    return mail_of(sound_folder, root)
