"""Senders, profile, staff: rejected values, and what the audit records."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from cli.texts.domain_texts import error_text
from publication import audit, profile
from publication.models import Audit, Sender
from publication.senders import sender_list
from publication.staff import accounts, roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return audit.command_line()


@pytest.mark.parametrize("email", ["", "x", "a@b", "a b@c.example", "陈@c.example", "a@c.example\r\nBcc: d@e.example"])
def test_a_sender_address_that_cannot_send_mail_is_rejected(actor, email):
    with pytest.raises(sender_list.SenderError):
        sender_list.add_sender(actor, email)
    assert not Sender.objects.exists()


def test_a_sender_on_a_chinese_domain_is_kept_as_a_labels(actor):
    assert sender_list.add_sender(actor, "news@例子.example", name="科协").email == "news@xn--fsqu00a.example"


@pytest.mark.parametrize("name", ["x\ny", "x\u2028y", "x" * 151, "\u202ex"])
def test_a_sender_name_that_would_break_a_header_is_rejected(actor, name):
    with pytest.raises(sender_list.SenderError):
        sender_list.add_sender(actor, "news@cast.example", name=name)


def test_a_sender_is_found_however_it_is_spelled(actor):
    made = sender_list.add_sender(actor, "news@cast.example")
    assert sender_list.find_sender(" News@CAST.example") == made


def test_every_change_is_audited(actor):
    sender = sender_list.add_sender(actor, "news@cast.example")
    sender_list.change_sender(actor, sender, name="News")
    profile.change_profile(actor, name="News", zone="Asia/Shanghai")
    accounts.add_staff(actor, "wei", "wei@cast.example", "correct horse battery")
    accounts.change_roles(actor, "wei", ["editor"])
    accounts.change_password(actor, "wei", "correct horse staple")
    accounts.disable_staff(actor, "wei")
    accounts.enable_staff(actor, "wei")
    assert list(Audit.objects.order_by("id").values_list("verb", flat=True)) == [
        "add_sender", "change_sender", "change_publication", "add_staff", "change_roles", "change_password", "disable_staff",
        "enable_staff",
    ]  # fmt: skip
    assert "wei@cast.example" not in str(list(Audit.objects.values_list("detail", flat=True)))


def test_a_call_that_changes_nothing_is_not_audited(actor):
    profile.change_profile(actor)
    assert not profile.lift_quarantine(actor, "no reason to")
    assert not Audit.objects.exists()


def test_a_misspelt_zone_gets_the_nearest_zone_as_a_suggestion(actor):
    with pytest.raises(profile.ProfileError) as caught:
        profile.change_profile(actor, zone="Asia/Shanghia")
    assert error_text(caught.value)[1] == "did you mean Asia/Shanghai?"


def test_every_permission_of_a_role_exists(actor):
    known = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in roles.ROLES.items():
        assert set(names) <= known, (role, set(names) - known)


def test_a_role_loses_permissions_that_it_should_not_have(actor):
    accounts.add_staff(actor, "wei", "wei@cast.example", "correct horse battery", roles=["editor"])
    Group.objects.get(name="editor").permissions.add(Permission.objects.get(codename="change_campaign"))
    account = accounts.change_roles(actor, "wei", ["editor"])
    assert not account.has_perm("campaigns.change_campaign")


def test_an_actor_stays_the_same_when_its_account_is_renamed_in_the_database(actor):
    wei = accounts.add_staff(actor, "wei", "wei@cast.example", "a good long phrase")
    before = audit.staff(wei)
    User.objects.filter(pk=wei.pk).update(username="weiyumeng")
    with pytest.raises(accounts.StaffAccountError) as refused:
        accounts.add_staff(actor, "Wei", "w@cast.example", "a good long phrase")
    assert "what it did is on record" in error_text(refused.value)[0]
    wei.refresh_from_db()
    assert (audit.staff(wei).pk, audit.staff(wei).name) == (before.pk, "weiyumeng")
    accounts.delete_staff(actor, "weiyumeng")
    before.refresh_from_db()
    assert (before.name, before.user) == ("weiyumeng", None)


@pytest.mark.parametrize("removed", [True, False], ids=["deleted", "renamed"])
def test_an_account_never_acts_as_another_that_had_its_name(actor, removed):
    old = accounts.add_staff(actor, "wei", "wei@cast.example", "a good long phrase")
    before = audit.staff(old)
    if removed:
        accounts.delete_staff(actor, "wei")
    else:
        User.objects.filter(pk=old.pk).update(username="weiyumeng")
    new = User.objects.create(username="wei", is_staff=True)  # not through the verb, which refuses the name
    for _again in range(2):
        doer = audit.staff(new)
        assert (doer.name, doer.user) == (f"wei (account {new.pk})", new)
    assert before.pk != doer.pk


def test_a_deleted_account_leaves_what_it_did_and_nobody_gets_its_name(actor):
    wei = accounts.add_staff(actor, "wei", "wei@cast.example", "a good long phrase", superuser=True)
    with pytest.raises(accounts.StaffAccountError, match="last"):
        accounts.delete_staff(actor, "wei")
    li = accounts.add_staff(actor, "li", "li@cast.example", "a good long phrase", superuser=True)
    sender_list.add_sender(audit.staff(wei), "news@cast.example")
    accounts.delete_staff(actor, "wei")
    assert [*User.objects.values_list("username", flat=True)] == ["li"]
    assert [(str(line.actor), line.actor.user) for line in Audit.objects.filter(verb="add_sender")] == [("staff:wei", None)]
    assert Audit.objects.get(verb="delete_staff").detail == {"name": "wei"}
    with pytest.raises(accounts.StaffAccountError) as taken:
        accounts.add_staff(actor, "wei", "w@cast.example", "a good long phrase")
    assert taken.value.code == "deleted"
    assert audit.staff(li).user == li


@pytest.mark.parametrize("name", ["сhiеf", "ρeter", "аdmin", "Ѕam", "wei.ив", "ԛuinn", "օwen"])
def test_new_accounts_have_no_names_of_letters_that_look_alike(db, name):
    with pytest.raises(accounts.StaffAccountError) as refused:
        accounts.add_staff(audit.system(), name, "chief@cast.example", "correct horse battery")
    assert refused.value.code == "name_mixed"
    assert "Latin" in refused.value.params["scripts"]


@pytest.mark.parametrize(
    "name", ["王Wang", "шеф", "Ελένη", "Ｗｅｉ.Li-2", "田中たなかTanaka", "김Kim", "王Иван", "José", "Łukasz"]
)
def test_names_in_one_script_and_beside_chinese_are_accounts(db, name):
    assert accounts.add_staff(audit.system(), name, "chief@cast.example", "correct horse battery").pk


def test_an_account_from_before_the_rule_goes_on(client, db):
    old = User.objects.create_user("сhiеf", "chief@cast.example", "correct horse battery", is_staff=True)
    answer = client.post("/console/login/", {"username": "сhiеf", "password": "correct horse battery"})
    assert answer.headers["Location"] == "/console/"
    assert accounts.change_roles(audit.system(), "сhiеf", ["editor"]).pk == old.pk
