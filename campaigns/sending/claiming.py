"""Claims the next due slice for one worker."""

from django.db import transaction

from campaigns.sending import claiming_sql as sql
from config.failpoints import failpoint


def claim(worker: str) -> sql.Claim | None:
    """Claim the next due slice and commit; None if there is none."""
    with transaction.atomic():
        taken = sql.claim(worker)
        failpoint("claim_before_commit")
    failpoint("claim_committed")
    return taken
