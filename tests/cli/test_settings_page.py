"""docs/settings.md lists exactly the settings of config.env and the policies, with defaults and meanings."""

import re

import pytest

from cli.texts import domain_texts
from config.env import PREFIX, ROOT, SETTINGS
from publication import policies

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(rf"^\| `({PREFIX}\w+)` \|(.*)\|$", PAGE, re.MULTILINE))


def test_the_page_lists_exactly_the_settings_in_their_order():
    assert list(ROWS) == [PREFIX + setting.name for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_row_has_default_secret_and_meaning(setting):
    default, secret, meaning = (cell.strip() for cell in ROWS[PREFIX + setting.name].split("|"))
    assert meaning == setting.meaning.replace("|", "\\|")
    assert (secret == "yes") == setting.secret
    if isinstance(setting.default, bool):
        assert default == ("`yes`" if setting.default else "`no`")
    elif isinstance(setting.default, str | int):
        assert default == f"`{setting.default}`"


def test_every_policy_has_its_bounds_default_and_meaning():
    table = PAGE.partition("## Policies")[2]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:6]] for line in table.splitlines() if line.startswith("| `")]
    limit = next(setting.default for setting in SETTINGS if setting.name == "SOFT_BOUNCE_LIMIT")
    expected = [[name, choices[0], "", ""] for name, choices in policies.CHOICES.items()]
    expected += [
        [name, f"{limit if policy.default is None else policy.default:g}", f"{policy.lowest:g}", f"{policy.highest:g}"]
        for name, policy in policies.POLICIES.items()
    ]
    assert sorted(row[:4] for row in rows) == sorted(expected)
    assert {row[0]: row[4] for row in rows if row[2]} == {name: domain_texts.POLICIES[name] for name in policies.POLICIES}
