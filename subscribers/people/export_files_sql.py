"""Keeps erasures and exports apart: an export reads nobody while somebody is being erased who does not know of its file."""

from django.db import transaction

from publication.database.statement_sql import query

_LOCK = 0x65786661


def hold_off_exports() -> None:
    """Part of an erasure: exports that begin now wait until it is committed."""
    query("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def wait_for_erasures() -> None:
    """Wait for the erasures that are under way. Those that begin later see what was committed before this call."""
    with transaction.atomic():
        query("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
