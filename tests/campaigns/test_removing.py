"""What was never used can be deleted; what a campaign or a person needs stays, and the refusal names it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from campaigns import launch, removing
from campaigns.drafts import draft_changes, test_mails
from campaigns.models import Campaign, DeliveryLog, Occurrence, TestSend
from campaigns.removing import RemovalRefusedError
from cli.texts.domain_texts import error_text
from publication import audit, clock
from publication.models import Audit, Sender
from publication.senders import sender_list
from subscribers import mailing_lists
from subscribers.consent import subscriptions
from subscribers.models import ImportRun, MailingList, Notice, Segment, Subscription
from subscribers.segments import saved_segments
from tests.support import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return audit.system()


@pytest.fixture
def chemists(actor):
    return saved_segments.create(actor, "chemists", 'language = "en"')


@pytest.fixture
def drafted(actor, chemists):
    people.make_people(2, people.make_list())
    return launch.create(
        actor, version=people.make_version(), lists=[people.make_list()], sender=people.make_sender(), segment=chemists
    )


def refusal(verb, *arguments: object) -> str:
    with pytest.raises(RemovalRefusedError) as refused:
        verb(*arguments)
    return "; ".join(error_text(refused.value))


def uses(actor, campaign):
    """The list, segment and sender that a campaign uses, each with the function that would delete it."""
    return [
        (removing.delete_segment, actor, campaign.segment),
        (removing.delete_list, actor, campaign.lists.get().slug),
        (removing.delete_sender, actor, campaign.sender),
    ]


def test_draft_is_deleted_with_its_past_schedules(actor, drafted):
    test_mails.send(actor, drafted.version, drafted.sender, "editor@cast.example", campaign=drafted)
    launch.schedule(actor, drafted.pk, clock.now() + timedelta(days=200))
    with pytest.raises(launch.CampaignActionError, match="scheduled"):
        removing.delete_campaign(actor, drafted.pk)
    launch.unschedule(actor, drafted.pk)
    removing.delete_campaign(actor, drafted.pk)
    assert not Campaign.objects.exists()
    assert not Occurrence.objects.exists()
    assert TestSend.objects.get().campaign is None
    assert Audit.objects.get(verb="campaign_delete").detail["lists"] == ["news"]
    with pytest.raises(launch.CampaignActionError, match="unknown"):
        removing.delete_campaign(actor, drafted.pk)


def test_refused_deletion_names_the_campaign_to_delete_first(actor, drafted):
    for verb, *arguments in uses(actor, drafted):
        error = refusal(verb, *arguments)
        assert f"campaign {drafted.pk}, a draft, uses the" in error
        assert error.endswith(f"mailroom campaign delete {drafted.pk}")
    launch.schedule(actor, drafted.pk, clock.now() + timedelta(days=200))
    for verb, *arguments in uses(actor, drafted):
        error = refusal(verb, *arguments)
        assert "which is scheduled, uses the" in error
        assert f"mailroom campaign unschedule {drafted.pk}, then mailroom campaign delete" in error
        assert "was sent" not in error
    launch.cancel(actor, drafted.pk)
    for verb, *arguments in uses(actor, drafted):
        assert "which is cancelled, uses the" in refusal(verb, *arguments)
    people.make_people(1, people.make_list(), prefix="other")
    sent = people.start(launch.create(
        actor, version=drafted.version, lists=[people.make_list()], sender=drafted.sender, segment=drafted.segment
    ))  # fmt: skip
    for verb, *arguments in uses(actor, drafted):
        assert f"campaign {sent.pk} was sent with the" in refusal(verb, *arguments)
    assert MailingList.objects.exists()
    assert Segment.objects.exists()
    assert Sender.objects.exists()


def test_unused_segment_and_sender_are_deleted(actor, drafted):
    test_mails.send(actor, drafted.version, drafted.sender, "editor@cast.example")
    segment, sender = drafted.segment, drafted.sender
    removing.delete_campaign(actor, drafted.pk)
    naming = saved_segments.create(actor, "naming", f'segment = "{segment.slug}"')
    assert "the segment “naming” uses the segment" in refusal(removing.delete_segment, actor, segment)
    removing.delete_segment(actor, naming)
    removing.delete_segment(actor, segment)
    TestSend.objects.update(state="in_flight")
    assert "a test mail from newsletter@cast.example is being sent" in refusal(removing.delete_sender, actor, sender)
    TestSend.objects.update(state="planned")
    subscriptions.subscribe(actor, people.make_list(), "li@people.example")
    assert "is the only sender" in refusal(removing.delete_sender, actor, sender)
    sender_list.add_sender(actor, "other@cast.example")
    removing.delete_sender(actor, sender)
    assert [*Sender.objects.values_list("email", flat=True)] == ["other@cast.example"]
    assert {"delete_segment", "delete_sender"} <= {*Audit.objects.values_list("verb", flat=True)}


def test_list_is_deleted_only_if_it_never_had_subscribers(actor):
    tried = mailing_lists.create_list(actor, "tryout", "Tryout")
    subscription = subscriptions.subscribe(actor, tried, "li@people.example")
    assert "1 person is or was on the list “tryout”" in refusal(removing.delete_list, actor, "tryout")
    subscriptions.unsubscribe(actor, subscription.subscriber_id, how="page")
    assert "1 person is or was on the list" in refusal(removing.delete_list, actor, "tryout")
    Subscription.objects.all().delete()  # as when an unconfirmed request expires
    Notice.objects.update(state="planned")
    run = ImportRun.objects.create(file_name="people.csv", list=tried, actor=actor, stored_file="kept", state="waiting")
    assert f"import {run.pk}, which is not over, uses" in refusal(removing.delete_list, actor, "tryout")
    ImportRun.objects.update(state="draft", stored_file="")
    saved_segments.create(actor, "triers", 'list = "tryout"')
    assert "the segment “triers” uses the list “tryout”" in refusal(removing.delete_list, actor, "tryout")
    assert MailingList.objects.filter(slug="tryout").exists()
    removing.delete_segment(actor, saved_segments.find("triers"))
    removing.delete_list(actor, "tryout")
    assert Notice.objects.get().reason == "list deleted"
    assert not MailingList.objects.exists()
    run.refresh_from_db()
    assert run.list is None
    with pytest.raises(mailing_lists.UnknownListError):
        removing.delete_list(actor, "tryout")
    with pytest.raises(IntegrityError, match="was deleted"):  # by somebody whose page is older
        subscriptions.subscribe(actor, tried, "li@people.example")


def test_the_steps_of_a_draft_are_in_its_log(actor, drafted):
    test_mails.send(actor, drafted.version, drafted.sender, "editor@cast.example", variant=0, campaign=drafted)
    draft_changes.replace_version(actor, drafted.pk, people.make_version(text="Other -mr_unsubscribe_url-"))
    log = DeliveryLog.objects.filter(campaign_id=drafted.pk).order_by("id")
    assert [(line.kind, line.detail["version"]) for line in log] == [("created", 1), ("test_sent", 1), ("version_replaced", 2)]
    assert "@" not in str([line.detail for line in log])
    with pytest.raises(launch.CampaignActionError, match="name"):
        launch.create(actor, version=drafted.version, lists=[people.make_list()], sender=drafted.sender, name="a\u202eb")
