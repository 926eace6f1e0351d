"""The settings in the console: the publication, its senders, and what the provider says."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from publication import audit, clock, profile
from publication.models import Audit, Publication, Sender, StaffMail
from publication.reader_texts import ReaderText
from publication.senders import provider_checks, sender_confirmations
from publication.senders.provider_checks import ProviderAnswer
from publication.staff import roles
from tests.support import people
from tests.web.conftest import make_staff
from web.console.settings.sections import SECTIONS
from web.texts import zone_names

pytestmark = pytest.mark.django_db
PUBLICATION, SENDERS, PROVIDER = "/console/settings/", "/console/settings/senders/", "/console/settings/provider/"
HOSTILE = "<script>alert(1)</script>"


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(f"the-{role}", *roles.ROLES[role]))
    return client


@pytest.fixture
def admin(db) -> Client:
    return signed_in("admin")


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def fields_of(answer) -> dict[str, str]:
    """The inputs of the page's form with their values, as a browser without scripts would send them."""
    html = answer.content.decode()
    found = dict(re.findall(r'<input(?: id="[^"]*")?(?: type="hidden")? name="([^"]+)"(?: lang="[^"]*")? value="([^"]*)"', html))
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', html)
    chosen = re.search(r'<select[^>]* name="language".*?value="([^"]+)" selected', html, re.S)
    values = found | dict(areas) | {"language": chosen[1] if chosen else ""}
    return {name: unescape(value) for name, value in values.items() if name != "csrfmiddlewaretoken"}


def store(client: Client, **typed: str):
    return client.post(PUBLICATION, fields_of(client.get(PUBLICATION)) | typed)


# ------------------------------------------------------------------------------------------------------- publication
def test_an_admin_changes_the_publication_and_the_audit_has_both_values(admin):
    profile.change_profile(audit.system(), name="Tides", language="en", zone="UTC")
    answer = store(admin, name="Tides & Winds", **{"name-zh-Hans": "潮汐与风", "description-zh-Hans": "海洋与大气"})
    assert answer.status_code == 302
    row = Publication.objects.get()
    assert (row.name, row.texts) == ("Tides & Winds", {"zh-Hans": {"name": "潮汐与风", "description": "海洋与大气"}})
    assert Audit.objects.filter(verb="change_publication").last().detail == {
        "before": {"name": "Tides", "texts": {}},
        "after": {"name": "Tides & Winds", "texts": {"zh-Hans": {"name": "潮汐与风", "description": "海洋与大气"}}},
    }
    before = Audit.objects.count()
    assert store(admin).status_code == 302
    assert Audit.objects.count() == before, "an unchanged form changes nothing"
    assert "潮汐与风" in text_of(Client().get("/", headers={"Accept-Language": "zh-CN"}))
    page = text_of(Client().get("/", headers={"Accept-Language": "en"}))
    assert "Tides & Winds" in page
    assert "潮汐与风" not in page


@pytest.mark.parametrize("typed", ["北京时间", "beijing", "Asia/Shanghai", " 上海 ", "ＢＥＩＪＩＮＧ"])
def test_a_zone_is_found_by_its_names_in_both_languages(admin, typed):
    assert store(admin, zone=typed).status_code == 302
    assert Publication.objects.get().zone == "Asia/Shanghai"


def test_of_several_zones_one_is_chosen_and_an_unknown_one_is_refused(admin):
    answer = store(admin, zone="中国")
    assert answer.status_code == 422
    assert 'name="zone_match" value="Asia/Urumqi"' in answer.content.decode()
    assert store(admin, zone="中国", zone_match="Asia/Urumqi").status_code == 302
    assert Publication.objects.get().zone == "Asia/Urumqi"
    assert store(admin, zone="中国", zone_match="Europe/Madrid").status_code == 422, "not one of those that were offered"
    answer = store(admin, zone="Atlantis")
    assert "“Atlantis” is not a time zone" in text_of(answer)
    assert Publication.objects.get().zone == "Asia/Urumqi"


def test_the_list_of_zones_has_names_in_both_languages_and_the_offset_of_today():
    names = dict(zone_names.choices())
    assert names["Asia/Shanghai"].endswith("UTC+08:00")
    assert {"Beijing", "北京"} <= set(re.findall(r"\w+", names["Asia/Shanghai"]))
    with translation.override("zh-hans"):
        assert zone_names.described("Asia/Shanghai").startswith("北京")
    assert all(clock.place_of(zone) for zone in names)
    assert zone_names.described("No/Where") == "No/Where · UTC+00:00"


