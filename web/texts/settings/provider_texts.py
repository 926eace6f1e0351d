"""What the key of the provider is used for, and why the provider did not answer, for the page of the settings."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication.senders import provider_checks
from transport.key_purposes import KeyPurpose

PURPOSES: Mapping[KeyPurpose, str | Promise] = {
    KeyPurpose.SEND: _("Send mail"),
    KeyPurpose.READ_LISTS: _("Read bounces, complaints and unsubscribes that the provider knows"),
    KeyPurpose.CHANGE_LISTS: _("Pass suppressions on to the provider, and lift them there"),
    KeyPurpose.HOLD_MAIL: _("Strict mode, and sending at the local hour of each time zone"),
    KeyPurpose.READ_DOMAINS: _("Confirm senders by the provider's authenticated domains"),
}
FAULTS: Mapping[str, str | Promise] = {
    provider_checks.NO_KEY: _(
        "The worker has no usable key or address of the provider. Ask the administrator to check MAILROOM_SENDGRID_API_KEY."
    ),
    provider_checks.REJECTED: _("The provider rejects the key. Ask the administrator to check MAILROOM_SENDGRID_API_KEY."),
    provider_checks.UNREACHABLE: _("The provider cannot be reached. Try again in a few minutes."),
    provider_checks.UNCLEAR: _("The provider did not answer the question. Try again in a few minutes."),
}
