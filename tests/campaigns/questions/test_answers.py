"""Questions to readers: what is frozen, what the mail has, what is stored, and that nobody can look an answer up afterwards."""

import re
from datetime import timedelta

import orjson
import pytest
from django.db import connection

from campaigns import launch
from campaigns.models import Delivery, MailAnswer, MailQuestion, NamedAnswer
from campaigns.questions import answers, questions
from campaigns.questions.answers import Given, voter_of
from campaigns.reporting import person_export, reports
from editorial import issue_versions
from publication import audit, clock
from subscribers.consent import erasing
from subscribers.tokens import TokenMaker
from tests.support import people
from tests.support.asked import begun, question_of, stored, write_issue
from tests.support.composed_once import composed_once as composed_once
from worker.campaign_message import CampaignMessage

pytestmark = pytest.mark.django_db


def give(campaign, reader, answer: int, *, named: bool = False) -> Given:
    return answers.give(question_of(campaign), reader.pk, answer, named=named)


def test_the_mail_names_the_answer_in_the_shared_text_and_the_person_in_one_short_value(tmp_path):
    campaign, readers = begun(tmp_path / "issue", 2, measuring="individual")
    message = CampaignMessage.of(campaign.pk, 0)
    written, _ = message.writer.write([(reader.pk, reader.address, reader.name, False) for reader in readers])
    body = orjson.loads(message.request(1, written))
    text, page = (part["value"] for part in body["content"])
    assert re.findall(r'href="[^"]*/q/-mr_answer-/(\w+/\d)"', page) == ["question/1", "question/2", "question/3"]
    assert re.findall(r"/q/-mr_answer-/(\w+/\d)$", text, re.M) == ["question/1", "question/2", "question/3"]
    for reader, person in zip(readers, body["personalizations"], strict=True):
        value = person["substitutions"]["-mr_answer-"]
        assert value == TokenMaker("answer").make(campaign.pk, reader.pk)
        assert len(value) <= 48
        assert "-mr_answer_url-" not in person["substitutions"]


def test_questions_are_frozen_with_the_schedule_and_those_of_an_earlier_one_go(tmp_path):
    version = issue_versions.store(audit.system(), write_issue(tmp_path / "issue")).version
    news = people.make_list()
    people.make_people(1, news)
    campaign = launch.create(audit.system(), version=version, lists=[news], sender=people.make_sender())
    assert not MailQuestion.objects.exists()
    at = clock.now() + timedelta(days=1)
    launch.schedule(audit.system(), campaign.pk, at)
    first = question_of(campaign)
    assert [texts["language"] for texts in first.texts] == ["en", "zh-Hans"]
    assert first.texts[0] == {"language": "en", "text": "Was this useful?", "answers": ["Yes", "Partly", "No"]}
    launch.unschedule(audit.system(), campaign.pk)
    launch.schedule(audit.system(), campaign.pk, at)
    assert bytes(question_of(campaign).key) != bytes(first.key)


def test_each_of_a_hundred_people_counts_once_however_often_they_answer(tmp_path):
    campaign, readers = begun(tmp_path / "issue", 100)
    for at, reader in enumerate([*readers, *readers[:10], *readers[:10]]):
        give(campaign, reader, 1 + at % 3)
    for reader in readers[:10]:
        give(campaign, reader, 3)
    [question] = questions.asked_by(campaign)
    assert [number for _, number in question.answers] == [34 - 4, 33 - 3, 33 + 7]
    assert question.total == 100 == MailAnswer.objects.count()


def test_in_the_database_no_person_is_beside_an_answer_and_after_the_closing_nobody_can_look_one_up(tmp_path):
    campaign, readers = begun(tmp_path / "issue", 20, 20)
    for at, reader in enumerate(readers):
        give(campaign, reader, 1 + at % 3)
    key = bytes(question_of(campaign).key)
    voters = {voter_of(key, reader.pk) for reader in readers}
    assert set(MailAnswer.objects.values_list("voter", flat=True)) == voters
    with connection.cursor() as cursor:  # everything that is stored of an answer
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'mail_answer'")
        assert {name for (name,) in cursor.fetchall()} == {"voter", "question_id", "answer"}
    assert not NamedAnswer.objects.exists()
    before = questions.asked_by(campaign)[0].answers
    assert questions.close(audit.system(), campaign, "question")
    assert question_of(campaign).key is None
    assert not MailAnswer.objects.filter(voter__in=voters).exists(), "a copy of the key opens nothing"
    assert questions.asked_by(campaign)[0].answers == before
    assert give(campaign, readers[0], 2) == Given.CLOSED


def test_the_same_person_has_another_hash_in_every_question():
    assert voter_of(b"a" * 32, 7) != voter_of(b"b" * 32, 7) != voter_of(b"b" * 32, 8)


def test_named_answers_are_exported_erased_and_lose_their_name_in_time(tmp_path):
    campaign, readers = begun(tmp_path / "issue", 3, 3, measuring="individual")
    for at, reader in enumerate(readers, start=1):
        assert give(campaign, reader, at) == Given.OTHERWISE
        assert give(campaign, reader, at, named=True) == Given.STORED
    [exported] = person_export.export(readers[1])["answers"]
    assert (exported["question"], exported["answer"], exported["campaign"]) == ("Was this useful?", "Partly", campaign.pk)
    erasing.erase(audit.system(), readers[0])
    assert set(NamedAnswer.objects.values_list("subscriber_id", flat=True)) == {readers[1].pk, readers[2].pk}
    NamedAnswer.objects.filter(subscriber_id=readers[1].pk).update(at=clock.now() - timedelta(days=401))
    assert answers.unlink_before(clock.now() - timedelta(days=400)) == 1
    assert stored() == [1, 2, 3]
    questions.close(audit.system(), campaign, "question")
    assert answers.unlink([readers[2].pk]) == 1, "after the closing as well"
    assert stored() == [1, 2, 3]
    assert give(campaign, readers[0], 2) == Given.ERASED


def test_an_erasure_leaves_the_count_and_no_hash_of_the_person(tmp_path):
    campaign, [reader, _] = begun(tmp_path / "issue", 2)
    give(campaign, reader, 3)
    erasing.erase(audit.system(), reader)
    assert stored() == [3]
    assert MailAnswer.objects.get().voter != voter_of(bytes(question_of(campaign).key), reader.pk)


def test_the_report_has_the_answers_and_statements_do_not_grow_with_them(tmp_path, django_assert_max_num_queries):
    campaign, readers = begun(tmp_path / "issue", 6)
    for reader in readers[:4]:
        give(campaign, reader, 1)
    with django_assert_max_num_queries(2):
        questions.asked_by(campaign)
    [question] = reports.report(campaign.pk).as_dict()["questions"]
    assert [answer["people"] for answer in question["answers"]] == [4, 0, 0]
    assert (question["name"], question["text"], question["open"]) == ("question", "Was this useful?", True)
    assert Delivery.objects.filter(campaign=campaign).count() == 6
