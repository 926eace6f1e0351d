"""The header lines that the preview shows are those that the worker writes."""

from dataclasses import asdict, replace

import orjson

from editorial.models import IssueVariant
from editorial.previewing.sample_reader import Reader, header_lines
from publication.models import Sender
from subscribers.models import MailingList
from transport.sendgrid.payload import SendGridMessage
from worker import campaign_message


def lines_of(composition, reader=Reader("Wei")):  # noqa: B008  (frozen)
    return header_lines(composition.variants[0].mail, composition.issues[0], reader)


def test_they_are_those_of_the_worker(composition):
    mail = composition.variants[0].mail
    variant = IssueVariant(subject=mail.subject, html=mail.html, text=mail.text, fields=[asdict(field) for field in mail.fields])
    sender, mailing_list = Sender(email="a@cast.example", name="CAST"), MailingList(name="News", slug="news", archive="public")
    envelope = campaign_message.envelope_of(variant, sender, mailing_list)
    prepared = SendGridMessage(envelope)
    item = campaign_message.RecipientWriter(1, campaign_message.personal_fields(variant), prepared).write_one(
        1, "wei@people.example", "Wei"
    )
    sent = orjson.loads(prepared.write_request([item]))
    headers = sent["personalizations"][0]["headers"]
    shown = {name: value for name, value, _ in lines_of(composition)}
    assert shown.keys() == {"From", "To", "Subject", "Content-Type"} | headers.keys()
    for fixed in ("Precedence", "List-Unsubscribe-Post"):
        assert shown[fixed] == headers[fixed]
    assert [part["type"] for part in sent["content"]] == ["text/plain", "text/html"]
    assert shown["Content-Type"].index("text/plain") < shown["Content-Type"].index("text/html")
    for shaped in ("List-Unsubscribe", "List-Id", "List-Archive"):
        assert (shown[shaped][-1], headers[shaped][-1]) == (">", ">")


def test_the_reader_is_addressed_as_the_provider_allows(composition):
    assert {name: value for name, value, _ in lines_of(composition)}["To"] == "Wei <reader@example.org>"
    shown = {name: value for name, value, _ in lines_of(composition, Reader("Lovelace, Ada"))}
    assert shown["To"] == "reader@example.org"
    assert shown["Subject"] == "For Lovelace, Ada, news of April"


def test_what_the_provider_would_refuse_is_told(composition):
    broken = replace(composition.variants[0].mail, subject="")
    (line,) = header_lines(broken, composition.issues[0], Reader())
    assert line[2] == "refused"
    assert "subject" in line[1]
