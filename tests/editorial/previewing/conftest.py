"""A small issue folder with variants, and its mails."""

import pytest

from composer.composition import compose_folder
from config.env import EMAIL_THEMES
from tests.support.issues import for_some_readers


@pytest.fixture
def folder(tmp_path):
    return for_some_readers(tmp_path / "april")


@pytest.fixture
def composition(folder):
    return compose_folder(folder, theme_root=EMAIL_THEMES, picture_url=lambda picture: f"https://media.example/{picture.name}")