def test_what_somebody_else_stored_meanwhile_is_shown_and_not_overwritten(admin):
    profile.change_profile(audit.system(), name="Tides", organisation="CAST")
    page = fields_of(admin.get(PUBLICATION))
    profile.change_profile(audit.system(), name="Winds", texts={"zh-Hans": ReaderText("风")})
    other_field = admin.post(PUBLICATION, page | {"organisation": "China Association"})
    assert other_field.status_code == 302
    assert Publication.objects.get().name == "Winds", "a field that was not edited is not written"
    answer = admin.post(PUBLICATION, page | {"name": "Storms"})
    assert answer.status_code == 409
    assert "It now reads: Winds" in text_of(answer)
    assert Publication.objects.get().name == "Winds"
    in_form = fields_of(answer)
    assert (in_form["name"], in_form["stored.name"]) == ("Storms", "Winds")
    answer = admin.post(PUBLICATION, page | {"name-zh-Hans": "潮"})
    assert answer.status_code == 409
    assert admin.post(PUBLICATION, in_form).status_code == 302
    assert Publication.objects.get().name == "Storms"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 201), ("name", "a\u202eb"), ("name", "a\x01b"), ("description", "x" * 2001),
        ("description", "a\x07b"), ("organisation", "a\x1bb"), ("postal_address", "a\u2066b"), ("zone", "\x01"), ("zone", "x" * 300),
        ("language", "nonsense-language"), ("name-zh-Hans", "a\u200fb"), ("name-zh-Hans", "x" * 201), ("name-<b>", "x"),
    ],
)  # fmt: skip
def test_odd_input_gets_an_error_and_stores_nothing(admin, field, value):
    profile.change_profile(audit.system(), name="Tides", postal_address="Street 1")
    before = Publication.objects.values().get()
    answer = store(admin, name="Winds", **{field: value}) if field != "name" else store(admin, organisation="CAST", name=value)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Publication.objects.values().get() == before


def test_markup_in_texts_is_shown_as_it_is_typed(admin):
    assert store(admin, name=HOSTILE, description=HOSTILE).status_code == 302
    for answer in (admin.get(PUBLICATION), Client().get("/")):
        assert HOSTILE not in answer.content.decode()
        assert HOSTILE in text_of(answer)


def test_auditors_read_the_settings_and_others_find_only_the_policies(admin):
    auditor, editor = signed_in("auditor"), signed_in("editor")
    page = auditor.get(PUBLICATION)
    assert "disabled" in page.content.decode()
    assert "Save" not in text_of(page)
    for section in SECTIONS:
        entry = f'href="{reverse(section.url)}"'
        assert (entry in page.content.decode()) == (section.needs in roles.ROLES["auditor"]), entry
    assert [auditor.post(address).status_code for address in (PUBLICATION, PROVIDER)] == [403, 403]
    assert f'"{PUBLICATION}"' not in editor.get("/console/").content.decode()
    assert f'"{PUBLICATION}"' in admin.get("/console/").content.decode()


# ----------------------------------------------------------------------------------------------------------- senders
def test_a_new_sender_is_confirmed_by_the_link_that_is_mailed_to_it(admin):
    answer = admin.post(f"{SENDERS}new/", {"email": "News@cast.example", "name": "CAST", "proof": "mail"})
    sender = Sender.objects.get()
    assert answer.url == f"{SENDERS}{sender.pk}/"
    assert "to be confirmed" in text_of(admin.get(SENDERS))
    assert "cannot be scheduled with this sender" in text_of(admin.get(answer.url))
    link = f"/sender/{sender_confirmations.link_token(sender)}/"
    visitor = Client()
    page = visitor.get(link)
    assert not page.cookies
    assert visitor.head(link).status_code == 200
    assert visitor.post(link).status_code == 200, "without the form's token it asks again"
    assert not Sender.objects.get().confirmed_at, "neither looking nor a scanner's press confirms"
    form = re.search(r'name="form" value="([^"]+)"', page.content.decode())
    assert "can now be sent from" in text_of(visitor.post(link, {"form": form[1]}))
    assert visitor.get(link).status_code == visitor.get("/sender/x/").status_code == 404
    shown = text_of(admin.get(answer.url))
    assert "opened the link" in shown
    history = admin.get(re.search(r'href="([^"]+\?thing=sender:[^"]+)"', shown)[1])
    assert "Confirmed the sender" in text_of(history)


