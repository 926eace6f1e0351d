"""Counts of sign-in tries, one row for each budget. One statement checks and counts, so parallel tries cannot exceed a budget.

Nothing else counts in sign_in_count. No transaction spans two rows, so no try waits for another.
"""

from datetime import datetime, timedelta

from publication.database.statement_sql import changed, query


def counts(keys: list[str]) -> dict[str, tuple[datetime, int]]:
    """key -> start of its count, and the number of tries."""
    return {key: (began, tries) for key, began, tries in query(
        "SELECT key, began_at, tries FROM sign_in_count WHERE key = ANY (%s)", [keys]
    )}  # fmt: skip


def take(key: str, account: str, most: int, period: timedelta, now: datetime) -> bool:
    """Count one try if the budget allows it, else change nothing. A count starts again after its period."""
    # A start that is a whole period in the future comes from a clock that was set back; a few seconds, from another machine.
    over = "(c.began_at <= %(now)s - %(period)s OR c.began_at > %(now)s + %(period)s)"
    return changed(
        f"""
        INSERT INTO sign_in_count AS c (key, account, began_at, tries) VALUES (%(key)s, %(account)s, %(now)s, 1)
        ON CONFLICT (key) DO UPDATE SET
            began_at = CASE WHEN {over} THEN EXCLUDED.began_at ELSE c.began_at END,
            tries = CASE WHEN {over} THEN 1 ELSE c.tries + 1 END
        WHERE {over} OR c.tries < %(most)s
        """,
        {"key": key, "account": account, "most": most, "period": period, "now": now},
    ) > 0  # fmt: skip


def give_back(key: str) -> None:
    changed("UPDATE sign_in_count SET tries = tries - 1 WHERE key = %s AND tries > 0", [key])


def forget(keys: list[str]) -> None:
    changed("DELETE FROM sign_in_count WHERE key = ANY (%s)", [keys])


def forget_account(account: str) -> None:
    """Remove every count of this account."""
    changed("DELETE FROM sign_in_count WHERE account = %s", [account])
