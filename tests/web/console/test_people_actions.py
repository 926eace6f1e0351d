"""Actions on many people in the console: choosing, confirming a number, stale pages, progress and report."""

import pytest
from django.shortcuts import resolve_url
from django.urls import reverse

from campaigns import removing
from publication import audit, clock
from publication.installation import publication
from publication.models import Audit
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import erasing, subscriptions
from subscribers.models import PeopleAction, Segment, Subscriber, Subscription
from tests.web.conftest import make_staff
from worker import upkeep

pytestmark = pytest.mark.django_db
CHOOSE, NEW = reverse("people-action-choose"), reverse("people-action-new")


@pytest.fixture
def people():
    actor = audit.command_line()
    news = mailing_lists.create_list(actor, "news", "News")
    for number in range(4):
        subscriptions.add_confirmed(actor, news, f"wei{number}@cast.example", consent="fair")
    return list(Subscriber.objects.order_by("id"))


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def chosen(console, **given):
    """Choose people; the address of the page that asks what to do with them."""
    return console.post(CHOOSE, given).url


def begin(console, address, **given):
    number = address.partition("people=")[2]
    return console.post(NEW, {"people": number, **given})


def test_ticked_people_are_unsubscribed_after_their_number_is_confirmed(console, people):
    address = chosen(console, person=[people[0].pk], ticked=f"{people[2].pk},{people[0].pk},x,")  # from another page
    page = text_of(console.get(address))
    assert "2 people selected" in page
    assert "wei0@cast.example" in page
    assert "@" not in address
    answer = begin(console, address, kind="unsubscribe", confirmed="2", list="all", reason="asked for it")
    page = text_of(console.get(answer.url))
    assert "Unsubscribe from all lists" in page
    assert "People: 0 of 2" in page
    assert "data-renew" in page
    upkeep.change_people()
    page = text_of(console.get(answer.url))
    assert "People: 2 of 2" in page
    assert "data-renew" not in page
    assert Subscription.objects.filter(state="unsubscribed").count() == 2
    assert "Unsubscribe from all lists" in text_of(console.get(reverse("people-actions")))
    assert Audit.objects.get(verb="change_people").actor.name == "editor"


def test_everybody_found_is_meant_by_the_conditions_of_the_page(console, people):
    console.post(reverse("people"), {"text": "wei3"})
    address = chosen(console, all="1", q="1", person=[people[0].pk])
    assert "All results: 1 person" in text_of(console.get(address))
    page = text_of(console.get(f"{address}&kind=set_field&field=language"))
    given = {"kind": "set_field", "field": "language", "value": "zh-Hans", "confirmed": "1"}
    assert "not the same ones" in text_of(begin(console, address, **given, digest="0"), 422)
    begin(console, address, **given, digest=page.partition('name="digest" value="')[2].partition('"')[0])
    upkeep.change_people()
    people[3].refresh_from_db()
    assert people[3].language == "zh-Hans"


def test_a_page_that_is_out_of_date_or_a_second_click_changes_nothing_more(console, people):
    address = chosen(console, all="1")
    leaving = {"kind": "unsubscribe", "list": "all", "reason": "asked"}
    page = text_of(begin(console, address, **leaving, confirmed="3"), 422)
    assert "This now means 4 people, not 3." in page
    first = begin(console, address, **leaving, confirmed="4")
    assert begin(console, address, **leaving, confirmed="4").url == first.url
    assert console.get(address).url == first.url
    assert PeopleAction.objects.count() == 1


def test_what_is_missing_in_a_form_is_said_and_what_was_typed_stays(console, people):
    address = chosen(console, person=[people[0].pk])
    news = mailing_lists.find_list("news").pk
    for given, message in (
        ({"kind": "add_to_list", "list": ""}, "Choose a list."),
        ({"kind": "add_to_list", "list": "999"}, "Choose a list."),
        ({"kind": "add_to_list", "list": news, "how": "document", "consent": " "}, "Say where and when"),
        ({"kind": "erase", "typed": "2"}, "Type the number 1 to confirm."),
        ({"kind": "set_field", "field": "language", "value": "nonsense!"}, "Choose one of the languages."),
        ({"kind": "set_field", "field": "gone", "value": "x"}, "This attribute does not exist any more."),
        ({"kind": ""}, "Choose what to do."),
        ({"kind": "set_field", "field": "", "value": ""}, "Choose what to change."),
        ({"kind": "set_field", "field": "name", "value": " "}, "Give the new value, or tick"),
        ({"kind": "set_field", "field": "name", "value": "Wei", "remove": "1"}, "Use only one of them."),
        ({"kind": "unsubscribe", "reason": "called"}, "Choose a list, or all lists."),
        ({"kind": "unsubscribe", "list": "all", "reason": " "}, "Give the reason"),
        ({"kind": "unsubscribe", "list": "all", "reason": "a\u202eb"}, "without control characters"),
    ):
        page = text_of(begin(console, address, confirmed="1", **given), 422)
        assert message in page, given
        assert str(given.get("value", "")) in page
    assert not PeopleAction.objects.exists()
    assert console.post(CHOOSE, {}).url == f"{reverse('people')}?"
    assert console.get(f"{NEW}?people=99").url == reverse("people")


