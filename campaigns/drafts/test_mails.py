"""Test mails: to one address of staff, or to a group of testers."""

import uuid
from datetime import timedelta

from django.db import transaction

from campaigns.audience import audience_variants
from campaigns.launch_guards import CampaignActionError, log, require_confirmed
from campaigns.models import Campaign, TesterGroup, TestSend
from editorial.models import IssueVersion
from publication import audit
from publication.models import Actor, Sender
from subscribers import addresses, request_counts
from subscribers.consent import suppressions
from subscribers.models import Subscriber
from subscribers.request_counts import Kind
from subscribers.segments.grammar import SegmentError

AN_HOUR = 50


def send(
    actor: Actor,
    version: IssueVersion,
    sender: Sender,
    address: str,
    *,
    variant: int = 0,
    campaign: Campaign | None = None,
    reader: Subscriber | None = None,
) -> TestSend:
    """Plan one test mail of one variant to an address of staff. It is marked [Test] and counts in no report.

    A test mail needs no approval and goes to any address, so an account may send only AN_HOUR, and only from confirmed senders.
    The log of `campaign`, if given, shows the test mail. `reader`: the mail is the one that this subscriber would get, with their
    variant and their merge fields, but no links of theirs. Raises CampaignActionError.
    """
    require_confirmed(actor, sender)
    try:
        key = addresses.validate(address).key
    except addresses.AddressError as fault:
        raise CampaignActionError("address", problem=fault, address=address) from None
    if suppressions.said_no(key):
        raise CampaignActionError("suppressed")
    if reader is not None:
        variant = _variant_of(version, reader)
    count = version.variants.count()
    if not 0 <= variant < count:
        raise CampaignActionError("variant", variant=variant, count=count)
    with transaction.atomic():
        if actor.kind == Actor.Kind.STAFF and not request_counts.take(Kind.TEST_MAIL, str(actor.pk), AN_HOUR, timedelta(hours=1)):
            raise CampaignActionError("tests", most=AN_HOUR)
        as_reader = {"reader": reader.pk} if reader else {}
        test = TestSend.objects.create(
            purpose="test", token=uuid.uuid4().hex, address=address.strip(), version=version, variant=variant, sender=sender,
            campaign=campaign, parameters=as_reader,
        )  # fmt: skip
        if campaign is not None:
            log(actor, campaign, "test_sent", test=test.pk, version=version.number, variant=variant)
        audit.record(actor, "send_test", test, version=version.pk, variant=variant, **as_reader)
    return test


def send_to_group(
    actor: Actor,
    version: IssueVersion,
    sender: Sender,
    group: TesterGroup,
    *,
    variant: int = 0,
    campaign: Campaign | None = None,
    reader: Subscriber | None = None,
) -> list[TestSend]:
    """Plan a test mail to each address of a group, or to nobody. Raises CampaignActionError, with the address if it is one's."""
    testers = [*group.testers.order_by("pk").values_list("address", flat=True)]
    if not testers:
        raise CampaignActionError("no-testers", group=group.name)
    with transaction.atomic():
        return [_to_tester(actor, version, sender, address, variant, campaign, reader) for address in testers]


def _to_tester(
    actor: Actor,
    version: IssueVersion,
    sender: Sender,
    address: str,
    variant: int,
    campaign: Campaign | None,
    reader: Subscriber | None,
) -> TestSend:
    try:
        return send(actor, version, sender, address, variant=variant, campaign=campaign, reader=reader)
    except CampaignActionError as refused:
        if refused.code == "suppressed":
            raise CampaignActionError("tester-suppressed", address=address) from None
        raise


def _variant_of(version: IssueVersion, reader: Subscriber) -> int:
    """The variant that the fill would choose for this person."""
    person = Subscriber.objects.filter(pk=reader.pk)
    try:
        number = audience_variants.number_of(version, person)
    except SegmentError as error:
        raise CampaignActionError("condition", problem=error) from None
    return 0 if number is None else person.values_list(number, flat=True).get()
