"""The names of the kinds of files that `source_formats` declares, for the command line.

`source_formats` needs the models, and so Django, which is not set up yet while a command parses its options.
"""

from __future__ import annotations

FORMAT_NAMES = (
    "mailroom", "listmonk", "listmonk-unsubscribed", "listmonk-unconfirmed", "mailchimp-subscribed", "mailchimp-unsubscribed",
    "mailchimp-cleaned", "mailchimp-segment", "ghost", "keila", "sendgrid-contacts", "sendgrid-unsubscribes",
    "sendgrid-group-unsubscribes", "sendgrid-bounces", "sendgrid-blocks", "sendgrid-spam-reports", "sendgrid-invalid-emails",
    "mautic-do-not-contact", "mautic-contacts",
)  # fmt: skip
