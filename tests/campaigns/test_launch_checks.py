"""Pre-send checks before scheduling: findings at the publication's levels, the real headers, and overrides."""

import pytest
from django.db import connection, transaction

from campaigns import launch, launch_checks, list_headers
from campaigns.measuring import measured_links
from campaigns.models import Campaign
from composer import preflight
from composer.preflight.mail import GMAIL_CLIPS
from composer.rendering.measured_links import CLICK_TAG
from editorial.models import IssueVersion
from publication import audit, profile
from publication.models import Audit
from publication.staff import accounts
from subscribers import mailing_lists
from subscribers.tokens import LENGTH
from tests.support import people
from worker import campaign_message

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long and rare pass phrase 7"


@pytest.fixture
def campaign() -> Campaign:
    return people.make_campaign(3)


def find(campaign: Campaign, *codes: str, level: str = "error") -> None:
    """Give the campaign's issue these findings."""
    findings = [
        {"code": code, "level": level, "params": {"problem": "x", "words": "y"}, "file": "issue.md", "line": 3} for code in codes
    ]
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=findings)


def chief(name: str = "wei", *roles: str):
    held = roles or ("publisher", "override-checks")
    return accounts.add_staff(audit.system(), name, f"{name}@example.org", PASSWORD, roles=held)


def refusal(campaign: Campaign) -> str:
    with pytest.raises(launch.CampaignActionError) as refused:
        launch.schedule(audit.system(), campaign.pk)
    return f"{refused.value.code}: {refused.value}"


def test_error_prevents_scheduling_unless_the_publication_lowers_its_level(campaign):
    find(campaign, "contrast")
    assert refusal(campaign).endswith("codes=contrast")
    profile.change_profile(audit.system(), check_levels={"contrast": "warning"})
    assert launch.schedule(audit.system(), campaign.pk).state == "scheduled"


def test_warning_raised_to_an_error_prevents_scheduling(campaign):
    find(campaign, "link-text", level="warning")
    profile.change_profile(audit.system(), check_levels={"link-text": "error"})
    assert "link-text" in refusal(campaign)


def test_override_by_an_authorised_person_stores_the_reason(campaign):
    find(campaign, "contrast", "alt")
    launch_checks.override_checks(audit.command_line(), campaign.pk, "the pale words are the logo's", chief())
    kept = Campaign.objects.get(pk=campaign.pk).override
    assert (kept["codes"], kept["reason"], kept["by"]) == (["alt", "contrast"], "the pale words are the logo's", "wei")
    line = Audit.objects.get(verb="campaign_override")
    assert line.detail["reason"] == kept["reason"]
    assert line.object_id == str(campaign.pk)
    assert launch.schedule(audit.system(), campaign.pk).state == "scheduled"


def test_staff_override_by_their_own_account(campaign):
    find(campaign, "contrast")
    launch_checks.override_checks(audit.staff(chief()), campaign.pk, "it is decoration")
    assert launch_checks.standing_faults(Campaign.objects.get(pk=campaign.pk)) == ()


def test_override_covers_only_the_errors_found_at_that_time(campaign):
    find(campaign, "contrast")
    launch_checks.override_checks(audit.command_line(), campaign.pk, "it is decoration", chief())
    find(campaign, "contrast", "alt")
    assert refusal(campaign).endswith("codes=alt")


@pytest.mark.parametrize("role", ["auditor", "editor", "list-manager", "publisher"])
def test_override_needs_the_permission(campaign, role):
    find(campaign, "contrast")
    person = chief("li", role)
    for actor, by in ((audit.staff(person), None), (audit.command_line(), person), (audit.command_line(), None)):
        with pytest.raises(launch.CampaignActionError) as refused:
            launch_checks.override_checks(actor, campaign.pk, "please", by)
        assert refused.value.code == "permission"
    assert Campaign.objects.get(pk=campaign.pk).override == {}


def test_disabled_account_cannot_override(campaign):
    find(campaign, "contrast")
    chief()
    accounts.disable_staff(audit.system(), "wei")
    with pytest.raises(launch.CampaignActionError, match="permission"):
        launch_checks.override_checks(audit.command_line(), campaign.pk, "please", accounts.find_staff("wei"))


