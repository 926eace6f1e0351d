"""How long each kind of record is kept before the worker's upkeep removes it."""

from __future__ import annotations

from datetime import timedelta

WEBHOOK_PAYLOADS = timedelta(days=30)
# Delivered, deferred and processed events; the outcomes that they prove stay on the deliveries.
EVENTS = timedelta(days=400)
TEST_MAIL_ADDRESSES = timedelta(days=30)
# Of mails to staff, counted from their end; of invitations, from when they were used, revoked or expired.
STAFF_MAIL_ADDRESSES = timedelta(days=30)
INVITATIONS = timedelta(days=30)
# Synchronisations with the provider's lists; the latest of each list stays.
SYNC_RUNS = timedelta(days=90)
SIGN_IN_COUNTS = timedelta(days=1)
# Requests to subscribe, counted by their network, and changes of address, counted by the new address.
NETWORK_COUNTS = timedelta(days=1)
# Confirmations without an answer count this long against the limit for their address, also if its record is erased.
UNANSWERED_CONFIRMATIONS = timedelta(days=90)
# Requests to subscribe to a list, counted by the hour: what is usual is the median of a week.
SIGN_UP_HOURS = timedelta(days=8)
# Requests to subscribe that nobody confirmed; as long as the link in the mail is valid.
PENDING_SUBSCRIPTIONS = timedelta(days=7)
# Edits of an issue's source between two revisions; what a revision needs stays.
ISSUE_EDITS = timedelta(days=30)
# Imports of documents that failed or were cancelled, with their files.
DOCUMENT_IMPORTS = timedelta(days=30)
# Uploaded files that no edit refers to, such as those of a refused upload, or of edits that were removed.
ORIGINALS = timedelta(days=30)
# Processes that ended; the last one of each kind stays.
HEARTBEATS = timedelta(days=1)
