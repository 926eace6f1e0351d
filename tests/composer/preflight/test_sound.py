"""Mails in which no rule finds anything: short and long, in several languages, in every theme, with every block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composer import preflight
from composer.preflight.mail import LONGEST_NAME
from composer.preflight.size_budget import GMAIL_CLIPS
from composer.themes.theme_loading import DEFAULT_ROOT
from tests.composer.preflight.mails import BODY, RICH, SOUND, mail_of, write_issue


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_mail_has_no_findings(name: str, tmp_path: Path, root: Path) -> None:
    mail = mail_of(write_issue(tmp_path, *SOUND[name]), root)
    assert [str(finding) for finding in preflight.inspect(mail)] == []


@pytest.mark.parametrize("theme", sorted(path.name for path in DEFAULT_ROOT.iterdir() if (path / "theme.yaml").is_file()))
def test_every_included_theme_has_no_findings(theme: str, tmp_path: Path, root: Path) -> None:
    mail = mail_of(write_issue(tmp_path, {"theme": theme}, BODY + RICH), root)
    assert [str(finding) for finding in preflight.inspect(mail)] == []


def test_the_longest_name_is_not_a_fault_but_counts_for_the_size(sound: preflight.Mail) -> None:
    assert len(LONGEST_NAME) == 320
    for each in ("محمد", "施一公", "देव", "Å", "&", "<", "_", "😀"):
        assert each in LONGEST_NAME
    assert len(sound.longest_html.encode()) > len(sound.html.encode()) + 400
    assert sound.budget.html == len(sound.longest_html.encode())


def test_a_mail_that_only_a_long_name_makes_too_big_is_too_big(sound: preflight.Mail) -> None:
    just = replace(sound, html=sound.html + " " * (GMAIL_CLIPS - 10 - len(sound.html.encode())))
    assert len(just.html.encode()) < GMAIL_CLIPS
    assert [(each.code, each.level) for each in preflight.inspect(just)] == [("size-gmail", "error")]
