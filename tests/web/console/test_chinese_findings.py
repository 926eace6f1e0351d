"""The Chinese console shows findings in Chinese."""

from dataclasses import asdict

import pytest

from composer.errors import Finding
from composer.messages.phrases import phrase
from editorial.models import IssueVersion

pytestmark = pytest.mark.django_db


def test_the_errors_of_a_draft_are_chinese_with_what_their_parameters_say(console, campaign):
    finding = Finding("postal-address", "error", {"where": phrase("the plain-text part")}, "issue.md", 3)
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[asdict(finding)])
    page = f"/console/campaigns/{campaign.pk}/override/"
    assert "the postal address is missing in the plain-text part" in console.get(page).content.decode()
    console.cookies["mailroom-language"] = "zh-hans"
    shown = console.get(page).content.decode()
    assert "<b>错误</b>" in shown
    assert "issue.md" not in shown  # a part has a name
    assert "<p>纯文本部分没有通信地址</p><p>处理办法：" in shown
    assert "postal address" not in shown


def test_a_finding_names_its_variants_once_and_no_command(console, campaign):
    params = {"text": "hue = 1", "problem": "there is no field hue"}
    several = [Finding("condition-field", "error", params, "issue.md", 3, variant=name) for name in ("en", "zh-Hans")]
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[asdict(finding) for finding in several])
    page = console.get(f"/console/campaigns/{campaign.pk}/override/").content.decode()
    assert page.count("hue = 1") == 1
    assert "Only for: en; zh-Hans" in page
    assert "What to do: Ask the administrator to correct it." in page
    assert "mailroom publication" not in page
