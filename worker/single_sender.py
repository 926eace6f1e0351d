"""Sends notices, mails to staff and test mails: one mail each, through the gate and transport of campaigns, but before them."""

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import TestSend
from campaigns.sending import quarantine, single_mails, throttle_sql
from campaigns.sending.single_mails_sql import SingleClaim
from composer.issue.merge_fields import preview_values, values
from config import public_urls
from config.failpoints import failpoint
from config.mail_provider import mail_provider
from editorial.stored_variants import find_variant
from publication.models import StaffMail
from publication.senders import sender_list
from publication.staff.passwords import password_resets
from subscribers import addresses, tokens
from subscribers.consent import confirmations, suppressions
from subscribers.consent.address_changes import Side
from subscribers.models import Notice, Subscriber
from transport.errors import OperatorError, TransportError
from transport.message import Envelope, Recipient
from transport.outcomes import Outcome, OutcomeKind
from worker import draining
from worker.campaign_message import envelope_of, personal_fields
from worker.notice_mail import envelope_of_notice, envelope_of_staff_mail, is_wanted
from worker.provider_clients import sending_client
from worker.settle_retry import settle_until_committed

log = structlog.get_logger("mailroom.singles")


def send_until_empty() -> int:
    """Send what is due, one after the other; the number sent."""
    sent = 0
    while not draining.is_on():
        failpoint("single_begun")
        quarantine.look_again()
        claim = single_mails.claim()
        if claim is None:
            break
        failpoint("single_claimed")
        sent += send(claim)
    return sent


def send(claim: SingleClaim) -> bool:
    """Send one claimed mail and record the outcome."""
    mail = single_mails.load(claim)
    try:
        client = sending_client()  # before the gate: after it, a failure here would leave the mail uncertain
        body = _body(mail, claim)
    except OperatorError as error:
        single_mails.put_off(claim, str(error))
        return False
    except TransportError as error:
        single_mails.drop(claim, f"unsendable: {error}")
        return False
    except (DatabaseError, InterfaceError):
        raise  # the claim's lease brings the mail back
    except Exception as error:
        # If it stayed claimed, it would come back with the same fault every 30 s.
        log.exception("single_not_built", kind=claim.table, id=claim.id)
        single_mails.drop(claim, f"unsendable: {type(error).__name__}")
        return False
    if body is None:
        single_mails.drop(claim, "no longer needed")
        return False
    throttle_sql.take(1, settings.SEND_RATE)
    failpoint("single_built")
    try:
        begin_until = single_mails.gate(claim)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        _record(claim, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"gate: {type(error).__name__}"))
        return False
    if begin_until is None:
        return False
    failpoint("single_gated")
    outcome = client.send(body, may_begin_until=begin_until)
    failpoint("single_answered")
    _record(claim, outcome)
    failpoint("single_recorded")
    log.info("single", kind=claim.table, id=claim.id, attempt=claim.attempt, outcome=outcome.kind.value, status=outcome.status)
    return True


def _record(claim: SingleClaim, outcome: Outcome) -> None:
    settle_until_committed(lambda: single_mails.settle(claim, outcome), kind=claim.table, id=claim.id, outcome=outcome.kind.value)


def _request(envelope: Envelope, recipient: Recipient) -> bytes:
    prepared = mail_provider().prepare(envelope)
    return prepared.write_request([prepared.write_recipient(recipient)])


def _delivery_token(claim: SingleClaim) -> str:
    return tokens.TokenMaker("single").make(single_mails.SCOPES[claim.table], claim.id)


def _body(mail: Notice | StaffMail | TestSend, claim: SingleClaim) -> bytes | None:
    """The request of a mail, or None if it is no longer needed."""
    if isinstance(mail, TestSend):
        return _test_body(mail, claim)
    return _staff_body(mail, claim) if isinstance(mail, StaffMail) else _notice_body(mail, claim)


def _staff_body(mail: StaffMail, claim: SingleClaim) -> bytes | None:
    """The request of a mail to staff. Suppressions of subscribers do not count: it is mail between colleagues."""
    sender = sender_list.default_sender()
    password_resets.address_mail(mail)
    if sender is None or not is_wanted(mail):
        return None
    return _request(envelope_of_staff_mail(mail, sender), Recipient(mail.address, delivery_token=_delivery_token(claim)))


def _test_body(mail: TestSend, claim: SingleClaim) -> bytes:
    variant = find_variant(mail.version_id, mail.variant)
    fields = personal_fields(variant)
    person = preview_values(fields) | values(fields, {**_reader_of(mail), **_preview_links()})
    subject = variant.subject if mail.purpose == "probe" else f"{_test_mark(variant.language)} {variant.subject}"
    envelope = envelope_of(variant, mail.sender, None, subject=subject)
    return _request(envelope, Recipient(mail.address, values=person, delivery_token=_delivery_token(claim)))


def _reader_of(mail: TestSend) -> dict[str, str]:
    """The merge values of the subscriber as whom the mail is sent, if there still is one; otherwise of the person who gets it."""
    number = mail.parameters.get("reader")
    reader = Subscriber.objects.filter(pk=number, address__isnull=False).first() if number else None
    return {"name": reader.name, "email": reader.address or ""} if reader else {"email": mail.address}


def _test_mark(language: str) -> str:
    """What a test mail begins with, in its own language where Mailroom speaks it."""
    try:
        spoken = translation.get_supported_language_variant(language.lower())
    except LookupError:
        spoken = "en"
    with translation.override(spoken):
        return _("[Test]")


def _preview_links() -> dict[str, str]:
    # A test mail goes to staff: its unsubscribe link shows the page, but belongs to no subscriber.
    token = public_urls.TEST_TOKEN
    return {
        "unsubscribe_url": public_urls.unsubscribe_url(token), "view_url": public_urls.view_url(token),
        "preferences_url": public_urls.preferences_url(token), "answer_url": public_urls.answer_url(token),
    }  # fmt: skip


def _notice_body(mail: Notice, claim: SingleClaim) -> bytes | None:
    """The request of a notice. It has no List-* headers: it is not marketing but answers an action of one person."""
    sender = sender_list.default_sender()
    if mail.purpose != Side.NEW and mail.address != mail.subscriber.address:
        return None  # they got another address while this was claimed: the link must not go to the old mailbox
    if mail.purpose in (*confirmations.ANSWERS, confirmations.WELCOME) and not confirmations.is_wanted(mail):
        return None
    # An empty address: the change of address that it was about has ended.
    if sender is None or not mail.address or not suppressions.may_be_asked(addresses.validate(mail.address)):
        return None
    return _request(envelope_of_notice(mail, sender), Recipient(mail.address, delivery_token=_delivery_token(claim)))
