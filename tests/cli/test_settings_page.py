"""docs/settings.md tells every setting of config.env, its default and its meaning, and no other."""

from __future__ import annotations

import re

import pytest

from config.env import PREFIX, ROOT, SETTINGS

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(rf"^\| `({PREFIX}\w+)` \|(.*)\|$", PAGE, re.MULTILINE))


def test_the_page_names_the_settings_and_no_other():
    assert list(TOLD) == [PREFIX + setting.name for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_line_tells_default_and_meaning(setting):
    default, secret, meaning = (cell.strip() for cell in TOLD[PREFIX + setting.name].split("|"))
    assert meaning == setting.meaning.replace("|", "\\|")
    assert (secret == "yes") == setting.secret
    if isinstance(setting.default, bool):
        assert default == ("`yes`" if setting.default else "`no`")
    elif isinstance(setting.default, str | int):
        assert default == f"`{setting.default}`"
