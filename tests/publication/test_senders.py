"""Senders: confirmation by mail and by the provider's list of domains, the default, and two people who change one at once."""

from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.drafts import test_mails
from campaigns.launch_guards import CampaignActionError, require_confirmed
from campaigns.models import TestSend
from publication import audit, clock
from publication.models import Audit, ProviderCheck, Sender, StaffMail
from publication.senders import provider_checks, sender_confirmations, sender_list
from publication.senders.provider_checks import ProviderAnswer
from publication.senders.sender_list import SenderError
from publication.staff import staff_mails
from tests.support import people
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def wei():
    return audit.staff(make_staff("wei", "campaigns.change_campaign"))


def refused(code: str, verb, *given, **more) -> None:
    with pytest.raises(SenderError) as caught:
        verb(*given, **more)
    assert caught.value.code == code


def later(monkeypatch, span: timedelta) -> None:
    moment = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_only_the_newest_link_confirms_and_only_once_within_seven_days(wei, monkeypatch):
    sender = sender_confirmations.add_unconfirmed(wei, "news@cast.example", language="zh-Hans")
    mail = StaffMail.objects.get()
    assert (mail.purpose, mail.address, mail.parameters["who"]) == (staff_mails.SENDER, "news@cast.example", "wei")
    assert staff_mails.language(mail) == "zh-Hans"
    first = sender_confirmations.link_token(sender)
    refused("asked", sender_confirmations.ask_by_mail, wei, sender)
    later(monkeypatch, timedelta(minutes=6))
    second = sender_confirmations.link_token(sender_confirmations.ask_by_mail(wei, sender))
    assert sender_confirmations.sender_of_mail(mail) is None, "a mail with the older link is not sent any more"
    for token in (first, "x", f"{second}x"):
        refused("link", sender_confirmations.confirm_by_link, token)
    assert sender_confirmations.confirm_by_link(second).confirmed_by == "mail"
    refused("link", sender_confirmations.confirm_by_link, second)
    refused("confirmed", sender_confirmations.ask_by_mail, wei, sender)
    line = Audit.objects.filter(verb="confirm_sender").get()
    assert (str(line.actor), line.detail["after"]) == (f"guest:sender {sender.pk}", {"confirmed": "mail"})
    other = sender_confirmations.add_unconfirmed(wei, "other@cast.example")
    later(monkeypatch, timedelta(days=7, minutes=1))
    refused("link", sender_confirmations.confirm_by_link, sender_confirmations.link_token(other))


def test_the_providers_list_confirms_only_senders_of_its_domains_and_only_those_that_asked(wei):
    listed, elsewhere = (
        sender_confirmations.add_unconfirmed(wei, f"noreply@{domain}", proof="domain") for domain in ("cast.example", "x.example")
    )
    by_mail = sender_confirmations.add_unconfirmed(wei, "news@cast.example")
    assert provider_checks.is_due()
    provider_checks.store("abcd", None, provider_checks.UNREACHABLE)
    assert sender_confirmations.settle_domains() == 0, "they go on waiting"
    below = sender_list.add_sender(wei, "news@mail.cast.example")
    assert sender_confirmations.without_authentication([elsewhere]) == [], "nobody knows yet"
    provider_checks.store("abcd", ProviderAnswer(["mail.send"], {}, ["cast.example"]))
    assert sender_confirmations.settle_domains() == 2
    assert sender_confirmations.without_authentication([listed, elsewhere, below]) == [elsewhere]
    for sender in (listed, elsewhere, by_mail):
        sender.refresh_from_db()
    assert [sender.confirmed_by for sender in (listed, elsewhere, by_mail)] == ["domain", "", ""]
    assert elsewhere.domain_refused_at is not None
    assert str(Audit.objects.get(verb="confirm_sender").actor) == "staff:wei"
    assert not provider_checks.is_due()


def test_a_failed_check_is_repeated_while_a_sender_waits(wei, monkeypatch):
    sender_confirmations.add_unconfirmed(wei, "noreply@cast.example", proof="domain")
    provider_checks.store("", None, provider_checks.NO_KEY)
    assert not provider_checks.is_due()
    later(monkeypatch, timedelta(minutes=6))
    assert provider_checks.is_due()
    assert ProviderCheck.objects.get().fault == "no-key"


def test_the_console_sends_nothing_from_a_new_sender_before_its_confirmation(wei, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    campaign = people.make_campaign()
    require_confirmed(wei, campaign.sender)  # of before senders were confirmed
    Sender.objects.update(must_confirm=True)
    with pytest.raises(CampaignActionError, match="sender"):
        launch.schedule(wei, campaign.pk)
    with pytest.raises(CampaignActionError, match="sender"):
        test_mails.send(wei, campaign.version, Sender.objects.get(), "anybody@else.example")
    assert not TestSend.objects.exists()
    launch.schedule(audit.command_line(), campaign.pk)


def test_the_default_sender_is_chosen_once_and_never_one_that_waits(wei):
    old, waiting = people.make_sender(), sender_confirmations.add_unconfirmed(wei, "new@cast.example")
    assert sender_list.default_sender() == old
    refused("unconfirmed", sender_list.make_default, wei, waiting)
    Sender.objects.filter(pk=waiting.pk).update(confirmed_at=clock.now())
    sender_list.make_default(wei, waiting)
    sender_list.make_default(wei, waiting)
    assert sender_list.default_sender() == waiting
    assert [line.detail for line in Audit.objects.filter(verb="make_default_sender")] == [
        {"before": {"default": old.pk}, "after": {"default": waiting.pk}}
    ]
    Sender.objects.filter(pk=waiting.pk).delete()
    assert sender_list.default_sender() == old


def test_of_two_people_who_change_a_sender_at_once_the_second_is_asked(wei):
    sender = people.make_sender()
    sender_list.change_sender(wei, sender, name="Tides", seen={"name": sender.name})
    refused("meanwhile", sender_list.change_sender, wei, sender, name="Winds", seen={"name": sender.name})
    assert sender_list.change_sender(wei, sender, name="Winds", seen={"name": "Tides"}).name == "Winds"
    assert Audit.objects.filter(verb="change_sender").last().detail == {"before": {"name": "Tides"}, "after": {"name": "Winds"}}


def test_strangers_cannot_be_mailed_by_adding_many_senders(wei):
    for number in range(sender_confirmations.MOST_WAITING):
        sender_confirmations.add_unconfirmed(wei, f"n{number}@cast.example")
    refused("many", sender_confirmations.add_unconfirmed, wei, "one-more@cast.example")
