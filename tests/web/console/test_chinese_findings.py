"""The Chinese console shows findings in Chinese."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from babel.messages.mofile import write_mo
from django.utils.translation import trans_real

from composer.errors import Finding
from composer.messages.phrases import phrase
from editorial.models import IssueVersion
from tests.web.translation_catalogue import CATALOGUES, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def compiled(settings, tmp_path):
    """The catalogue of this checkout, compiled for one test."""
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, read(CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    settings.LOCALE_PATHS = [tmp_path]
    trans_real._translations.pop("zh-hans", None)
    yield
    trans_real._translations.pop("zh-hans", None)


def test_the_errors_of_a_draft_are_chinese_with_what_their_parameters_say(console, campaign, compiled):
    found = Finding("postal-address", "error", {"where": phrase("the plain-text part")}, "issue.md", 3)
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[asdict(found)])
    page = f"/console/campaigns/{campaign.pk}/override/"
    assert "the postal address is missing in the plain-text part" in console.get(page).content.decode()
    console.cookies["mailroom-language"] = "zh-hans"
    shown = console.get(page).content.decode()
    assert "issue.md:3: postal-address: 纯文本部分没有通信地址" in shown
    assert "postal address" not in shown
