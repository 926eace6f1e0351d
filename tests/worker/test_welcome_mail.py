"""The welcome that staff write, through the workers: confirmed on the web, a mail with the person's own links."""

import pytest

from campaigns.models import Campaign
from campaigns.welcomes import list_welcomes
from config import public_urls
from publication import audit
from subscribers import tokens
from subscribers.consent import subscriptions
from subscribers.models import MailingList, Notice
from tests.support import people
from tests.worker.test_staff_mails import provider  # noqa: F401 - a fixture
from worker import slice_sender, upkeep

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_confirms_gets_the_issue_with_links_of_their_own_and_headers_to_leave(client, provider):  # noqa: F811
    news = people.make_list()
    MailingList.objects.update(welcome=True)
    campaign = list_welcomes.choose(audit.command_line(), "news", people.make_version(), people.make_sender())
    asked = subscriptions.subscribe(audit.subscriber(), news, "mei@people.example", name="Mei Lin", consent="I want it")
    subscriptions.confirm(audit.subscriber(), asked)
    for _ in range(2):
        upkeep.run_due_work()
        slice_sender.send_until_empty()
    (mail,) = provider.messages(to="mei@people.example")
    leave = public_urls.unsubscribe_url(tokens.unsubscribe_token(asked.subscriber_id, campaign.pk))
    assert "News for Mei Lin" in mail["html"]
    assert leave in mail["html"]
    assert mail["headers"]["List-Unsubscribe"] == f"<{leave}>"
    assert client.get(public_urls.view_url(tokens.view_token(asked.subscriber_id, campaign.pk))).status_code == 200
    assert Campaign.objects.get().state == "sending"
    assert not Notice.objects.filter(purpose="welcome").exists()
