from __future__ import annotations

import pytest

from composer.themes.theme_loading import Theme, load_theme


@pytest.fixture(scope="session")
def theme() -> Theme:
    return load_theme("cast")
