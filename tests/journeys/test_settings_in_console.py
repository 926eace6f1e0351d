"""What an admin sets up in Chromium before an office can send: publication, senders, policies, staff. No terminal.

An admin does it by pointer, by keyboard alone, and without JavaScript.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User

from publication import audit, policies
from publication.models import Audit, Publication, Sender, StaffMail
from publication.staff import accounts
from publication.staff.passwords import temporary_passwords
from tests.support import heartbeats
from tests.support.chromium import MARKS
from tests.support.colleagues import PASSWORD, Colleague
from tests.support.mailed_links import link_in
from tests.support.reviewing import account
from tests.support.signed_in_colleagues import SignedInColleague
from tests.support.variations import few

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
NEWS, EVENTS, EDITOR, PUBLISHER = (f"{name}@cast.example" for name in ("newsletter", "events", "editor", "chen"))
OWN_STEPS = "section[aria-labelledby=first-steps] a"  # the first steps that this account can take


@dataclass(frozen=True)
class Texts:
    """What the admin writes."""

    name: str
    description: str
    organisation: str
    address: str
    zone: str


IN = {
    "en": Texts("CAST News", "What Chinese science did this month.", "CAST", "3 Fuxing Road, Beijing", "Beijing"),
    "zh-CN": Texts("中国科协通讯", "本月科学要闻。", "中国科学技术协会", "北京市复兴路3号", "北京时间"),
}


# -------------------------------------------------------------------------------------------------------------------- errands
def describe_publication(wei: SignedInColleague, texts: Texts) -> None:
    wei.press("nav a[href='/console/settings/']", "header")
    assert wei.page.is_enabled("form button.main") == (wei.manner == "plain"), "with scripts it works after a change"
    wei.write("#id_name", texts.name)
    wei.write("#id_description", texts.description)
    wei.write("#id_organisation", texts.organisation)
    wei.write("#id_postal_address", texts.address)
    wei.write("#id_zone", texts.zone)
    wei.press("form button.main")


def add_sender(wei: SignedInColleague, chromium: Any, email: str, texts: Texts) -> None:
    """Somebody who reads the mailbox opens the link and confirms."""
    wei.press("nav.sections a[href='/console/settings/senders/']")
    wei.press("a[href='/console/settings/senders/new/']")
    wei.write("#id_email", email)
    wei.write("#id_name", texts.name)
    wei.write("#id_reply_to", EDITOR)
    wei.press("form button.main")
    reader = Colleague(chromium, wei.root, "reader", wei.look, scripts=wei.manner != "plain")
    reader.open(wei.root + link_in(StaffMail.objects.get(purpose="sender", address=email)))
    reader.press("form button")
    assert reader.wrong == []


def make_default(wei: SignedInColleague, sender: Sender) -> None:
    wei.press("nav.sections a[href='/console/settings/senders/']")
    wei.press(f"a[href='/console/settings/senders/{sender.pk}/']")
    wei.press("button[value=default]")


def need_approval(wei: SignedInColleague) -> None:
    wei.press("nav.sections a[href='/console/settings/policies/']")
    wei.press("a[href='/console/settings/policies/approvals/']")
    wei.tick("input[type=radio][name=value][value='1']")
    wei.press("form button.main")


def keep_invitations_shorter(wei: SignedInColleague) -> None:
    """The console asks before it deletes earlier than now."""
    wei.press("nav.sections a[href='/console/settings/retention/']")
    wei.press("a[href='/console/settings/retention/keep_invitations/']")
    wei.tick("input[type=radio][name=value][value='7']")
    wei.press("form button.main")
    wei.press("form button.danger")


def invite(wei: SignedInColleague, chromium: Any) -> Colleague:
    """The invited person follows the link in the mail."""
    wei.press("nav a[href='/console/staff/']", "header")
    wei.write("#id_email", PUBLISHER)
    wei.tick("input[type=checkbox][name=role][value=publisher]")
    wei.press("form[action$='/invite/'] button.main")
    chen = Colleague(chromium, wei.root, "chen", wei.look, scripts=wei.manner != "plain")
    chen.open(wei.root + link_in(StaffMail.objects.get(purpose="invitation")))
    chen.fill(username="chen", password=PASSWORD, again=PASSWORD)
    chen.press("form button.main")
    return chen


def give_role(wei: SignedInColleague, name: str, role: str) -> None:
    open_account(wei, name)
    wei.tick(f"input[type=checkbox][name=role][value={role}]")
    wei.press("button[value=roles]")


def open_account(wei: SignedInColleague, name: str) -> None:
    wei.press("nav a[href='/console/staff/']", "header")
    wei.press(f"a[href='/console/staff/{User.objects.get(username=name).pk}/']")


def read_out_password(wei: SignedInColleague, chromium: Any) -> Colleague:
    """Somebody's mailbox is gone: the address is taken away, and they sign in with what was read out to them."""
    open_account(wei, "tang")
    wei.press("button[value=no-address]")
    wei.press("a[href$='/password/']")
    wei.press("form button.main")
    password = wei.page.inner_text(".spoken code")
    wei.press(".panel a.button")
    tang = Colleague(chromium, wei.root, "tang", wei.look, scripts=wei.manner != "plain")
    tang.open("/console/login/")
    tang.fill(username="tang", password=password)
    tang.press("form:has(#id_password):not(.languages) button[type=submit]")
    tang.fill(old=password, new=PASSWORD, again=PASSWORD)
    tang.press("form:has(#id_new) button.main")
    return tang


