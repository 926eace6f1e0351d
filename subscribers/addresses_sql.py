"""Reads the key of the address hash, which a migration created (docs/decisions/address-key.md)."""

from functools import lru_cache

from django.db import connection

from publication.database.statement_sql import query


def hash_key() -> bytes:
    """The key, 32 bytes; queried once per process and database."""
    return _of_database(str(connection.settings_dict["NAME"]))


@lru_cache(maxsize=8)
def _of_database(name: str) -> bytes:
    return bytes(query("SELECT key FROM address_hash_key")[0][0])
