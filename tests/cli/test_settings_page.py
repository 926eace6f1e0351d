"""docs/settings.md tells every setting of config.env, its default and its meaning, and no other."""

from __future__ import annotations

import re

import pytest

from campaigns.recovery import settle_policy
from campaigns.sending import schedule, settling
from campaigns.tracking.bounces import bounce_policy
from config.env import PREFIX, ROOT, SETTINGS
from publication import profile

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


def test_every_policy_is_told_with_its_bounds_and_its_default():
    table = PAGE.partition("## Policies")[2]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:6]] for line in table.splitlines() if line.startswith("| `")]
    defaults = {
        "settle_after": settle_policy.DEFAULT_AFTER_MINUTES, "settle_hours": settling.DEFAULT_SETTLE_HOURS,
        "late_hours": schedule.DEFAULT_LATE_HOURS, "handover_minutes": schedule.DEFAULT_HANDOVER_MINUTES,
        "bounce_campaigns": next(each.default for each in SETTINGS if each.name == "SOFT_BOUNCE_LIMIT"),
        "bounce_days": bounce_policy.DEFAULT_DAYS,
    }  # fmt: skip
    expected = [[name, words[0], "", ""] for name, (words, _) in profile.CHOICES.items()]
    expected += [
        [name, f"{defaults[name]:g}", f"{lowest:g}", f"{highest:g}"] for name, (lowest, highest, _) in profile.POLICIES.items()
    ]
    assert sorted(row[:4] for row in rows) == sorted(expected)
    assert {row[0]: row[4] for row in rows if row[2]} == {name: meaning for name, (_, _, meaning) in profile.POLICIES.items()}
