"""Claim the next slice that is due, for one worker."""

from __future__ import annotations

from django.db import transaction

from campaigns.sending import claiming_sql as sql
from config.failpoints import failpoint


def claim(worker: str) -> sql.Claim | None:
    """Take the next slice that is due, committed; None where there is none."""
    with transaction.atomic():
        taken = sql.claim(worker)
        failpoint("claim_before_commit")
    failpoint("claim_committed")
    return taken
