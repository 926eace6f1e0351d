"""Why somebody got a campaign or did not: one test for each situation."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from campaigns import launch
from campaigns.models import Campaign, Delivery, DomainOutcome, Slice, Wave
from campaigns.recovery import uncertain_slices
from campaigns.reporting import why, why_not
from campaigns.reporting.why_texts import MEANINGS, REASONS, STEPS
from campaigns.sending import settling
from campaigns.states import hold_campaign
from cli.texts import why_texts as cli_texts
from publication import audit, clock
from publication.models import Publication
from subscribers import addresses
from subscribers.consent import erasing, ledger, subscriptions, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Segment, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.records import merging
from tests.campaigns import attempt_steps
from tests.support import clicks, people
from web.texts import why_texts as web_texts

pytestmark = pytest.mark.django_db
READER = "reader0@people.example"


class Case(NamedTuple):
    """What `explain` must say: the meaning, the reasons in order, and steps among others. `params` of the first reason."""

    meaning: str
    reasons: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    params: Mapping[str, Any] = MappingProxyType({})
    address: str = READER


Situation = Callable[[Campaign, Subscriber], Case]
SITUATIONS: list[Situation] = []


def situation(made: Situation) -> Situation:
    SITUATIONS.append(made)
    return made


def sent(campaign: Campaign, person: Subscriber, *events: tuple[str, dict[str, object]]) -> None:
    Subscription.objects.update(created_at=clock.now() - timedelta(days=1))
    people.start(campaign)
    made = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    for seconds, (name, more) in enumerate(events):
        event = attempt_steps.event(campaign, person.pk, made.attempt, name, seconds_ago=len(events) - seconds)
        attempt_steps.hear(event | more)


def measured(campaign: Campaign, person: Subscriber, **click: int) -> None:
    """Somebody who agreed to be measured got the mail, and clicked."""
    sent(campaign, person, ("delivered", {}))
    clicks.agree(person, clock.now() - timedelta(days=1))
    clicks.measure(campaign)
    clicks.click(campaign, person, **click)


def leave(person: Subscriber, how: str = "page", **more) -> None:
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how=how, **more)


# ------------------------------------------------------------------------------------------------------------ recipients
@situation
def in_the_queue(campaign, person):
    people.start(campaign)
    return Case("waiting", steps=("planned",))


@situation
def in_the_queue_of_a_paused_campaign(campaign, person):
    people.start(campaign)
    launch.pause(audit.system(), campaign.pk)
    return Case("waiting_paused", steps=("planned",))


@situation
def in_the_queue_of_a_campaign_on_hold(campaign, person):
    people.start(campaign)
    hold_campaign(audit.system(), campaign.pk, "quota")
    return Case("waiting_held", steps=("planned",))


@situation
def in_a_wave_that_is_not_open_yet(campaign, person):
    people.start(campaign)
    Wave.objects.create(campaign=campaign, number=1, release_at=clock.now() + timedelta(hours=5))
    Slice.objects.filter(campaign=campaign).update(wave=1)
    Delivery.objects.filter(campaign=campaign).update(wave=1)
    return Case("waiting_wave", steps=("planned", "wave"))


@situation
def being_sent_now(campaign, person):
    people.start(campaign)
    attempt_steps.gate_next(campaign)
    return Case("being_sent", steps=("planned", "attempt", "no_answer_yet"))


@situation
def accepted_without_a_report(campaign, person):
    sent(campaign, person)
    return Case("accepted", steps=("planned", "attempt", "answer_accepted"))


@situation
def deferred_by_the_receiver(campaign, person):
    sent(campaign, person, ("deferred", {"response": "451 come back later"}))
    return Case("deferred", steps=("answer_accepted", "event_deferred"))


@situation
def delivered(campaign, person):
    sent(campaign, person, ("delivered", {"response": "250 OK"}))
    return Case("delivered", steps=("planned", "attempt", "answer_accepted", "event_delivered"))


@situation
def opened_and_clicked_as_an_account_reports_that_tracks_in_spite_of_the_request(campaign, person):
    sent(campaign, person, ("delivered", {}), ("open", {}), ("click", {"url": "https://cast.example/a"}))
    return Case("delivered", steps=("event_delivered", "event_unasked"))


@situation
def opened(campaign, person):
    measured(campaign, person, position=0)
    return Case("opened", steps=("event_delivered", "event_opened"))


@situation
def opened_by_a_program_of_the_mail_provider(campaign, person):
    measured(campaign, person, position=0, reasons=4)
    return Case("delivered", steps=("event_delivered", "event_opened_by_machine"))


@situation
def followed_by_a_program(campaign, person):
    measured(campaign, person, reasons=4)
    return Case("delivered", steps=("event_delivered", "event_clicked_by_machine"))


@situation
def clicked_and_left_through_this_mail(campaign, person):
    measured(campaign, person)
    leave(person, "one-click", campaign_id=campaign.pk)
    return Case("clicked", steps=("event_delivered", "event_clicked", "left"))


@situation
def bounced_for_good(campaign, person):
    sent(campaign, person, ("bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"}))
    return Case("bounced", steps=("answer_accepted", "event_bounced"))


@situation
def bounced_for_now(campaign, person):
    sent(campaign, person, ("bounce", {"type": "blocked", "status": "4.2.2", "reason": "452 mailbox full"}))
    return Case("bounced", steps=("event_bounced",))


@situation
def dropped_by_the_provider(campaign, person):
    sent(campaign, person, ("dropped", {"reason": "Bounced Address"}))
    return Case("dropped", steps=("event_dropped",))


@situation
def reported_as_spam(campaign, person):
    sent(campaign, person, ("delivered", {}), ("spamreport", {}))
    return Case("complained", steps=("event_delivered", "event_complained"))


@situation
def unsubscribed_at_the_provider(campaign, person):
    sent(campaign, person, ("delivered", {}), ("unsubscribe", {}))
    return Case("delivered", steps=("event_unsubscribed", "left"))


@situation
def rejected_by_the_provider(campaign, person):
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=1)
    campaign.refresh_from_db()
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.refused("does not contain a valid address", "personalizations.0.to.0.email"))
    return Case("failed", steps=("attempt", "answer_rejected"))


@situation
def uncertain_after_no_answer(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.UNKNOWN)
    return Case("uncertain", steps=("attempt", "answer_unknown"))


@situation
def uncertain_and_waiting_for_staff(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.UNKNOWN)
    Slice.objects.filter(campaign=campaign, state="unknown").update(state="held")
    return Case("undecided", steps=("answer_unknown",))


@situation
def uncertain_and_given_up(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.UNKNOWN)
    _decide(campaign, "abandon")
    return Case("given_up", steps=("answer_unknown", "decided_abandon"))


@situation
def uncertain_and_sent_again(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.UNKNOWN)
    _decide(campaign, "resend")
    attempt_steps.due_at_once()
    attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    return Case("accepted", steps=("answer_unknown", "decided_resend", "answer_accepted"))


def _decide(campaign: Campaign, decision: str) -> None:
    slice_ids = list(Slice.objects.filter(campaign=campaign, state__in=["unknown", "held"]).values_list("id", flat=True))
    uncertain_slices.decide(audit.command_line(), slice_ids, decision, "asked the provider", force=True)


@situation
def tried_again_after_a_busy_answer(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.BUSY)
    attempt_steps.due_at_once()
    attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    return Case("accepted", steps=("answer_rejected", "answer_accepted"))


@situation
def no_connection_and_tried_again(campaign, person):
    people.start(campaign)
    attempt_steps.send_next(campaign, attempt_steps.NEVER)
    return Case("waiting", steps=("answer_never_connected",))


def _skipped(change: Callable[[Subscriber], object]) -> Callable[[Campaign, Subscriber], None]:
    def before_the_gate(campaign: Campaign, person: Subscriber) -> None:
        people.start(campaign)
        change(person)
        attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)

    return before_the_gate


@situation
def skipped_because_they_left_after_the_fill(campaign, person):
    _skipped(leave)(campaign, person)
    return Case("skipped_unsubscribed", steps=("planned", "state"))


@situation
def skipped_because_of_a_suppression(campaign, person):
    _skipped(lambda one: suppressions.suppress(audit.system(), one.address, "manual"))(campaign, person)
    return Case("skipped_suppressed", ("suppressed",), ("state",), {"reason": "manual"})


@situation
def skipped_because_of_a_suppressed_domain(campaign, person):
    def suppress(suppressed):
        SuppressedDomain.objects.create(domain=suppressed.domain, actor=audit.system())

    people.start(campaign)
    suppress(person)
    claimed = attempt_steps.claiming_sql.claim("tester")
    attempt_steps.sending_gate.gate(claimed, [mailing_list.pk for mailing_list in campaign.lists.all()], "tester")
    return Case("skipped_domain_suppressed", ("domain_suppressed",), params={"domain": "people.example"})


@situation
def skipped_because_staff_went_on_without_the_domain(campaign, person):
    people.start(campaign)
    DomainOutcome.objects.create(campaign_id=campaign.pk, domain=person.domain)
    launch.pause(audit.system(), campaign.pk)
    launch.resume(audit.system(), campaign.pk, without_domain=person.domain)
    return Case("skipped_domain_left_out", steps=("planned", "state"))


@situation
def skipped_because_of_a_pause(campaign, person):
    until = clock.now() + timedelta(days=9)
    _skipped(lambda one: Subscriber.objects.filter(pk=one.pk).update(paused_until=until))(campaign, person)
    return Case("skipped_on_pause", ("paused",), params={"until": until})


@situation
def skipped_because_the_address_changed(campaign, person):
    new = addresses.validate("moved@people.example")
    _skipped(lambda one: Subscriber.objects.filter(pk=one.pk).update(address=new.address, address_key=new.key))(campaign, person)
    return Case("skipped_address_changed", address="moved@people.example")


@situation
def skipped_because_they_were_erased(campaign, person):
    _skipped(lambda one: erasing.erase(audit.system(), one))(campaign, person)
    return Case("skipped_erased", ("erased",), address=f"#{person.pk}")


@situation
def skipped_because_the_campaign_was_cancelled(campaign, person):
    people.start(campaign)
    launch.cancel(audit.system(), campaign.pk)
    return Case("skipped_cancelled", steps=("planned", "state"))


@situation
def both_records_of_a_merged_person_were_recipients(campaign, person):
    other = Subscriber.objects.get(address="reader1@people.example")
    people.start(campaign)
    merging.merge(audit.system(), keep=person, gone=other)
    attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    assert Delivery.objects.get(campaign=campaign, subscriber_id=other.pk).reason == "address changed"
    return Case("accepted", steps=("answer_accepted", "other_record"))


@situation
def only_the_record_that_is_gone_was_a_recipient(campaign, person):
    sent(campaign, person, ("delivered", {}))
    keep = people.make_people(1, people.make_list("club"), prefix="kept")[0]
    merging.merge(audit.system(), keep=keep, gone=person)
    return Case("delivered", steps=("by_other_record", "event_delivered"), address="kept0@people.example")


# ------------------------------------------------------------------------------------------- not recipients, after the fill
@situation
def nobody_has_this_address(campaign, person):
    people.start(campaign)
    return Case("not_a_recipient", ("no_record",), address="nobody@people.example")


@situation
def a_suppressed_address_without_a_record(campaign, person):
    people.start(campaign)
    suppressions.suppress(audit.system(), "nobody@people.example", "complaint")
    return Case("not_a_recipient", ("no_record", "suppressed"), address="nobody@people.example")


@situation
def an_address_whose_owner_was_erased(campaign, person):
    erasing.erase(audit.system(), person)
    people.start(campaign)
    return Case("not_a_recipient", ("erased",))


@situation
def a_record_that_was_merged_into_another(campaign, person):
    keep = people.make_people(1, people.make_list(), prefix="kept")[0]
    merging.merge(audit.system(), keep=keep, gone=person)
    people.start(campaign)
    return Case("not_a_recipient", ("merged",), params={"subscriber": keep.pk}, address=f"#{person.pk}")


@situation
def never_on_this_list(campaign, person):
    people.make_people(1, people.make_list("club"), prefix="member")
    people.start(campaign)
    return Case("not_a_recipient", ("not_subscribed",), params={"lists": ["CAST Newsletter"]}, address="member0@people.example")


@situation
def has_not_confirmed(campaign, person):
    subscriptions.subscribe(audit.subscriber(), people.make_list(), "asked@people.example")
    people.start(campaign)
    return Case("not_a_recipient", ("pending",), address="asked@people.example")


def _left_by(how: str) -> Situation:
    def left(campaign, person):
        leave(person, how)
        people.start(campaign)
        return Case("not_a_recipient", ("left",), params={"list": "CAST Newsletter", "how": how})

    left.__name__ = f"left_before_the_fill_by_{how}"
    return left


for way in ("one-click", "page", "provider", "staff"):
    situation(_left_by(way))


@situation
def left_and_came_back_after_the_fill(campaign, person):
    leave(person)
    people.start(campaign)
    Subscription.objects.filter(subscriber=person).update(state="confirmed", confirmed_at=clock.now(), unsubscribed_at=None)
    return Case("not_a_recipient", ("left_then",))


@situation
def joined_only_after_the_fill(campaign, person):
    people.start(campaign)
    subscriptions.add_confirmed(audit.command_line(), people.make_list(), "late@people.example", consent="x")
    return Case("not_a_recipient", ("joined_later",), address="late@people.example")


@situation
def on_the_list_before_the_welcome(campaign, person):
    Campaign.objects.filter(pk=campaign.pk).update(welcome_to=people.make_list())
    people.start(campaign)
    return Case("not_a_recipient", ("not_welcomed",))


@situation
def suppressed_before_the_fill(campaign, person):
    suppressions.suppress(audit.system(), person.address, "complaint")
    Suppression.objects.update(origin="event")
    people.start(campaign)
    return Case("not_a_recipient", ("suppressed",), params={"reason": "complaint", "origin": "event"})


@situation
def suppressed_then_and_allowed_again(campaign, person):
    suppressions.suppress(audit.system(), person.address, "manual")
    people.start(campaign)
    suppressions.lift(audit.system(), person.address)
    return Case("not_a_recipient", ("suppressed_then",), params={"reason": "manual"})


@situation
def a_suppressed_domain_before_the_fill(campaign, person):
    stranger = people.make_people(1, people.make_list(), domain="other.example", prefix="far")[0]
    SuppressedDomain.objects.create(domain="other.example", actor=audit.system())
    people.start(campaign)
    return Case("not_a_recipient", ("domain_suppressed",), params={"domain": "other.example"}, address=stranger.address)


@situation
def on_pause_at_the_fill(campaign, person):
    until = clock.now() + timedelta(days=5)
    Subscriber.objects.filter(pk=person.pk).update(paused_until=until)
    ledger.record(audit.subscriber(), Act.PAUSED, person.pk, source="page", proof=Proof.MAIL_LINK)
    people.start(campaign)
    return Case("not_a_recipient", ("paused",), params={"until": until})


@situation
def on_pause_at_the_fill_and_back_since(campaign, person):
    Subscriber.objects.filter(pk=person.pk).update(paused_until=clock.now() + timedelta(days=5))
    ledger.record(audit.subscriber(), Act.PAUSED, person.pk, source="page", proof=Proof.MAIL_LINK)
    people.start(campaign)
    Subscriber.objects.filter(pk=person.pk).update(paused_until=None)
    ledger.record(audit.subscriber(), Act.RESUMED, person.pk, source="page", proof=Proof.MAIL_LINK)
    return Case("not_a_recipient", ("paused",))


@situation
def excluded_by_one_condition_of_the_segment(campaign, person):
    _choose(campaign, 'language = "en" and country in ("CN", "ES")')
    Subscriber.objects.filter(address="reader1@people.example").update(country="CN")
    people.start(campaign)
    return Case("not_a_recipient", ("segment",), params={"clause": 'country in ("CN", "ES")'})


@situation
def excluded_by_two_conditions_of_the_segment(campaign, person):
    _choose(campaign, '(country = "CN" or country = "ES") and language = "en" and name ~ "one"')
    Subscriber.objects.filter(address="reader1@people.example").update(country="CN", name="one")
    people.start(campaign)
    return Case("not_a_recipient", ("segment", "segment"), params={"clause": 'country = "CN" or country = "ES"'})


@situation
def excluded_by_a_condition_about_a_subscription(campaign, person):
    _choose(campaign, 'language = "en" and list = "news" and joined > "2020-01-01"')
    Subscription.objects.exclude(subscriber=person).update(joined_at=clock.now())
    people.start(campaign)
    return Case("not_a_recipient", ("segment",), params={"clause": 'list = "news" and joined > "2020-01-01"'})


def _choose(campaign: Campaign, text: str) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(segment=Segment.objects.create(slug="some", text=text))
    campaign.refresh_from_db()


@situation
def left_out_with_a_list_and_a_segment(campaign, person):
    board = people.make_list("board")
    subscriptions.add_confirmed(audit.command_line(), board, person.address, consent="by letter")
    campaign.excluded_lists.set([board])
    campaign.excluded_segments.set([Segment.objects.create(slug="some", text=f'email = "{person.address}"')])
    people.start(campaign)
    return Case("not_a_recipient", ("excluded_list", "excluded_segment"), params={"list": board.name})


@situation
def left_out_with_those_who_clicked_because_nobody_knows_whether_they_did(campaign, person):
    clicks.measure_people()
    clicks.agree(Subscriber.objects.exclude(pk=person.pk).first())
    campaign.excluded_segments.set([Segment.objects.create(slug="active", name="Active", text='engaged >= "90 days ago"')])
    people.start(campaign)
    return Case("not_a_recipient", ("excluded_unmeasured",), params={"segment": "Active"})


@situation
def left_out_because_they_got_another_campaign(campaign, person):
    other = launch.create(audit.system(), version=campaign.version, lists=[*campaign.lists.all()], sender=campaign.sender)
    sent(other, person)
    campaign.excluded_campaigns.set([other])
    return Case("would_not_get", ("excluded_campaign",), params={"campaign": other.name})


@situation
def changed_after_the_fill(campaign, person):
    _choose(campaign, 'country = "CN"')
    Subscriber.objects.filter(address="reader1@people.example").update(country="CN")
    people.start(campaign)
    Subscriber.objects.filter(pk=person.pk).update(country="CN")
    return Case("not_a_recipient", ("changed_since",))


@situation
def left_and_suppressed(campaign, person):
    leave(person)
    suppressions.suppress(audit.system(), person.address, "hard_bounce")
    people.start(campaign)
    return Case("not_a_recipient", ("left", "suppressed"))


# -------------------------------------------------------------------------------------------------- before the fill
@situation
def a_draft_that_they_would_get(campaign, person):
    return Case("would_get")


@situation
def a_draft_that_they_would_not_get(campaign, person):
    leave(person)
    return Case("would_not_get", ("left",))


@situation
def a_draft_whose_segment_excludes_them(campaign, person):
    _choose(campaign, 'country = "CN"')
    return Case("would_not_get", ("segment",), params={"clause": 'country = "CN"'})


@situation
def a_draft_whose_segment_is_broken(campaign, person):
    _choose(campaign, 'role = "editor"')
    return Case("would_not_get", ("segment_broken",))


@situation
def cancelled_before_the_fill(campaign, person):
    launch.schedule(audit.system(), campaign.pk)
    launch.cancel(audit.system(), campaign.pk)
    return Case("cancelled_early")


# ------------------------------------------------------------------------------------------------------------- the tests
@pytest.mark.parametrize("made", SITUATIONS, ids=lambda one: one.__name__)
def test_the_answer_is_right(made):
    campaign = people.make_campaign(3, 4)
    case = made(campaign, Subscriber.objects.get(address=READER))
    campaign.refresh_from_db()
    explanation = why.explain(case.address.upper() if "@" in case.address else case.address, campaign)
    assert (explanation.meaning.code, tuple(reason.code for reason in explanation.reasons)) == (case.meaning, case.reasons)
    assert set(case.steps) <= {each.code for each in explanation.steps}, explanation.steps
    assert explanation.is_recipient is (
        None if case.meaning.startswith("would") else case.meaning not in ("not_a_recipient", "cancelled_early")
    )
    if case.params:
        assert explanation.reasons[0].params.items() >= case.params.items()
    times = [each.at for each in explanation.steps if each.at]
    assert [int(each.timestamp()) for each in times] == sorted(int(each.timestamp()) for each in times)
    assert all(each.at for each in explanation.steps if each.code not in ("other_record", "by_other_record", "state"))
    for finding, table in _findings(explanation):
        assert finding.params.keys() == _names(table[finding.code]), finding
    assert _sentences(explanation)


def _findings(explanation: why.Explanation) -> Iterable[tuple[why_not.DeliveryFact, Any]]:
    yield explanation.meaning, MEANINGS
    yield from ((reason, REASONS) for reason in explanation.reasons)
    yield from ((step, STEPS) for step in explanation.steps)


def _sentences(explanation: why.Explanation) -> list[str]:
    """Every sentence of both interfaces can be made, and leaves no placeholder."""
    made = []
    for finding, table in _findings(explanation):
        made.append(cli_texts.sentence(cli_texts.STEPS if table is STEPS else table, finding.as_dict()))
        made.append(web_texts.sentence(table, finding, "Asia/Shanghai"))
    assert not any("%(" in sentence for sentence in made)
    return made


def test_there_are_enough_situations():
    assert len(SITUATIONS) >= 25


def test_the_command_lines_own_sentences_have_the_same_parameters():
    assert {code: _names(text) for code, text in cli_texts.STEPS.items()} == {code: _names(STEPS[code]) for code in STEPS}


def _names(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_text_that_is_no_address_is_refused(db):
    Publication.objects.update(zone="UTC")
    with pytest.raises(addresses.AddressError):
        why.explain("nobody", people.make_campaign(1))


def test_an_answer_of_the_settling_is_not_needed(db):
    """A late answer replaces `unknown`, and the steps show it."""
    campaign = people.make_campaign(3, 4)
    people.start(campaign)
    made = attempt_steps.send_next(campaign, attempt_steps.UNKNOWN)
    settling.settle(made.attempt, attempt_steps.ACCEPTED)
    explanation = why.explain(READER, Campaign.objects.get(pk=campaign.pk))
    assert [step.code for step in explanation.steps] == ["planned", "attempt", "answer_accepted"]
