import pytest

from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import load_theme


@pytest.fixture(scope="session")
def theme() -> Theme:
    return load_theme("cast")
