"""Levels of checks: only known codes and levels are accepted, and `default` resets them."""

import pytest

from cli.texts.domain_texts import error_text
from publication import audit, profile
from publication.installation import publication

pytestmark = pytest.mark.django_db


def change(**levels: str) -> dict[str, str]:
    given = {code.replace("_", "-"): level for code, level in levels.items()}
    return profile.change_profile(audit.system(), check_levels=given).check_levels


def test_check_levels_are_added_to_existing_ones_and_can_be_reset():
    assert change(contrast="warning", link_bare="off") == {"contrast": "warning", "link-bare": "off"}
    assert change(alt="info") == {"alt": "info", "contrast": "warning", "link-bare": "off"}
    assert change(contrast="default", link_bare="default") == {"alt": "info"}


@pytest.mark.parametrize(
    ("levels", "hint"),
    [
        ({"contrats": "off"}, "did you mean contrast"),
        ({"contrast": "loud"}, "the levels are: error, warning, info, off, default"),
        ({"unsubscribe": "info"}, "reach every reader"),
        ({"key-unknown": "off"}, ""),
        ({"nosuch": "off"}, "docs/checks.md lists all checks"),
    ],
)
def test_an_invalid_check_level_is_rejected_with_a_hint_and_nothing_changes(levels, hint):
    with pytest.raises(profile.ProfileError) as refused:
        profile.change_profile(audit.system(), check_levels=levels, name="Other")
    assert hint in error_text(refused.value)[1]
    assert publication().check_levels == {}
    assert publication().name != "Other"


def test_a_fixed_check_may_be_set_to_its_default_level():
    assert change(unsubscribe="default") == {}
