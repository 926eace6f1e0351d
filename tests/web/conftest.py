"""The cast of these tests: a provider's key, subscribers with a campaign, staff with and without rights."""

import base64
import functools
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Permission, User
from django.test import Client

from campaigns.models import Campaign
from campaigns.sending import claiming_sql, settling
from campaigns.sending import gate as sending_gate
from composer.rendering.css_inliner import premailer_class
from subscribers.models import Subscriber, Subscription
from tests.support import people
from tests.support.composed_once import composed_once as composed_once
from tests.web import page_examples
from tests.web.page_examples import PAGES
from transport.outcomes import Outcome, OutcomeKind
from web import page_identity

premailer_class()  # imported first in a thread, its warnings would be errors
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class Signer:
    """A key of the provider's: signs like SendGrid."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        der = self._key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(der).decode()

    def headers(self, raw: bytes, timestamp: str | None = None) -> dict[str, str]:
        timestamp = timestamp or str(int(time.time()))
        signature = self._key.sign(timestamp.encode() + raw, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}

    def post(self, client: Client, raw: bytes, **more):
        return client.post("/hooks/sendgrid", raw, content_type="application/json", headers=self.headers(raw) | more)


@pytest.fixture
def signer(settings):
    made = Signer()
    settings.SENDGRID_WEBHOOK_KEYS = [made.public]
    return made


@pytest.fixture
def browser_client():
    """A client that checks forged requests, as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def campaign(db):
    return people.make_campaign()


@pytest.fixture
def reader(campaign) -> Subscriber:
    return Subscriber.objects.order_by("id").first()


def state(person: Subscriber, slug: str = "news") -> str:
    return Subscription.objects.get(subscriber=person, list__slug=slug).state


def batch(*events: dict) -> bytes:
    return json.dumps(list(events)).encode()


# ---------------------------------------------------------------------------------------------------------------- staff
# Every permission that a URL asks for, and those that only views ask for.
RIGHTS = sorted(
    {needs for page in PAGES.values() for needs in (page.callback.access, page.callback.posting) if "." in needs}
    | {"editorial.change_documentimport", "subscribers.see_addresses"}
)


@pytest.fixture(autouse=True)
def _unknown_publication(monkeypatch):
    """Error pages show what the process last knew of the publication: nothing at the start of a test."""
    monkeypatch.setattr(page_identity, "_remembered", None)


PASSWORD = "a long enough one"


@functools.cache
def permission_ids() -> dict[str, int]:
    """By name; migrations made them, and no test changes them."""
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    return {f"{app}.{name}": pk for app, name, pk in rows}


def make_staff(name: str, *rights: str, is_staff: bool = True) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=is_staff)
    given = User.user_permissions.through
    given.objects.bulk_create(given(user=user, permission_id=permission_ids()[right]) for right in rights)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def editor(db) -> User:
    """Staff with every right there is."""
    return make_staff("editor", *RIGHTS)


@pytest.fixture
def console(client, editor) -> Client:
    client.force_login(editor)
    return client


ACCEPTED = Outcome(OutcomeKind.ACCEPTED, 202, "R" * 22)
UNKNOWN = Outcome(OutcomeKind.UNKNOWN, None, detail="no answer within 30 s")


def send(campaign: Campaign, *outcomes: Outcome) -> None:
    """One slice of a started campaign for each outcome, as the worker would."""
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    for outcome in outcomes:
        claim = claiming_sql.claim("tester")
        gate = sending_gate.gate(claim, lists, "tester")
        settling.settle(gate.attempt_id, outcome)


@pytest.fixture
def sending(settings, campaign) -> Campaign:
    """Ten recipients in slices of four: four accepted, four uncertain, two still planned."""
    settings.SENDGRID_API_KEY = "SG.test"
    people.start(campaign)
    send(campaign, ACCEPTED, UNKNOWN)
    campaign.refresh_from_db()
    return campaign


@pytest.fixture
def page_addresses(sending, reader, tmp_path) -> dict[str, str]:
    """The name of every URL -> an example address of it."""
    return page_examples.addresses(sending, reader, tmp_path)