def test_nothing_is_chosen_before_staff_choose_it_and_many_are_unsubscribed_after_typing_their_number(
    console, people, monkeypatch
):
    address = chosen(console, all="1")
    page = text_of(console.get(address))
    assert "<button" not in page.partition('class="tabs"')[2].partition("</main>")[0]
    page = text_of(console.get(f"{address}&kind=unsubscribe"))
    assert "selected" not in page.partition('id="id_list"')[2].partition("</select>")[0]
    assert 'class="danger filled"' in page
    monkeypatch.setattr("web.console.people.action_pages.MANY", 3)
    leaving = {"kind": "unsubscribe", "list": "all", "reason": "asked", "confirmed": "4"}
    assert "Type the number 4 to confirm." in text_of(begin(console, address, **leaving), 422)
    assert begin(console, address, **leaving, typed="4").status_code == 302


def test_a_value_for_many_is_chosen_from_what_the_field_can_have_or_removed_on_purpose(console, people):
    actor = audit.command_line()
    attribute_declarations.declare(actor, "grade", "text")
    attribute_declarations.configure(actor, "grade", values={"junior": {"en": "Junior"}, "senior": {}})
    Subscriber.objects.update(attributes={"grade": "senior"}, name="Wei")
    address = chosen(console, person=[people[0].pk])
    assert '<option value="CN">China</option>' in text_of(console.get(f"{address}&kind=set_field&field=country"))
    assert '<option value="junior">Junior</option>' in text_of(console.get(f"{address}&kind=set_field&field=grade"))
    page = text_of(begin(console, address, kind="set_field", confirmed="1", field="grade", value="boss"), 422)
    assert "Choose one of the values." in page
    begun = begin(console, address, kind="set_field", confirmed="1", field="grade", value="JUNIOR").url
    assert "<dt>New value</dt><dd>Junior</dd>" in console.get(begun).content.decode()
    begin(console, chosen(console, person=[people[1].pk]), kind="set_field", confirmed="1", field="name", value="", remove="1")
    for _ in range(2):
        upkeep.change_people()
    assert list(Subscriber.objects.order_by("id").values_list("name", "attributes__grade"))[:3] == [
        ("Wei", "junior"), ("", "senior"), ("Wei", "senior"),
    ]  # fmt: skip
    ended = text_of(console.get(begun))
    assert ("Junior" in ended, "It is not kept here" in ended) == (False, True)


def test_erasing_asks_for_the_number(console, people):
    Segment.objects.create(slug="weis", text='email = "wei2@cast.example"')
    address = chosen(console, all="1")
    page = begin(console, address, kind="erase", confirmed="4", typed=" 4 ")
    assert page.status_code == 302
    upkeep.change_people()
    assert not Subscriber.objects.filter(address__isnull=False).exists()
    assert "The segment “weis” still quotes people who were erased." in text_of(console.get(page.url))


def test_an_export_is_written_downloaded_on_record_and_gone_after_an_erasure(console, people):
    ticked = chosen(console, export="ticked", person=[people[1].pk])
    assert "1 person selected" in text_of(console.get(ticked))
    assert chosen(console, export="ticked").startswith(reverse("people"))
    address = chosen(console, export="all", person=[people[1].pk], list=mailing_lists.find_list("news").pk, state="confirmed")
    assert address.endswith("&kind=export")
    attribute_declarations.declare(audit.command_line(), "grade", "text")
    form = console.get(address)
    assert "All results: 4 people" in text_of(form)
    assert form.context["ticked"] == ["email", "name", "attribute:grade"]
    address = address.removesuffix("&kind=export")
    assert "Choose at least one column." in text_of(begin(console, address, kind="export", confirmed="4"), 422)
    page = begin(console, address, kind="export", confirmed="4", column=["email", "list:news"], format="csv").url
    upkeep.change_people()
    file = resolve_url("people-action-file", action_id=PeopleAction.objects.get().pk)
    assert file in text_of(console.get(page))
    answer = console.get(file)
    day = clock.in_zone(clock.now(), publication().zone).date()
    assert f'filename="people-News-{day}.csv"' in answer.headers["Content-Disposition"]
    assert "4 exported" in text_of(console.get(reverse("people-actions")))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert sorted(lines) == sorted(['"Address","News: state"', *(f"wei{number}@cast.example,confirmed" for number in range(4))])
    assert list(Audit.objects.order_by("id").values_list("verb", flat=True))[-2:] == ["change_people", "download_people"]
    erasing.erase(audit.command_line(), people[0])  # the file goes before the commit, which the process may not survive
    assert "not kept any more" in text_of(console.get(page))
    assert console.get(file).url == page


def test_an_action_whose_segment_or_list_was_deleted_says_so(console, people):
    segment = Segment.objects.create(slug="china", text='language = ""')
    address = chosen(console, export="all", segment=segment.pk).removesuffix("&kind=export")
    exported = begin(console, address, kind="export", confirmed="4", column="email", format="csv").url
    club = mailing_lists.create_list(audit.command_line(), "club", "Club")
    added = chosen(console, person=people[0].pk)
    added = begin(console, added, kind="add_to_list", list=club.pk, how="consent", consent="fair", confirmed="1").url
    late = chosen(console, export="all", segment=segment.pk)
    segment.delete()
    removing.delete_list(audit.command_line(), "club")
    upkeep.change_people()
    assert "or a segment that the action needs was changed or deleted meanwhile" in text_of(console.get(exported))
    assert "the list was deleted meanwhile" in text_of(console.get(added))
    assert "The segment was deleted." in text_of(console.get(late), 422)


def test_other_roles_see_no_buttons_and_begin_nothing(client, people):
    client.force_login(make_staff("reader", "subscribers.view_subscriber", "subscribers.view_peopleaction"))
    assert "checkbox" not in text_of(client.get(reverse("people")))
    assert client.post(CHOOSE, {"all": "1"}).status_code == 403
    assert client.post(NEW, {"people": "1"}).status_code == 403
