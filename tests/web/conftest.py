"""The cast of these tests: a provider's key, subscribers with a campaign, staff with and without rights."""

from __future__ import annotations

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from subscribers.models import Subscriber, Subscription
from tests import people

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
