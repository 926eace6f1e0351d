import itertools

import pytest

from publication.models import Audit
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.consent.suppressions import Ground, Reason
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


def test_every_reason_has_a_rank():
    assert set(suppressions.RANKING) == set(Reason.values)


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