@pytest.mark.parametrize("code", ["unsubscribe", "tokens", "token-left", "link-url", "no-active", "merge", "list-headers"])
def test_errors_that_break_every_mail_can_be_neither_lowered_nor_overridden(campaign, code):
    find(campaign, code, "contrast")
    with pytest.raises(launch.CampaignActionError) as refused:
        launch_checks.override_checks(audit.command_line(), campaign.pk, "please", chief())
    assert refused.value.code == "fixed"
    with pytest.raises(profile.ProfileError, match="fixed"):
        profile.change_profile(audit.system(), check_levels={code: "off"})
    # Even if such a level got into the database in another way.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE publication SET check_levels = jsonb_build_object(%s::text, 'off', 'contrast', 'off')", [code])
    assert code in refusal(campaign)


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines"])
def test_override_needs_a_reason_of_one_line(campaign, reason):
    find(campaign, "contrast")
    with pytest.raises(launch.CampaignActionError) as refused:
        launch_checks.override_checks(audit.command_line(), campaign.pk, reason, chief())
    assert refused.value.code == "reason"


def test_override_is_refused_without_errors_or_outside_a_draft(campaign):
    person = chief()
    with pytest.raises(launch.CampaignActionError) as refused:
        launch_checks.override_checks(audit.command_line(), campaign.pk, "x", person)
    assert refused.value.code == "nothing"
    launch.schedule(audit.system(), campaign.pk)
    with pytest.raises(launch.CampaignActionError) as refused:
        launch_checks.override_checks(audit.command_line(), campaign.pk, "x", person)
    assert refused.value.is_about_state


def test_checks_inspect_the_headers_that_are_sent(campaign, settings):
    mailing_list = campaign.lists.get()
    sent = list_headers.shared_headers(mailing_list, campaign.sender) | list_headers.own_headers("token")
    assert preflight.inspect_headers(sent) == ()
    envelope = campaign_message.envelope_of(campaign.version.variants.get(), campaign.sender, mailing_list)
    assert envelope.headers == list_headers.shared_headers(mailing_list, campaign.sender)
    settings.PUBLIC_URL = "http://news.example.org"
    assert "list-headers" in refusal(campaign)


def test_advertising_list_in_china_needs_the_subject_mark(campaign):
    mailing_lists.change_list(audit.system(), campaign.lists.get().slug, advertises_in_china=True)
    version = people.make_version(choices=people.THREE)
    Campaign.objects.filter(pk=campaign.pk).update(version=version)
    for number in range(3):
        assert "subject-advertisement" in refusal(campaign), "each variant needs it"
        version.variants.filter(number=number).update(subject="广告 Engineers in Madrid")
    assert launch.schedule(audit.system(), campaign.pk).state == "scheduled"


def test_size_check_counts_the_links_as_a_measured_campaign_sends_them():
    links = "".join(f'<p><a href="https://a.example/{number}">Read on</a></p>' for number in range(300))
    html = people.HTML.replace("</body>", f"{links}{' ' * (GMAIL_CLIPS - len(people.HTML) - len(links) - 5_000)}</body>")
    campaign = people.launch.create(
        audit.system(), version=people.make_version(html), lists=[people.make_list()], sender=people.make_sender()
    )
    assert launch_checks.standing_faults(campaign) == ()

    profile.change_profile(audit.system(), policies={"measuring": "individual", "opens": "on"})
    (fault,) = launch_checks.standing_faults(campaign)
    assert fault.code == "size-gmail"
    assert (fault,) == launch_checks.content_errors(campaign.version)
    with transaction.atomic():
        campaign.measuring, campaign.opens = measured_links.freeze(campaign.version).values()
    sent = measured_links.measured_mail(campaign, campaign.version.variants.get()).html.replace(CLICK_TAG, "x" * LENGTH)
    assert (
        GMAIL_CLIPS < len(sent) <= fault.params["size"] < len(sent) + 6_000
    )  # numbers of links may have ten digits, names 320 characters
    assert refusal(campaign).endswith("codes=size-gmail")
