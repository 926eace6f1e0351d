import itertools
from datetime import UTC, datetime, timedelta

import pytest

from publication import audit, clock
from publication.models import Audit
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.consent.suppressions import Ground, Reason
from subscribers.errors import InputError
from subscribers.models import Suppression


def key(address):
    return addresses.key_of(addresses.normalise(address))


def test_suppressing_twice_is_suppressing_once(actor):
    assert suppressions.suppress(actor, "Anna@Example.org", Reason.HARD_BOUNCE, "550")
    assert not suppressions.suppress(actor, "anna@example.org", Reason.HARD_BOUNCE, "551")
    assert suppressions.is_suppressed("ANNA@example.ORG")
    assert Suppression.objects.get().detail == "550"


@pytest.mark.parametrize("order", list(itertools.permutations([Reason.SOFT_BOUNCES, Reason.COMPLAINT, Reason.HARD_BOUNCE])))
def test_in_any_order_the_strongest_reason_stays(actor, order):
    for reason in order:
        suppressions.suppress(actor, "anna@example.org", reason)
    assert Suppression.objects.get().reason == Reason.COMPLAINT


def test_staff_cannot_make_the_wish_of_a_person_their_own_and_lift_it(actor):
    for reasons in ((Reason.PROVIDER_UNSUBSCRIBE, Reason.MANUAL), (Reason.MANUAL, Reason.PROVIDER_UNSUBSCRIBE)):
        for reason in reasons:
            suppressions.suppress(actor, f"{reasons[0]}@example.org", reason)
        assert suppressions.unliftable(Suppression.objects.get(address=f"{reasons[0]}@example.org")) == "own_wish"


def test_every_reason_has_a_rank():
    assert set(suppressions.RANKING) == set(Reason)


def test_many_at_once_are_one_statement_and_one_line_in_the_audit(actor, django_assert_max_num_queries):
    causes = [Ground(key(f"p{n % 90}@example.org"), (Reason.HARD_BOUNCE, Reason.COMPLAINT)[n % 2]) for n in range(180)]
    with django_assert_max_num_queries(4):
        assert suppressions.suppress_many(actor, causes) == 90
    assert suppressions.suppress_many(actor, causes) == 0
    line = Audit.objects.get(verb="suppress")
    assert sum(line.detail.values()) == 90
    assert "@" not in str(line.detail)


def test_by_key_alone_the_address_is_taken_from_the_subscriber(actor, join):
    anna = join("anna@example.org")
    suppressions.suppress(actor, bytes(anna.address_key), Reason.COMPLAINT)
    assert Suppression.objects.get().address == "anna@example.org"
    assert [suppressions.reason_for(key) for key in (bytes(anna.address_key), b"x" * 16)] == ["complaint", None]


def test_an_invalid_address_can_also_be_suppressed(actor):
    assert suppressions.suppress(actor, "no address at all", Reason.MANUAL)
    assert suppressions.is_suppressed("No address at all ")


def test_a_suppression_is_lifted_once_and_only_for_the_named_reasons(actor):
    suppressions.suppress(actor, "anna@example.org", Reason.COMPLAINT)
    assert not suppressions.lift(actor, "anna@example.org", only=[Reason.ERASED])
    assert suppressions.lift(actor, "anna@example.org")
    assert not suppressions.lift(actor, "anna@example.org")
    assert not suppressions.is_suppressed("anna@example.org")


def test_suppressing_nobody_makes_no_query(actor, django_assert_num_queries):
    with django_assert_num_queries(0):
        suppressions.suppress_many(actor, [])


