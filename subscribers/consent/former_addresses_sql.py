"""The earlier addresses of people, by keyed hash: a file or a statement with one of them is about the person's present record.

People get them by a change of address or a merge, and lose them when somebody proves that such an address is theirs.
"""

from collections.abc import Sequence

from publication.database.statement_sql import column, query
from subscribers.addresses import KEY_SIZE, Address


def remember(key: bytes, subscriber_id: int) -> None:
    """This was an address of the person."""
    query(
        "INSERT INTO former_address (address_key, subscriber_id) VALUES (%s, %s) "
        "ON CONFLICT (address_key) DO UPDATE SET subscriber_id = EXCLUDED.subscriber_id",
        [key, subscriber_id],
    )


def give(gone_id: int, keep_id: int) -> None:
    """Part of a merge: the earlier addresses of one record are those of the other."""
    query("UPDATE former_address SET subscriber_id = %s WHERE subscriber_id = %s", [keep_id, gone_id])


def end(key: bytes) -> None:
    """Somebody proved that the address is theirs now."""
    query("DELETE FROM former_address WHERE address_key = %s", [key])


def forget(subscriber_ids: Sequence[int]) -> set[bytes]:
    """Part of an erasure: remove the earlier addresses of these records, and return their keys."""
    keys = column("DELETE FROM former_address WHERE subscriber_id = ANY(%s) RETURNING address_key", [list(subscriber_ids)])
    return {bytes(key) for key in keys}


def present(keys: Sequence[bytes]) -> dict[bytes, Address]:
    """Earlier address -> present address of the same person, for those of `keys` that are not suppressed themselves."""
    # One value that the server cuts: as an array, the keys of a slice of an import take seven times longer to be written.
    rows = query(
        """
        SELECT f.address_key, s.address, s.domain, s.address_key FROM former_address f JOIN subscriber s ON s.id = f.subscriber_id
        WHERE f.address_key IN (
            SELECT substring(k.keys FROM n FOR %s) FROM (SELECT %s::bytea AS keys) k, generate_series(1, length(k.keys), %s) n
        ) AND s.address IS NOT NULL AND NOT EXISTS (SELECT FROM suppression x WHERE x.address_key = f.address_key)
        """,
        [KEY_SIZE, b"".join(keys), KEY_SIZE],
    )
    return {bytes(former): Address(address, domain, bytes(key)) for former, address, domain, key in rows}
