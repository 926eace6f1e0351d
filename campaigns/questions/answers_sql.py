"""SQL of answers: one for each person and question, kept under a hash that only the key of the question makes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from publication.database.statement_sql import changed, first, query

_UNNAMED_AT_RANDOM = "UPDATE mail_answer SET voter = gen_random_uuid() WHERE {which}"


def lock_person(recipient_id: int) -> bool | None:
    """Lock the record that a recipient has now until the end of the transaction, so that they are neither erased nor withdraw.

    Returns whether they agree to be measured; None if they were erased.
    """
    row = first(
        """
        SELECT measured_since IS NOT NULL FROM subscriber
        WHERE id = (SELECT COALESCE(merged_into_id, id) FROM subscriber WHERE id = %s) AND address IS NOT NULL FOR SHARE
        """,
        [recipient_id],
    )
    return None if row is None else bool(row[0])


def lock_key(question_id: int) -> bytes | None:
    """The key of a question, which stays open until the end of the transaction; None if it is closed."""
    row = first("SELECT key FROM mail_question WHERE id = %s AND key IS NOT NULL FOR SHARE", [question_id])
    return None if row is None else bytes(row[0])


def store(question_id: int, voter: UUID, answer: int) -> None:
    """Store an answer without a name, in the place of an earlier one."""
    changed(
        "INSERT INTO mail_answer (voter, question_id, answer) VALUES (%s, %s, %s) "
        "ON CONFLICT (voter) DO UPDATE SET answer = excluded.answer",
        [voter, question_id, answer],
    )


def store_named(question_id: int, subscriber_id: int, answer: int, at: datetime) -> None:
    """Store an answer with a name, in the place of an earlier one."""
    changed(
        "INSERT INTO named_answer (question_id, subscriber_id, answer, at) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (question_id, subscriber_id) DO UPDATE SET answer = excluded.answer, at = excluded.at",
        [question_id, subscriber_id, answer, at],
    )


def remove(voter: UUID) -> None:
    changed("DELETE FROM mail_answer WHERE voter = %s", [voter])


def remove_named(question_id: int, subscriber_id: int) -> None:
    changed("DELETE FROM named_answer WHERE question_id = %s AND subscriber_id = %s", [question_id, subscriber_id])


def take_named(*, subscriber_ids: Sequence[int] | None = None, before: datetime | None = None) -> list[tuple[int, int, int]]:
    """Delete answers with names, of these people or from before a moment; returns (question, person, answer) of each."""
    which, value = ("subscriber_id = ANY(%s)", list(subscriber_ids)) if subscriber_ids is not None else ("at < %s", before)
    return query(f"DELETE FROM named_answer WHERE {which} RETURNING question_id, subscriber_id, answer", [value])


def store_all(rows: Sequence[tuple[UUID, int, int]]) -> None:
    """Store answers without a name, each (voter, question, answer)."""
    if rows:
        columns = [list(values) for values in zip(*rows, strict=True)]
        changed(
            "INSERT INTO mail_answer (voter, question_id, answer) SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::smallint[]) "
            "ON CONFLICT (voter) DO NOTHING",
            columns,
        )


def open_keys() -> dict[int, bytes]:
    """Question -> its key, of the questions that are open; they stay so until the end of the transaction."""
    rows = query("SELECT id, key FROM mail_question WHERE key IS NOT NULL ORDER BY id FOR SHARE")
    return {number: bytes(key) for number, key in rows}


def forget_voters(voters: Sequence[UUID]) -> int:
    """Give these answers random hashes, so that they are counted and belong to nobody."""
    return changed(_UNNAMED_AT_RANDOM.format(which="voter = ANY(%s::uuid[])"), [list(voters)])


def close(question_id: int, at: datetime) -> bool:
    """Delete the key of a question, and give its answers random hashes: an old copy of the key opens nothing in the database.

    False if it was closed before.
    """
    is_closed = (
        changed("UPDATE mail_question SET key = NULL, closed_at = %s WHERE id = %s AND key IS NOT NULL", [at, question_id]) > 0
    )
    if is_closed:
        changed(_UNNAMED_AT_RANDOM.format(which="question_id = %s"), [question_id])
    return is_closed


def count(campaign_id: int) -> dict[tuple[int, int], int]:
    """(question, answer) -> how many people gave it."""
    rows = query(
        """
        SELECT a.question_id, a.answer, count(*) FROM (
            SELECT question_id, answer FROM mail_answer UNION ALL SELECT question_id, answer FROM named_answer) a
        JOIN mail_question q ON q.id = a.question_id WHERE q.campaign_id = %s GROUP BY 1, 2
        """,
        [campaign_id],
    )
    return {(question, answer): people for question, answer, people in rows}
