"""Invitations, the first account, roles and addresses: the verbs below console and command line."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction

from publication import audit, clock
from publication.models import Audit, Invitation, StaffMail
from publication.retention import RETENTIONS
from publication.staff import accounts, invitations, roles, staff_languages, staff_links, staff_mails
from publication.staff.accounts import StaffAccountError
from publication.staff.invitations import InvitationError
from tests.support import people

pytestmark = pytest.mark.django_db
WORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _sender(db):
    people.make_sender()


@pytest.fixture
def later():
    yield lambda days: clock.move(lambda: clock._system_time() + timedelta(days=days))
    clock.move(None)


def invite(address: str = "li@cast.example", names: tuple[str, ...] = ("author",), **more) -> Invitation:
    return invitations.invite(audit.command_line(), address, names, **more)


def token(invitation: Invitation) -> str:
    return staff_links.invitation_token(invitation)


# ---------------------------------------------------------------------------------------------------- invitations
def test_an_invitation_makes_one_account_with_its_address_roles_and_language():
    made = invite(names=("author", "list-manager"), language="zh-hans")
    account = invitations.accept(token(made), "li", WORD)
    assert (account.email, account.is_staff, account.is_superuser) == ("li@cast.example", True, False)
    assert {group.name for group in account.groups.all()} == {"editor", "list-manager"}
    assert staff_languages.chosen(account.pk) == "zh-hans"
    assert invitations.find_open(token(made)) is None
    with pytest.raises(InvitationError):
        invitations.accept(token(made), "li2", WORD)
    assert {"invite_staff", "add_staff", "accept_invitation"} <= set(Audit.objects.values_list("verb", flat=True))


def test_a_link_ends_when_it_is_revoked_replaced_or_a_week_old(later):
    revoked = invite()
    assert invitations.revoke(audit.command_line(), revoked.pk)
    assert not invitations.revoke(audit.command_line(), revoked.pk)
    replaced, newest = invite(), invite("LI@cast.example")
    assert [invitations.find_open(token(invitation)) for invitation in (revoked, replaced, newest)] == [None, None, newest]
    later(8)
    assert invitations.find_open(token(newest)) is None
    assert staff_mails.is_wanted(StaffMail.objects.get(invitation=newest)) is False, "a mail that waited is not sent any more"


def test_a_link_of_a_lost_invitation_does_not_work_for_the_one_that_got_its_id():
    with transaction.atomic():
        lost = invite("auditor@cast.example", ("auditor",))
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('invitation', 'id'), %s, false)", [lost.pk])
    again = invite("chief@cast.example", ("admin",))
    assert again.pk == lost.pk
    assert [invitations.find_open(token(invitation)) for invitation in (lost, again)] == [None, again]


@pytest.mark.parametrize("forged", ["", "x", "1", "1:abc", "../1", "\x00", "9" * 400])
def test_a_forged_link_finds_nothing(forged):
    invite()
    assert invitations.find_open(forged) is None


def test_a_name_that_cannot_be_used_leaves_the_invitation_open():
    made = invite()
    for name, word in (("li", "short"), ("a name with spaces", WORD)):
        with pytest.raises(StaffAccountError):
            invitations.accept(token(made), name, word)
    assert invitations.accept(token(made), "li", WORD)


def test_nobody_is_invited_twice_without_a_sender_or_with_a_role_that_is_none(django_db_setup):
    accounts.add_staff(audit.system(), "wei", "wei@cast.example", WORD)
    for address, names, code in (
        ("WEI@cast.example", ("author",), "address_taken"),
        ("nonsense", ("author",), "email"),
        ("li@cast.example", ("king",), "role"),
    ):
        with pytest.raises(StaffAccountError) as caught:
            invite(address, names)
        assert caught.value.code == code
    people.make_sender().delete()
    with pytest.raises(InvitationError) as refused:
        invite()
    assert refused.value.code == "no_sender"
    assert not StaffMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_with_one_link_get_one_account():
    made = invite()

    def accept(name: str) -> str:
        try:
            invitations.accept(token(made), name, WORD)
        except (InvitationError, StaffAccountError) as fault:
            return fault.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, ("li", "thief"))) in (["gone", "made"], ["address_taken", "made"])
    assert User.objects.count() == 1


def test_invitations_and_the_addresses_of_their_mails_are_forgotten(later):
    made = invite()
    invitations.revoke(audit.system(), made.pk)
    StaffMail.objects.update(state="accepted", ended_at=clock.now())
    later(RETENTIONS["STAFF_MAIL_ADDRESSES"].period.days - 1)
    assert [RETENTIONS[name].end() for name in ("STAFF_MAIL_ADDRESSES", "INVITATIONS")] == [0, 0]
    later(RETENTIONS["STAFF_MAIL_ADDRESSES"].period.days + 1)
    assert RETENTIONS["STAFF_MAIL_ADDRESSES"].end() == 1
    assert list(StaffMail.objects.values_list("address", "parameters")) == [("", {})]
    assert RETENTIONS["INVITATIONS"].end() > 0
    assert not Invitation.objects.exists()


# ------------------------------------------------------------------------------------------------- the first account
def test_the_link_to_the_first_account_ends_with_the_first_account():
    first = staff_links.first_account_token()
    assert accounts.is_first()
    assert staff_links.is_first_account(first)
    account = accounts.add_first("wei", "wei@cast.example", WORD)
    assert account.is_superuser
    assert not accounts.is_first()
    with pytest.raises(StaffAccountError) as caught:
        accounts.add_first("thief", "thief@example.org", WORD)
    assert caught.value.code == "first"


def test_the_link_to_the_first_account_lasts_a_day(monkeypatch):
    first = staff_links.first_account_token()
    monkeypatch.setattr(staff_links, "FIRST_VALID_FOR", timedelta(seconds=-1))
    assert not staff_links.is_first_account(first)
    assert not staff_links.is_first_account("first")


@pytest.mark.django_db(transaction=True)
def test_two_people_with_the_first_link_get_one_account():
    def add(name: str) -> str:
        try:
            accounts.add_first(name, f"{name}@cast.example", WORD)
        except StaffAccountError as fault:
            return fault.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, ("wei", "thief"))) == ["first", "made"]


# --------------------------------------------------------------------------------------------------------- addresses
def test_an_address_belongs_to_one_account_whatever_its_case():
    accounts.add_staff(audit.system(), "wei", "wei@cast.example", WORD)
    with pytest.raises(StaffAccountError) as caught:
        accounts.add_staff(audit.system(), "li", "Wei@CAST.example", WORD)
    assert caught.value.code == "address_taken"
    li = accounts.add_staff(audit.system(), "li", "li@cast.example", WORD)
    with pytest.raises(StaffAccountError):
        accounts.change_address(audit.system(), "li", "wei@cast.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=li.pk).update(email="WEI@cast.example")
    assert accounts.change_address(audit.system(), "li", "li.na@cast.example").email == "li.na@cast.example"
    # Accounts of older releases may have none.
    assert all(User.objects.create_user(name).email == "" for name in ("old", "older"))


# -------------------------------------------------------------------------------------------------------------- roles
def test_an_author_is_stored_as_editor_and_no_other_name_is_a_role():
    assert roles.resolved(["author", "auditor", "editor"]) == ["editor", "auditor"]
    with pytest.raises(KeyError):
        roles.resolved(["king"])


def test_a_publisher_with_the_further_role_may_override_checks():
    account = accounts.add_staff(audit.system(), "wei", "wei@cast.example", WORD, roles=("publisher", "override-checks"))
    assert User.objects.get(pk=account.pk).has_perm("campaigns.override_checks")
    assert User.objects.get(pk=account.pk).has_perm("campaigns.change_campaign")


def test_groups_get_the_permissions_of_this_release():
    group = Group.objects.create(name="auditor")
    roles.bring_up_to_date()
    assert {"view_campaign", "view_user"} <= set(group.permissions.values_list("codename", flat=True))
