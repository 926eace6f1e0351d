"""The quick writer gives, byte for byte, what the definition gives, for every recipient."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns import launch
from composer.issue.merge_fields import MergeField
from editorial import issue_versions
from publication import audit
from tests.support import people
from tests.support.issues import two_languages
from transport import message
from transport.errors import TransportError
from transport.message import Release
from transport.sendgrid.payload import SendGridMessage
from worker import slice_sender
from worker.campaign_message import RecipientWriter

NAME_HTML = MergeField("-mr_name_html-", "name", "reader", "html")
NAME_TEXT = MergeField("-mr_name_text-", "name", "dear reader", "text")
EMAIL_TEXT = MergeField("-mr_email_text-", "email", "", "text")
VIEW = MergeField("-mr_view_url-", "view_url", "", "url")
LEAVE = MergeField("-mr_unsubscribe_url-", "unsubscribe_url", "", "url")
PREFERENCES = MergeField("-mr_preferences_url-", "preferences_url", "", "url")
ANSWER = MergeField("-mr_answer_url-", "answer_url", "", "url")
USES = {
    "everything": (EMAIL_TEXT, NAME_HTML, NAME_TEXT, PREFERENCES, LEAVE, VIEW),
    "preferences": (NAME_HTML, PREFERENCES, LEAVE),
    "answers": (ANSWER, NAME_HTML, PREFERENCES, LEAVE),
    "answers without preferences": (ANSWER, LEAVE),
    "name": (NAME_HTML, NAME_TEXT, LEAVE, VIEW),
    "nothing": (LEAVE,),
}
PREPARED = SendGridMessage(
    message.Envelope(
        sender=message.SenderAddress("news@cast.example", "100 % CAST"),
        subject="50 % more",
        html="<p>-mr_name_html-</p>",
        text="-mr_name_text-",
        headers={"List-Id": "100 % <news.cast.example>", "Precedence": "bulk"},
    )
)

addresses = st.one_of(st.just("reader@people.example"), st.text(max_size=40), st.emails())
names = st.one_of(
    st.sampled_from(
        ["", "Li Na", " Li ", "Li, Na", "O'Brien & <b>", "_mr_x_", "-mr_name", "张伟", "e\u0301", "a\u200fb", "50 %"]
    ),
    st.text(max_size=400),
)


def one_by_one(writer: RecipientWriter, person: tuple[int, str, str, bool]) -> bytes | None:
    try:
        return writer.write_one(*person[:3], is_measured=person[3])
    except TransportError:
        return None


@pytest.mark.parametrize("use", USES)
def test_quick_writer_gives_the_same_bytes_as_the_definition(use):
    writers = [RecipientWriter(7, USES[use], PREPARED, by_person=by_person) for by_person in (False, True)]

    @given(st.integers(1, 2**40), addresses, names, st.booleans())
    @example(1, "a_b@x.example", "", True)
    @example(2, "x@y.example", "x" * 4000, True)
    @example(3, "x@y.example", "名" * 321, False)
    @example(4, "x@y.example", "x" * 321, False)
    @example(5, "x@y.example", "Zoë ﬁ \u3164 ٣", False)
    def same(subscriber, address, name, is_measured):
        person = (subscriber, address, name, is_measured)
        for writer in writers:
            written, unfit = writer.write([person])
            assert (written[0] if written else None) == one_by_one(writer, person)
            assert [who for who, _ in unfit] == ([] if written else [subscriber])

    same()


def test_body_has_all_recipients_in_order_and_names_the_unsendable():
    writer = RecipientWriter(7, USES["name"], PREPARED)
    people = [(1, "one@x.example", "One", False), (2, "no address", "Two", False), (3, "three@x.example", "_", False)]
    written, unfit = writer.write(people)
    body = orjson.loads(PREPARED.write_request(written, "T", Release(datetime.fromtimestamp(1234, UTC), "B")))
    assert [personalization["to"][0]["email"] for personalization in body["personalizations"]] == [
        "one@x.example",
        "three@x.example",
    ]
    assert [who for who, _ in unfit] == [2]
    assert unfit[0][1].startswith("unsendable: ")
    assert all(personalization["headers"]["Precedence"] == "bulk" for personalization in body["personalizations"])
    assert (body["custom_args"], body["send_at"], body["batch_id"]) == ({"mr_a": "T"}, 1234, "B")


def test_each_recipients_bytes_contain_nothing_of_another():
    writer = RecipientWriter(7, USES["everything"], PREPARED)
    people = [(number, f"canary{number}@x.example", f"Canary {number}", False) for number in range(1, 60)]
    written, _ = writer.write(people)
    for number, item in enumerate(written, start=1):
        canaries = {
            word for word in item.decode().replace('"', " ").replace("<", " ").replace(">", " ").split() if "canary" in word
        }
        assert canaries == {f"canary{number}@x.example"}


def test_custom_args_and_categories_contain_no_personal_data():
    written, _ = RecipientWriter(7, USES["everything"], PREPARED).write([(1, "canary@x.example", "Canary Name", False)])
    body = orjson.loads(PREPARED.write_request(written, "T"))
    [person] = body["personalizations"]
    assert person["to"][0]["email"] == "canary@x.example"
    kept = orjson.dumps([body["custom_args"], person["custom_args"], body.get("categories", []), person.get("categories", [])])
    assert b"canary" not in kept.lower()
    assert person["custom_args"].keys() == {"mr_d"}


@pytest.mark.django_db
def test_each_variant_of_a_campaign_has_its_own_mail(tmp_path):
    version, *_ = issue_versions.store(audit.system(), two_languages(tmp_path / "issue"))
    campaign = launch.create(audit.system(), version=version, lists=[people.make_list()], sender=people.make_sender())
    seen = []
    for number in (0, 1, 2):
        mail = slice_sender._message(campaign.pk, number)
        assert mail is slice_sender._message(campaign.pk, number)
        written, _ = mail.writer.write([(1, "one@x.example", "", False)])
        body = orjson.loads(mail.request(7, written))
        [person] = body["personalizations"]
        html = next(part["value"] for part in body["content"] if part["type"] == "text/html")
        seen.append((body["subject"], "free for members" in html, person["headers"]["List-Id"]))
        assert ("读者" if number == 2 else "reader") in person["substitutions"].values()
    titles = ("Light in Dalian", "Light in Dalian", "大连之光：自由电子激光器")
    assert [line[:2] for line in seen] == list(zip(titles, (False, True, False), strict=True))
    assert len({line[2] for line in seen}) == 1