def read_audit(wei: SignedInColleague) -> int:
    """The number of entries about what this account did."""
    wei.press("nav a[href='/console/settings/']", "header")
    wei.press("nav.sections a[href='/console/audit/']")
    wei.choose("#id_actor", str(User.objects.get(username=wei.name).actor.pk))
    wei.press("form[role=search] button")
    return int(wei.page.locator("table.audit time").count())


LOOKS = few(
    ("en", 1280, "light", "pointer"),
    soak=[("zh-CN", 390, "dark", "pointer"), ("en", 390, "dark", "keys"), ("zh-CN", 1280, "light", "plain")],
)


@pytest.mark.parametrize(("language", "width", "scheme", "manner"), LOOKS)
def test_an_admin_sets_everything_up(live_server, browser, settings, language, width, scheme, manner):
    settings.PUBLIC_URL = live_server.url
    Publication.objects.update_or_create(pk=1, defaults={"name": "Newsletter"})
    heartbeats.all_alive(for_seconds=600)
    texts = IN[language]
    accounts.add_staff(audit.system(), "tang", "tang@gone.example", PASSWORD, roles=["editor"])
    User.objects.update(is_active=False)  # not yet: the office has one account
    wei = SignedInColleague(browser, live_server.url, account("wei", "admin"), (language, width, scheme), manner)
    wei.open("/console/")
    assert wei.page.locator(OWN_STEPS).count() == 2, "the sender and the colleagues"

    describe_publication(wei, texts)
    row = Publication.objects.get()
    assert (row.name, row.description, row.organisation) == (texts.name, texts.description, texts.organisation)
    assert (row.postal_address, row.zone) == (texts.address, "Asia/Shanghai")

    for email in (NEWS, EVENTS):
        add_sender(wei, browser, email, texts)
    make_default(wei, Sender.objects.get(email=EVENTS))
    stored = set(Sender.objects.values_list("email", "name", "reply_to", "confirmed_by", "is_default"))
    assert stored == {(NEWS, texts.name, EDITOR, "mail", False), (EVENTS, texts.name, EDITOR, "mail", True)}

    need_approval(wei)
    keep_invitations_shorter(wei)
    assert (policies.number("approvals"), policies.number("keep_invitations")) == (1, 7)

    chen = invite(wei, browser)
    give_role(wei, "chen", "list-manager")
    assert {*User.objects.get(email=PUBLISHER).groups.values_list("name", flat=True)} == {"publisher", "list-manager"}

    User.objects.filter(username="tang").update(is_active=True)
    tang = read_out_password(wei, browser)
    tang.press("a.mark", "header")
    assert tang.path == "/console/"
    assert User.objects.get(username="tang").check_password(PASSWORD)
    assert temporary_passwords.of_account(User.objects.get(username="tang").pk) is None

    entries = read_audit(wei)
    verbs = list(Audit.objects.filter(actor__user__username="wei").order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "change_publication", *["add_sender", "ask_sender_confirmation"] * 2, "make_default_sender", "change_publication",
        "change_publication", "invite_staff", "add_staff", "change_roles", "remove_staff_address", "make_temporary_password",
    ]  # fmt: skip
    assert entries == len(verbs)

    wei.press("a.mark", "header")
    assert wei.page.locator(OWN_STEPS).count() == 0, "what is left is for others"
    assert [fault for person in (wei, chen, tang) for fault in person.wrong] == []
