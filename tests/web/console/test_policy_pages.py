"""Settings › Policies and How long data is kept: in sentences; what takes a protection away asks first, and all admins get a mail."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from publication import audit, policies, profile
from publication.models import Audit, Publication, StaffMail
from publication.retention import RETENTIONS
from publication.staff import accounts, roles
from tests.support.variations import first
from tests.web.conftest import PASSWORD
from web.texts.settings import policy_texts, retention_texts
from worker import notice_mail

pytestmark = pytest.mark.django_db
POLICIES, RETENTION = "/console/settings/policies/", "/console/settings/retention/"


def make(name: str, *names: str) -> Client:
    accounts.add_staff(audit.system(), name, f"{name}@cast.example", PASSWORD, roles=names)
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def changes() -> list[dict]:
    return [line.detail for line in Audit.objects.filter(verb="change_publication").order_by("id")]


def mails() -> list[tuple[str, str]]:
    return [(mail.purpose, mail.address) for mail in StaffMail.objects.order_by("id")]


def test_every_policy_and_every_period_of_personal_data_has_its_texts():
    listed = [policy for _, names in policy_texts.GROUPS for policy in names]
    periods = {kept.policy for kept in RETENTIONS.values() if kept.policy}
    assert sorted(listed) == sorted(policy_texts.TEXTS)
    assert {*listed, *periods, "suggest_approval"} == {*policies.POLICIES, *policies.CHOICES}
    assert {name for name, kept in RETENTIONS.items() if kept.is_personal} == retention_texts.TEXTS.keys()
    for policy in (*listed, *periods):
        offered = (policy_texts.TEXTS.get(policy) or retention_texts.text_of(policy)).offered
        assert policies.value(policy, Publication()) in offered, policy
        for value in offered:
            assert profile._policy(policy, str(value)) == value, policy


def test_a_policy_shows_its_consequences_and_is_stored_with_what_it_was():
    admin = make("ana", "admin")
    page = admin.get(POLICIES).content.decode()
    assert "<b>Up to 6 hours late, the campaign is sent at once</b>" in page
    assert "Up to 3 days late" in admin.get(f"{POLICIES}late_hours/").content.decode()
    answer = admin.post(f"{POLICIES}late_hours/", {"value": "72", "seen": "6"})
    assert (answer.status_code, answer.url) == (302, POLICIES)
    assert (policies.number("late_hours"), changes()) == (
        72, [{"before": {"policies": {"late_hours": 6}}, "after": {"policies": {"late_hours": 72}}}],
    )  # fmt: skip
    assert admin.post(f"{POLICIES}late_hours/", {"value": "24", "seen": "6"}).status_code == 409, "the page was out of date"
    assert admin.post(f"{POLICIES}late_hours/", {"value": "5", "seen": "72"}).status_code == 422
    assert admin.post(f"{POLICIES}late_hours/", {"value": "72", "seen": "72"}).status_code == 302
    assert (len(changes()), mails()) == (1, [])
    assert admin.get(f"{POLICIES}nonsense/").status_code == 404
    profile.change_profile(audit.system(), policies={"late_hours": "5"})
    assert 'value="5" required checked' in admin.get(f"{POLICIES}late_hours/").content.decode(), "set on the command line"


@pytest.mark.parametrize(
    ("policy", "safe", "other"),
    [
        ("approvals", "2", "1"),
        ("mfa_required", "on", "off"),
        *first([("see_addresses", "few", "all"), ("record_views", "on", "off")]),
    ],
)
def test_what_protects_less_is_asked_about_and_mailed_to_all_admins(policy, safe, other):
    admin, _ = make("ana", "admin"), make("bo", "admin")
    make("wei", "publisher")
    # One of the policies asks for it.
    Authenticator.objects.create(user=User.objects.get(username="ana"), type=Authenticator.Type.TOTP, data={})
    profile.change_profile(audit.system(), policies={policy: safe})
    assert mails() == [], "a safer choice is nobody's alarm"
    address, given = f"{POLICIES}{policy}/", {"value": other, "seen": safe}
    asked = admin.post(address, given)
    assert (asked.status_code, policies.value(policy)) == (200, type(policies.value(policy))(safe))
    assert "Give up this protection?" in asked.content.decode()
    assert admin.post(address, given | {"confirmed": "yes"}).status_code == 302
    assert str(policies.value(policy)) == other
    assert {("policy_weakened", "ana@cast.example"), ("policy_weakened", "bo@cast.example")} <= set(mails())
    assert ("policy_weakened", "wei@cast.example") not in mails()
    mail = StaffMail.objects.filter(address="bo@cast.example").get()
    _, html, text = notice_mail.render_notice(mail.purpose, None, notice_mail._staff_link(mail), "en", values=mail.parameters)
    for value in (safe, other):
        assert policy_texts.stored_value(value, policy) in text
    assert policy_texts.title(policy) in html


def test_who_sees_addresses_is_what_the_policy_says_for_every_role():
    for role in roles.ROLES:
        make(f"the-{role}", role)

    def seeing() -> set[str]:
        return {role for role in roles.ROLES if User.objects.get(username=f"the-{role}").has_perm("subscribers.see_addresses")}

    assert seeing() == {"publisher", "list-manager", "admin", "auditor"}
    for value, expected in (("few", {"list-manager"}), ("all", roles.ROLES.keys() - {"override-checks"})):
        profile.change_profile(audit.system(), policies={"see_addresses": value})
        assert seeing() == expected
        assert {role for role in roles.ROLES if roles.sees_addresses(role, value)} == expected
        accounts.add_staff(audit.system(), f"new-{value}", "", PASSWORD, roles=("editor",))
        assert User.objects.get(username=f"new-{value}").has_perm("subscribers.see_addresses") == (value == "all")


def test_nobody_keeps_data_for_less_than_the_minimum_and_a_shorter_time_asks_first():
    admin = make("ana", "admin")
    page = admin.get(RETENTION).content.decode()
    assert "<b>Deleted after 400 days</b>" in page
    assert "Minimum: 90 days." in page
    address = f"{RETENTION}keep_events/"
    assert admin.post(address, {"value": "1", "seen": "400"}).status_code == 422
    with pytest.raises(profile.ProfileError):
        profile.change_profile(audit.command_line(), policies={"keep_events": "89"})
    assert admin.post(address, {"value": "730", "seen": "400"}).status_code == 302, "longer needs no question"
    asked = admin.post(address, {"value": "90", "seen": "730"})
    assert "Delete data earlier?" in asked.content.decode()
    assert RETENTIONS["EVENTS"].kept_for() == timedelta(days=730)
    assert admin.post(address, {"value": "90", "seen": "730", "confirmed": "yes"}).status_code == 302
    moments = []
    RETENTIONS["TEST_MAIL_ADDRESSES"]._replace(policy="keep_events", remove=moments.append).end()
    assert RETENTIONS["EVENTS"].kept_for() == timedelta(days=90)
    assert (changes()[-1]["after"], mails()) == ({"policies": {"keep_events": 90}}, [])
    Publication.objects.update(policies={"keep_events": 1})  # by hand, in the database
    assert RETENTIONS["EVENTS"].kept_for() == timedelta(days=90)
    assert len(moments) == 1
    assert admin.get(f"{RETENTION}approvals/").status_code == 404


def test_one_approval_is_suggested_to_admins_until_they_follow_or_dismiss_it():
    admin, suggested = make("ana", "admin"), "We suggest one approval"

    def shown(client: Client) -> set[bool]:
        return {suggested in client.get(page).content.decode() for page in ("/console/", POLICIES)}

    assert shown(admin) == {False}, "one person alone"
    publisher = make("wei", "publisher")
    assert (shown(admin), shown(publisher)) == ({True}, {False})
    admin.post(f"{POLICIES}suggestion/", {"answer": "never"})
    assert shown(admin) == {False}
    profile.change_profile(audit.system(), policies={"suggest_approval": "on"})
    assert admin.post(f"{POLICIES}suggestion/", {"answer": "need"}).status_code == 302
    assert (shown(admin), policies.number("approvals")) == ({False}, 1)


def test_the_page_of_roles_follows_the_policy_and_names_accounts_to_those_who_may_see_them():
    auditor, author = make("li", "auditor"), make("wei", "editor")
    masked = "see of people only masked addresses"
    assert [page.count(masked) for page in [author.get("/console/roles/").content.decode()]] == [2]
    profile.change_profile(audit.system(), policies={"see_addresses": "all"})
    page = auditor.get("/console/roles/").content.decode()
    assert masked not in page
    assert "Accounts: wei" in page
    assert not re.search(r"Accounts: \w", author.get("/console/roles/").content.decode())
