"""The statement that notes who has a page of an issue open."""

from datetime import datetime

from publication.database.statement_sql import changed


def note(issue: int, account: int, file: str, part: str, now: datetime, gone: datetime) -> None:
    """Note an account at a part. Without a part, a row with one stays as it is until it is older than `gone`."""
    changed(
        """
        INSERT INTO issue_presence AS old (issue_id, account_id, file, part, seen_at)
        VALUES (%(issue)s, %(account)s, %(file)s, %(part)s, %(now)s)
        ON CONFLICT (issue_id, account_id) DO UPDATE SET file = EXCLUDED.file, part = EXCLUDED.part, seen_at = EXCLUDED.seen_at
        WHERE EXCLUDED.part <> '' OR old.part = '' OR old.seen_at <= %(gone)s
        """,
        {"issue": issue, "account": account, "file": file, "part": part, "now": now, "gone": gone},
    )