def test_a_sender_that_nobody_reads_waits_for_the_providers_list(admin):
    admin.post(f"{SENDERS}new/", {"email": "noreply@cast.example", "proof": "domain"})
    sender = Sender.objects.get()
    page = f"{SENDERS}{sender.pk}/"
    assert not StaffMail.objects.exists()
    assert "being asked" in text_of(admin.get(page))
    provider_checks.store("", None, provider_checks.UNREACHABLE)
    assert "has not answered yet" in text_of(admin.get(page))
    provider_checks.store("", ProviderAnswer([], {}, ["other.example"]))
    sender_confirmations.settle_domains()
    assert "did not list cast.example as authenticated" in text_of(admin.get(page))
    admin.post(page, {"step": "domain"})
    provider_checks.store("", ProviderAnswer([], {}, None))
    sender_confirmations.settle_domains()
    assert "may not read the authenticated domains" in text_of(admin.get(page))
    admin.post(page, {"step": "domain"})
    provider_checks.store("", ProviderAnswer([], {}, ["cast.example"]))
    sender_confirmations.settle_domains()
    assert "listed the domain cast.example" in text_of(admin.get(page))


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "x"}, {"email": "a@b.example\r\nBcc: c@d.example"}, {"email": "old@cast.example"}, {"email": f"a@{'b' * 400}.example"},
        {"name": "a\r\nb"}, {"name": "x" * 151}, {"name": "\u202ex"}, {"reply_to": "nobody"}, {"reply_to": "a@b.example, c@d.example"},
    ],
)  # fmt: skip
def test_a_sender_with_odd_input_is_refused_and_nobody_is_mailed(admin, typed):
    people.make_sender("old@cast.example")
    answer = admin.post(f"{SENDERS}new/", {"email": "new@cast.example", "name": "", "reply_to": "", **typed})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert (Sender.objects.count(), StaffMail.objects.count()) == (1, 0)


def test_a_sender_is_changed_made_the_default_and_deleted_if_nothing_uses_it(admin):
    first, second = people.make_sender(), people.make_sender("b@cast.example")
    page = f"{SENDERS}{second.pk}/"
    shown = {"step": "change", "stored.name": second.name, "stored.reply_to": "", "name": HOSTILE, "reply_to": "r@cast.example"}
    assert admin.post(page, shown).status_code == 302
    assert HOSTILE not in admin.get(page).content.decode()
    stale = admin.post(page, shown | {"name": "Other"})
    assert stale.status_code == 409
    assert f"It now reads: {HOSTILE}" in text_of(stale)
    assert "***@***" in str(Audit.objects.filter(verb="change_sender").last().detail["after"])
    assert admin.post(page, {"step": "default"}).status_code == 302
    assert text_of(admin.get(SENDERS)).index("b@cast.example") < text_of(admin.get(SENDERS)).index(first.email)
    assert admin.post(page, {"step": "nonsense"}).status_code == 400
    assert admin.post(f"{page}delete/").status_code == 302
    assert list(Sender.objects.all()) == [first]
    assert admin.post(f"{page}delete/").status_code == admin.get(page).status_code == 404


def test_a_campaigns_page_says_that_its_sender_waits_and_does_not_schedule(campaign, console, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    address = f"/console/campaigns/{campaign.pk}/"
    assert "not confirmed" in text_of(console.get(address))
    Sender.objects.update(must_confirm=True)
    assert "to be confirmed" in text_of(console.get(address))
    asked = text_of(console.get(f"{address}schedule/"))
    assert f"Nothing can be sent from {campaign.sender.email} before it is confirmed." in asked, "before somebody tries"
    answer = console.post(f"{address}schedule/", {"at": f"{clock.now().year + 1}-01-05T09:00", "zone": "UTC"})
    assert "is not confirmed yet" in text_of(answer)
    assert f"{campaign.sender} (to be confirmed)" in text_of(console.get(f"{address}audience/"))
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    page = text_of(console.get(f"{SENDERS}{campaign.sender_id}/delete/"))
    assert "This sender cannot be deleted" in page
    assert campaign.name in page


# ---------------------------------------------------------------------------------------------------------- provider
def test_the_page_of_the_provider_shows_what_it_said_and_asks_it_again(admin, settings):
    settings.SENDGRID_WEBHOOK_KEYS = []
    page = text_of(admin.get(PROVIDER))
    assert "was not asked yet" in page
    assert "none is accepted" in page
    assert admin.post(PROVIDER).status_code == 302
    assert provider_checks.is_due()
    assert "The provider is being asked. " in text_of(admin.get(PROVIDER))
    provider_checks.store("wxyz", ProviderAnswer(["mail.send"], {"read_lists": ["suppression.read"]}, ["cast.example"]))
    page = text_of(admin.get(PROVIDER))
    for text in ("…wxyz", "missing: suppression.read", "cast.example", "All permissions of the key (1)"):
        assert text in page
    provider_checks.ask(audit.system())
    provider_checks.store("wxyz", None, provider_checks.REJECTED)
    page = text_of(admin.get(PROVIDER))
    assert "rejects the key" in page
    assert "mail.send" in page, "the answer of before stays"