SOON, LATER = datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 6, 1, tzinfo=UTC)
EVENT_AT = datetime(2026, 1, 5, tzinfo=UTC)
MANUAL, UNTIL_SOON, UNTIL_LATER = (Reason.MANUAL, None, None), (Reason.MANUAL, None, SOON), (Reason.MANUAL, None, LATER)
BOUNCE, SOFT, COMPLAINT = (
    (Reason.HARD_BOUNCE, EVENT_AT, None),
    (Reason.SOFT_BOUNCES, EVENT_AT, None),
    (Reason.COMPLAINT, EVENT_AT, None),
)


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        (UNTIL_SOON, MANUAL, MANUAL), (MANUAL, UNTIL_SOON, MANUAL), (UNTIL_SOON, UNTIL_LATER, UNTIL_LATER),
        (UNTIL_LATER, UNTIL_SOON, UNTIL_SOON), (BOUNCE, UNTIL_SOON, BOUNCE), (UNTIL_SOON, BOUNCE, BOUNCE),
        (UNTIL_SOON, SOFT, UNTIL_SOON), (SOFT, UNTIL_SOON, SOFT), (UNTIL_SOON, COMPLAINT, COMPLAINT),
        (COMPLAINT, UNTIL_SOON, COMPLAINT),
    ],
)  # fmt: skip
def test_suppression_with_an_end_never_shortens_one_without(actor, first, second, stays):
    for reason, at, until in (first, second):
        suppressions.suppress_many(actor, [suppressions.Ground(key("a@b.example"), reason, at=at, until=until)])
    row = Suppression.objects.get()
    assert (row.reason, row.evidence_at, row.expires_at) == stays


@pytest.mark.parametrize(
    ("who", "origin"), [(audit.system, "event"), (audit.command_line, "staff"), (audit.subscriber, "person")]
)
def test_origin_follows_from_who_suppressed(db, who, origin):
    suppressions.suppress(who(), "a@b.example", Reason.MANUAL)
    assert Suppression.objects.get().origin == origin


def test_end_in_the_past_is_refused(actor):
    with pytest.raises(InputError, match="over"):
        suppressions.suppress(actor, "a@b.example", Reason.MANUAL, until=datetime(2020, 1, 1, tzinfo=UTC))


def test_suppression_of_an_erased_person_outlives_its_end(actor, time):
    suppressions.suppress(actor, "a@b.example", Reason.MANUAL, "Anna phoned", until=time() + timedelta(days=1))
    suppressions.forget_address(key("a@b.example"))
    assert Suppression.objects.get().detail == ""
    time.passes(days=2)
    assert suppressions.end_expired(actor) == 1
    row = Suppression.objects.get()
    assert (row.reason, row.expires_at) == ("erased", None)
    assert suppressions.end_expired(actor) == 0


def test_ground_from_before_a_lift_hides_none_from_after_it_in_any_order(actor):
    suppressions.suppress(actor, "a@b.example", Reason.COMPLAINT)
    suppressions.lift(actor, "a@b.example")
    early, late = EVENT_AT, clock.now() + timedelta(hours=1)
    lifted = Ground(key("a@b.example"), Reason.COMPLAINT, at=early)
    for later in (lifted._replace(at=late, detail="again"), lifted._replace(reason=Reason.HARD_BOUNCE, at=late)):
        for grounds in itertools.permutations([lifted, lifted._replace(reason=Reason.HARD_BOUNCE), later]):
            assert suppressions.suppress_many(actor, grounds) == 1
            assert Suppression.objects.values_list("reason", "evidence_at").get() == (later.reason, late)
            assert Audit.objects.filter(verb="suppress").latest("id").detail == {str(later.reason): 1}
            Suppression.objects.all().delete()


def test_lift_of_one_finding_of_the_mail_system_covers_the_others(actor):
    suppressions.suppress(actor, "a@b.example", Reason.SOFT_BOUNCES)
    assert suppressions.lift(actor, "a@b.example")
    old = suppressions.Ground(key("a@b.example"), Reason.HARD_BOUNCE, at=EVENT_AT)
    assert suppressions.suppress_many(actor, [old]) == 0
    assert suppressions.suppress_many(actor, [old._replace(reason=Reason.COMPLAINT)]) == 1
