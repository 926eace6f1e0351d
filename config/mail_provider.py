"""Chooses the mail provider of this installation; the only module that names an implementation."""

from django.conf import settings

from transport.provider import Provider
from transport.sendgrid.sendgrid_provider import SendGrid


def mail_provider() -> Provider:
    """The provider with the current settings. Cheap: it connects to nothing and checks nothing yet."""
    return SendGrid(settings.SENDGRID_API_KEY or "", settings.SENDGRID_HOST, settings.SENDGRID_WEBHOOK_KEYS)


def provider_with(key: str, host: str) -> Provider:
    """The provider with another key or host than the settings have, to check them."""
    return SendGrid(key, host)
