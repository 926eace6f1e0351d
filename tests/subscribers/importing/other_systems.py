"""Files of other systems with every state word, made from their public documentation and source code.

The facts (names of columns, words, forms of dates) and their sources, next to those in `source_formats`:

- listmonk: header and time format in cmd/subscribers.go (`ExportSubscribers`), states in schema.sql (`subscriber_status`), both at
  https://github.com/knadh/listmonk.
- Mailchimp: three files, http://ginkgo.st/~ca/roadmap/mailchimp-and-civicrm-overview/notes-on-mailchimp-data-exports, with the columns
  that public scripts read (`UNSUB_TIME`, `CLEAN_TIME`, `OPTIN_TIME`, `LEID`, `EUID`); what cleaned means:
  https://mailchimp.com/help/about-cleaned-contacts.
- Ghost: `id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers` in the
  tests of https://github.com/TryGhost/Ghost; `subscribed_to_emails` and `toISOString()` in its members/import-export/export/exporter.ts.
- Keila: `Email,First name,Last name,Data,Status` and its three states in https://github.com/pentacent/keila
  (test/keila_web/controllers/segment_controller_test.exs, lib/keila/contacts/schemas/contact.ex).
- SendGrid: fields and times in seconds since 1970 as in
  https://www.twilio.com/docs/sendgrid/api-reference/bounces-api/retrieve-all-bounces; `status,reason,email,created` and
  `email,created` as in public scripts that read `suppression_bounces.csv` and `suppression_unsubscribes.csv`; contacts:
  https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts.
- Mautic: no state in exported contacts (https://github.com/mautic/mautic/issues/11679), the report of do-not-contact entries in
  app/bundles/LeadBundle/EventListener/ReportDNCSubscriber.php, `DNC Bounced: Email` in its ReportSubscriberFunctionalTest.php.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
# What must become of a person: on the list; not on it; on it without having confirmed; suppressed for a reason.
CONFIRMED, LEFT, PENDING = "confirmed", "left", "pending"
Cells = dict[str, str]


@dataclass(frozen=True)
class OtherFile:
    """One file of a system: its name for `--from` (None: recognised), header, and for each word the expected result and cells."""

    system: str
    file_name: str
    named: str | None
    header: str
    outcomes: dict[str, tuple[str, Callable[[datetime], Cells]]]
    overlaps: bool = False  # the same people are in the file of the contacts, too
    delimiter: str = ","
    encoding: str = "utf-8"

    def content(self, people: list[tuple[str, str, datetime]]) -> bytes:
        """The file with people of (address, word, date)."""
        columns = self.header.split(",")
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=self.delimiter)
        writer.writerow(columns)
        email = next(name for name in columns if name.lower() in {"email", "email address"})
        for address, word, at in people:
            cells = {email: address} | self.outcomes[word][1](at)
            writer.writerow([cells.get(column, "") for column in columns])
        return stream.getvalue().encode(self.encoding)


def _sql(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _go(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.123456 +0000 UTC"


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


_MAILCHIMP = (
    "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,{}LEID,EUID,NOTES,TAGS"
)
_MAILCHIMP_LEFT = _MAILCHIMP.format("UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,")
_MAILCHIMP_CLEANED = _MAILCHIMP.format("CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,")


def _chimp(**more: str) -> Callable[[datetime], Cells]:
    def cells(at: datetime) -> Cells:
        times = {name: _sql(at) for name, value in more.items() if value == "at"}
        return (
            {"First Name": "Anna", "Last Name": "Berg", "OPTIN_TIME": _sql(BEGIN), "CC": "us", "LEID": "1", "EUID": "a"}
            | more
            | times
        )

    return cells


def _mautic(at: datetime) -> Cells:
    return {"firstname": "Anna", "points": "3", "date_added": _sql(at), "state": "Bavaria"}


def _dnc(reason: str) -> Callable[[datetime], Cells]:
    return lambda at: {"DNC reason": reason, "DNC channel": "Email", "DNC date added": _sql(at)}


def _status(word: str, **more: str) -> Callable[[datetime], Cells]:
    return lambda at: {"status": word, "name": "Anna", "attributes": '{"city": "Bengaluru"}', "created_at": _go(BEGIN),
                       "updated_at": _go(at)} | more  # fmt: skip


def _suppressed(at: datetime) -> Cells:
    return {"created": _seconds(at), "reason": "550 5.1.1 unknown user", "status": "5.1.1", "ip": "203.0.113.1"}


_LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
_SENDGRID = {
    "unsubscribes": ("email,created", "provider_unsubscribe"), "bounces": ("status,reason,email,created", "hard_bounce"),
    "blocks": ("status,reason,email,created", "soft_bounces"), "spam-reports": ("ip,email,created", "complaint"),
    "invalid-emails": ("reason,email,created", "invalid"),
}  # fmt: skip
FILES = (
    OtherFile("Mailroom", "news.csv", None, "email,name,language,country,joined,role,state,state_at,suppression,suppression_at", {
        "confirmed": (CONFIRMED, lambda at: {"state": "confirmed", "joined": f"{at:%Y-%m-%d}"}),
        "pending": (PENDING, lambda _: {"state": "pending"}),
        "unsubscribed": (LEFT, lambda at: {"state": "unsubscribed", "state_at": at.isoformat()}),
        **{
            reason: (reason, lambda at, reason=reason: {"state": "confirmed", "suppression": reason, "suppression_at": at.isoformat()})
            for reason in ("hard_bounce", "soft_bounces", "complaint", "provider_unsubscribe", "invalid", "manual")
        },
    }),
    OtherFile("listmonk", "subscribers.csv", None, _LISTMONK, {
        "enabled": (CONFIRMED, _status("enabled")), "disabled": (LEFT, _status("disabled")),
        "blocklisted": ("manual", _status("blocklisted")),
    }),
    OtherFile("listmonk", "subscribers-2.csv", "listmonk-unsubscribed", _LISTMONK, {"filtered": (LEFT, _status("enabled"))}),
    OtherFile("listmonk", "subscribers-3.csv", "listmonk-unconfirmed", _LISTMONK, {"filtered": (PENDING, _status("enabled"))}),
    OtherFile("Mailchimp", "subscribed_email_audience_export_1a.csv", None, _MAILCHIMP.format(""), {
        "subscribed": (CONFIRMED, _chimp(CONFIRM_TIME="at")),
    }, encoding="utf-8-sig"),
    OtherFile("Mailchimp", "unsubscribed_email_audience_export_1a.csv", None, _MAILCHIMP_LEFT, {
        "unsubscribed": (LEFT, _chimp(UNSUB_TIME="at", UNSUB_REASON="NORMAL")),
        "reported as spam": ("complaint", _chimp(UNSUB_TIME="at", UNSUB_REASON="The emails are spam and should be reported")),
    }),
    OtherFile("Mailchimp", "cleaned_email_audience_export_1a.csv", None, _MAILCHIMP_CLEANED, {
        "cleaned": ("hard_bounce", _chimp(CLEAN_TIME="at", CLEAN_CAMPAIGN_TITLE="May")),
    }),
    OtherFile("Mailchimp", "segment_export_1a.csv", None, _MAILCHIMP.format("UNSUB_TIME,UNSUB_REASON,CLEAN_TIME,"), {
        "unsubscribed": (LEFT, _chimp(UNSUB_TIME="at", UNSUB_REASON="NORMAL")), "cleaned": ("hard_bounce", _chimp(CLEAN_TIME="at")),
    }),
    OtherFile("Ghost", "members.csv", None,
              "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers", {
        "true": (CONFIRMED, lambda at: {"subscribed_to_emails": "true", "created_at": _iso(at), "labels": "a,b"}),
        "false": (LEFT, lambda at: {"subscribed_to_emails": "false", "created_at": _iso(at)}),
    }),
    OtherFile("Keila", "contacts.csv", None, "Email,First name,Last name,Data,Status", {
        "active": (CONFIRMED, lambda _: {"Status": "active", "First name": "Anna", "Data": '{"a": [1]}'}),
        "unsubscribed": (LEFT, lambda _: {"Status": "unsubscribed"}),
        "unreachable": ("hard_bounce", lambda _: {"Status": "unreachable"}),
    }, delimiter=";"),
    OtherFile("SendGrid", "group.csv", "sendgrid-group-unsubscribes", "email,created", {"left": (LEFT, _suppressed)}, overlaps=True),
    *(
        OtherFile("SendGrid", f"suppression_{name}.csv", f"sendgrid-{name}", header, {name: (reason, _suppressed)}, overlaps=True)
        for name, (header, reason) in _SENDGRID.items()
    ),
    OtherFile("SendGrid", "contacts.csv", None,
              "EMAIL,FIRST_NAME,LAST_NAME,CITY,COUNTRY,CREATED_AT,UPDATED_AT,CONTACT_ID", {
        "contact": (CONFIRMED, lambda at: {"FIRST_NAME": "Anna", "COUNTRY": "United States", "CREATED_AT": f"{at:%Y-%m-%dT%H:%M:%SZ}"}),
    }),
    OtherFile("Mautic", "dnc.csv", None, "First Name,Email,DNC reason,DNC channel,DNC date added", {
        "DNC Unsubscribed": (LEFT, _dnc("DNC Unsubscribed")), "DNC Bounced": ("hard_bounce", _dnc("DNC Bounced")),
        "DNC Manually Unsubscribed": ("manual", _dnc("DNC Manually Unsubscribed")), "1": (LEFT, _dnc("1")),
        "2": ("hard_bounce", _dnc("2")), "3": ("manual", _dnc("3")),
    }, overlaps=True),
    OtherFile("Mautic", "contacts.csv", None, "id,firstname,lastname,email,points,state,dnc_preferences,date_added", {
        "": (CONFIRMED, _mautic),
        "DNC Bounced: Email": ("hard_bounce", lambda at: _mautic(at) | {"dnc_preferences": "DNC Bounced: Email"}),
        "two": (LEFT, lambda at: _mautic(at) | {
            "dnc_preferences": "DNC Manually Unsubscribed: Text Message, DNC Unsubscribed: Email"}),
        "text only": (CONFIRMED, lambda at: _mautic(at) | {"dnc_preferences": "DNC Manually Unsubscribed: Text Message"}),
    }),
)  # fmt: skip
SYSTEMS = tuple(dict.fromkeys(file.system for file in FILES))


def people_of(system: str, count: int) -> Iterator[tuple[OtherFile, str, str, str, datetime]]:
    """`count` people of one system, evenly over its words: file, word, expected result, address, date."""
    file_words = [(file, word) for file in FILES if file.system == system for word in file.outcomes]
    for number in range(count):
        file, word = file_words[number % len(file_words)]
        yield file, word, file.outcomes[word][0], f"p{number}@{system.lower()}.example", BEGIN + timedelta(days=1, minutes=number)
