"""SQL that finds the versions whose links may lead on."""

from collections.abc import Sequence

from publication.database.statement_sql import column

# The destinations of an issue that nobody got yet are a secret. A version without a campaign was sent by one that is gone.
_SENT = "c.started_at IS NOT NULL AND (c.measuring <> 'off' OR c.opens)"
_IS_SENT = f"""
    (EXISTS (SELECT 1 FROM campaign c WHERE c.version_id = l.version_id AND {_SENT})
     OR NOT EXISTS (SELECT 1 FROM campaign c WHERE c.version_id = l.version_id))
"""


def sent_versions(known: Sequence[int]) -> set[int]:
    """The versions with measured links that campaigns have begun to send, besides the known ones."""
    return set(column(f"SELECT DISTINCT c.version_id FROM campaign c WHERE {_SENT} AND c.version_id <> ALL(%s)", [[*known]]))


def all_sent_versions() -> set[int]:
    """All versions with measured links that somebody got."""
    return set(column(f"SELECT DISTINCT l.version_id FROM measured_link l WHERE {_IS_SENT}"))


def version_of(link_id: int) -> set[int]:
    """The version of a link, if somebody got it."""
    return set(column(f"SELECT l.version_id FROM measured_link l WHERE l.id = %s AND {_IS_SENT}", [link_id]))
