"""The statements of moving an installation's people: each table to CSV, and from CSV through a temporary table.

Erased people are not exported: of them only a keyed hash is left, and each installation has its own key.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO

from django.db import connection, transaction
from django.db.models import Model

from publication import personal_data
from publication.database.statement_sql import column, number, query
from subscribers import tokens
from subscribers.models import Subscriber, Subscription

# People with an address, and the records that were merged into one of theirs. Somebody who asked to be forgotten may have an
# address again, which a stranger typed into a form.
_CARRIED = """
    SELECT s.id FROM subscriber s LEFT JOIN subscriber m ON m.id = s.merged_into_id
    WHERE s.erased_at IS NULL AND (s.address IS NOT NULL OR m.address IS NOT NULL) AND NOT EXISTS (
        SELECT FROM suppression x WHERE (x.erased_at IS NOT NULL OR x.reason = 'erased')
        AND x.address_key = CASE WHEN s.address IS NULL THEN m.address_key ELSE s.address_key END
    )
"""
# The address may be known since somebody who was suppressed by hash subscribed.
_SUPPRESSED = """
    SELECT x.*, COALESCE(x.address, s.address) AS email FROM suppression x
    LEFT JOIN subscriber s ON s.address_key = x.address_key
"""


def _carried(model: type[Model], *other: str) -> list[str]:
    """The columns that are carried as they are: those of a person's export, without `other`."""
    return [name for name, field in personal_data.DECLARED[model].items() if field.export and name not in other]


_OF_LIST = "slug, name, description, language, texts, sign_up, welcome, advertises_in_china, archive, archive_tag, created_at"
_OF_IMPORT = (
    "consent", "format", "despite_left", "measuring_document", "state", "started_at", "finished_at", "rows_read",
    "created_count", "updated_count", "unchanged_count", "subscribed_count", "kept_out_count", "refused_count",
)  # fmt: skip
_OF_PERSON = _carried(Subscriber, "id", "address")
_OF_SUBSCRIPTION = _carried(Subscription, "list", "subscriber", "unsubscribed_campaign")
EXPORT = {
    "lists.csv": f"""
        SELECT id AS number, {_OF_LIST} FROM mailing_list ORDER BY id
    """,
    "people.csv": f"""
        SELECT id AS person, address AS email, {", ".join(_OF_PERSON)}, merged_into_id AS merged_into
        FROM subscriber WHERE id IN ({_CARRIED}) ORDER BY id
    """,
    "imports.csv": f"""
        SELECT r.id AS import, r.file_name, l.slug AS list, a.kind || ' ' || a.name AS actor, r.{", r.".join(_OF_IMPORT)}
        FROM import_run r LEFT JOIN mailing_list l ON l.id = r.list_id JOIN actor a ON a.id = r.actor_id
        WHERE NOT r.dry_run ORDER BY r.id
    """,
    "subscriptions.csv": f"""
        SELECT p.id AS number, p.subscriber_id AS person, l.slug AS list, p.{", p.".join(_OF_SUBSCRIPTION)}
        FROM subscription p JOIN mailing_list l ON l.id = p.list_id
        WHERE p.subscriber_id IN ({_CARRIED}) ORDER BY p.id
    """,
    "wordings.csv": f"""
        SELECT id AS wording, text, language, encode(digest, 'hex') AS digest, created_at FROM consent_wording
        WHERE id IN (SELECT wording_id FROM consent_record WHERE subscriber_id IN ({_CARRIED})) ORDER BY id
    """,
    "consent.csv": f"""
        SELECT c.id AS line, c.at, c.subscriber_id AS person, l.slug AS list, c.act, c.source, c.proof,
               c.wording_id AS wording, c.detail - 'staff' AS detail
        FROM consent_record c LEFT JOIN mailing_list l ON l.id = c.list_id
        WHERE c.subscriber_id IN ({_CARRIED}) ORDER BY c.id
    """,
    "suppressions.csv": f"""
        SELECT email, reason, detail, cause, evidence_at, origin, expires_at, created_at FROM ({_SUPPRESSED}) x
        WHERE email IS NOT NULL AND erased_at IS NULL AND reason <> 'erased' ORDER BY id
    """,
    "suppressed-domains.csv": "SELECT domain, detail, created_at, expires_at FROM suppressed_domain ORDER BY id",
    "lifts.csv": """
        SELECT COALESCE(s.address, x.address) AS email, f.reason, f.at FROM suppression_lift f
        LEFT JOIN subscriber s ON s.address_key = f.address_key
        LEFT JOIN suppression x ON x.address_key = f.address_key
        WHERE COALESCE(s.address, x.address) IS NOT NULL
        AND x.erased_at IS NULL AND x.reason IS DISTINCT FROM 'erased' ORDER BY f.id
    """,
    # By number, because nothing else is left of erased people.
    "not-carried.csv": f"""
        SELECT 'erased person' AS what, id AS number, erased_at AS at, '' AS reason FROM subscriber WHERE erased_at IS NOT NULL
        UNION ALL
        SELECT CASE WHEN erased_at IS NULL AND reason <> 'erased' THEN 'suppression without an address'
               ELSE 'suppression of an erased person' END,
               id, COALESCE(evidence_at, created_at), reason FROM ({_SUPPRESSED}) x
        WHERE email IS NULL OR erased_at IS NOT NULL OR reason = 'erased'
        ORDER BY 1, 2
    """,
}
# Half of what a token of a link holds, so that there is room for the rows that follow.
LARGEST, LARGEST_SCOPE = 2 ** (tokens.SUBJECT_BITS - 1), 2 ** (tokens.SCOPE_BITS - 1)
# The columns that may be empty in a file, and further rules for its rows.
_OPTIONAL = {
    "people.csv": "email measured_since paused_until left_all_at merged_into", "imports.csv": "list finished_at",
    "subscriptions.csv": "joined_at confirmed_at unsubscribed_at", "consent.csv": "list wording",
    "suppressions.csv": "evidence_at expires_at", "suppressed-domains.csv": "expires_at",
}  # fmt: skip
# The columns that files of older versions lack, with their value then, and those that they have in addition, which are not read.
_ADDED = {"people.csv": {"measured_since": "NULL"}, "subscriptions.csv": {"measuring_wish": "''"}}
_DROPPED = {"people.csv": frozenset({"engaged_at"})}
_RULES = {
    "lists.csv": (
        "PRIMARY KEY (number)", f"CHECK (number BETWEEN 1 AND {LARGEST_SCOPE})",
        "CHECK (sign_up IN ('closed', 'unlisted', 'open'))", "CHECK (archive IN ('off', 'unlisted', 'public'))",
    ),
    "people.csv": (
        "PRIMARY KEY (person)", f"CHECK (person BETWEEN 1 AND {LARGEST})", "CHECK ((merged_into IS NULL) = (email IS NOT NULL))",
        r"CHECK (length(email) BETWEEN 3 AND 320 AND email ~ '^[^\s[:cntrl:]]+@[^@\s[:cntrl:]]+$')",
    ),
    "imports.csv": ("PRIMARY KEY (import)", "CHECK (import > 0)"),
    "subscriptions.csv": (
        "PRIMARY KEY (number)", f"CHECK (number BETWEEN 1 AND {LARGEST})",
        "CHECK (state IN ('pending', 'confirmed', 'unsubscribed'))",
    ),
    "wordings.csv": ("PRIMARY KEY (wording)", "CHECK (digest ~ '^[0-9a-f]{32}$')"),
    "consent.csv": ("PRIMARY KEY (line)",),
    "suppressions.csv": (
        "CHECK (reason IN ('hard_bounce', 'soft_bounces', 'complaint', 'provider_unsubscribe', 'invalid', 'manual'))",
    ),
}  # fmt: skip
# `import:7` names a run of this installation; runs of this one (trials) keep their numbers.
_SOURCE = "CASE WHEN {0} ~ '^import:[0-9]{{1,15}}$' THEN 'import:' || (substr({0}, 8)::bigint + %(shift)s) ELSE {0} END"
INSERT = {
    "lists.csv": f"""
        INSERT INTO mailing_list (id, {_OF_LIST}) SELECT number, {_OF_LIST}
        FROM moved_lists ON CONFLICT (slug) DO UPDATE SET slug = EXCLUDED.slug
    """,
    "people.csv": f"""
        INSERT INTO subscriber (id, address, address_key, domain, {", ".join(_OF_PERSON)}, merged_into_id)
        SELECT p.person, p.email, COALESCE(k.address_key, uuid_send(gen_random_uuid())), COALESCE(k.domain, ''),
               p.{", p.".join(_OF_PERSON)}, p.merged_into
        FROM moved_people p LEFT JOIN moved_keys k ON k.email = p.email
        WHERE (p.merged_into IS NULL
               OR EXISTS (SELECT FROM moved_people o WHERE o.person = p.merged_into AND o.email IS NOT NULL))
          AND NOT EXISTS (SELECT FROM jsonb_object_keys(p.attributes) a (name) WHERE a.name <> ALL(%(attributes)s::text[]))
        ORDER BY p.person
    """,
    "imports.csv": f"""
        INSERT INTO import_run (id, file_name, list_id, actor_id, {", ".join(_OF_IMPORT)}, dry_run, refusals, attributes, details)
        SELECT r.import + %(shift)s, r.file_name, l.id, %(actor)s, r.{", r.".join(_OF_IMPORT)}, false, '[]', '{{}}',
               jsonb_build_object('moved_from_actor', r.actor)
        FROM moved_imports r LEFT JOIN mailing_list l ON l.slug = r.list WHERE r.list IS NULL OR l.id IS NOT NULL
    """,
    "subscriptions.csv": f"""
        INSERT INTO subscription (id, subscriber_id, list_id, {", ".join(_OF_SUBSCRIPTION)})
        SELECT p.number, p.person, l.id,
               {", ".join(_SOURCE.format("p.source") if name == "source" else f"p.{name}" for name in _OF_SUBSCRIPTION)}
        FROM moved_subscriptions p JOIN mailing_list l ON l.slug = p.list JOIN subscriber s ON s.id = p.person
    """,
    "wordings.csv": """
        INSERT INTO consent_wording (text, language, digest, created_at)
        SELECT w.text, w.language, decode(w.digest, 'hex'), w.created_at FROM moved_wordings w
        WHERE NOT EXISTS (SELECT FROM consent_wording o WHERE o.digest = decode(w.digest, 'hex')) ORDER BY w.wording
    """,
    "consent.csv": f"""
        INSERT INTO consent_record (at, subscriber_id, list_id, act, source, proof, wording_id, detail)
        SELECT c.at, c.person, l.id, c.act, {_SOURCE.format("c.source")}, c.proof, o.id, c.detail
        FROM moved_consent c JOIN subscriber s ON s.id = c.person
        LEFT JOIN mailing_list l ON l.slug = c.list
        LEFT JOIN moved_wordings w ON w.wording = c.wording
        LEFT JOIN consent_wording o ON o.digest = decode(w.digest, 'hex')
        WHERE (c.list IS NULL OR l.id IS NOT NULL) AND (c.wording IS NULL OR o.id IS NOT NULL)
        ORDER BY c.line
    """,
    "suppressions.csv": """
        INSERT INTO suppression (address_key, address, reason, detail, cause, evidence_at, origin, expires_at, created_at)
        SELECT k.address_key, x.email, x.reason, x.detail, x.cause, x.evidence_at, x.origin, x.expires_at, x.created_at
        FROM moved_suppressions x JOIN moved_keys k ON k.email = x.email
    """,
    "suppressed-domains.csv": """
        INSERT INTO suppressed_domain (domain, detail, actor_id, created_at, expires_at)
        SELECT domain, detail, %(actor)s, created_at, expires_at FROM moved_suppressed_domains
    """,
    "lifts.csv": """
        INSERT INTO suppression_lift (address_key, reason, at)
        SELECT k.address_key, x.reason, x.at FROM moved_lifts x JOIN moved_keys k ON k.email = x.email
    """,
}
# What may have fewer rows here than in the file: texts that this installation has already.
FEWER = frozenset({"wordings.csv"})
_EMAILS = """
CREATE TEMPORARY TABLE moved_emails ON COMMIT DROP AS
SELECT row_number() OVER () AS n, email FROM (
    SELECT email FROM moved_people WHERE email IS NOT NULL
    UNION SELECT email FROM moved_suppressions UNION SELECT email FROM moved_lifts
) every
"""
_KEYS = (
    "CREATE TEMPORARY TABLE moved_keys (email text PRIMARY KEY, address_key bytea NOT NULL, domain text NOT NULL) ON COMMIT DROP"
)
_AT_ONCE = 20_000
_LINE = re.compile(r"line (\d+)")


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction in which all tables are read as they were at its beginning, or the caller's transaction."""
    within = connection.in_atomic_block
    with transaction.atomic():
        if not within:
            query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def write(file: str, stream: IO[bytes]) -> int:
    """Write one table as CSV; returns the number of rows."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({EXPORT[file]}) TO STDOUT WITH (FORMAT csv, HEADER)") as copy:
            for block in copy:
                stream.write(block)
        return int(cursor.rowcount)


def lock() -> None:
    """Wait for running imports, and let no other begin."""
    query("SELECT pg_advisory_xact_lock(hashtext('mailroom import'))")


def people_and_suppressions() -> tuple[int, int]:
    """Count people and suppressions, including those of people who were erased."""
    return number("SELECT count(*) FROM subscriber"), number("SELECT count(*) FROM suppression")


def load(file: str, blocks: Iterator[bytes]) -> int:
    """Read a CSV file into its temporary table; returns the number of rows. Raises DatabaseError: see `line_of`."""
    table, optional = _table(file), _OPTIONAL.get(file, "").split()
    query(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS ({EXPORT[file]}) WITH NO DATA")
    names = column("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table])
    rules = [f'ALTER "{name}" SET NOT NULL' for name in names if name not in optional]
    rules += [f'ALTER "{name}" SET DEFAULT {value}' for name, value in _ADDED.get(file, {}).items()]
    query(f"ALTER TABLE {table} " + ", ".join([*rules, *(f"ADD {rule}" for rule in _RULES.get(file, ()))]))
    beginning = next(blocks, b"")
    order = _columns_of_file(file, names, beginning)
    for name in {*order} - {*names}:
        query(f'ALTER TABLE {table} ADD "{name}" text')
    listed = ", ".join(f'"{name}"' for name in order)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(f"COPY {table} ({listed}) FROM STDIN WITH (FORMAT csv, HEADER MATCH)") as copy:
            for block in chain([beginning], blocks):
                copy.write(block)
        rows = int(cursor.rowcount)
    query(f"ANALYZE {table}")
    return rows


def _columns_of_file(file: str, names: Sequence[str], beginning: bytes) -> Sequence[str]:
    """The columns that the file should have: those of its header if that is of an older version, otherwise `names`."""
    header = beginning.partition(b"\n")[0].decode("utf-8", "replace").split(",")
    older = {*names} - _ADDED.get(file, {}).keys() | _DROPPED.get(file, frozenset())
    return header if len(header) == len(older) and {*header} == older else names


def line_of(error: BaseException) -> int:
    """The line of the file at which `load` failed; 0 if the server does not say."""
    context = getattr(getattr(error.__cause__ or error, "diag", None), "context", None) or ""
    match = _LINE.search(context)
    return int(match[1]) if match else 0


def make_keys(key: Callable[[str], tuple[bytes, str]]) -> None:
    """Compute the key and the domain of every address in the file, in slices."""
    query(_EMAILS)
    query("CREATE INDEX ON moved_emails (n)")
    query(_KEYS)
    for start in range(0, number("SELECT count(*) FROM moved_emails"), _AT_ONCE):
        emails = column("SELECT email FROM moved_emails WHERE n > %s AND n <= %s", [start, start + _AT_ONCE])
        keyed = [(email, *key(email)) for email in emails]
        query(
            "INSERT INTO moved_keys SELECT * FROM unnest(%s::text[], %s::bytea[], %s::text[])",
            [list(values) for values in zip(*keyed, strict=True)],
        )
    query("ANALYZE moved_keys")


def insert(file: str, actor_id: int, shift: int, attributes: Sequence[str]) -> int:
    """Insert the rows of a temporary table; returns how many. People with an attribute that is not declared are left out."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT[file], {"actor": actor_id, "shift": shift, "attributes": list(attributes)})
        return int(cursor.rowcount)


def other_list() -> str | None:
    """A list of this installation whose short name or number the file has for another list; links name lists by number."""
    rows = query(
        "SELECT l.slug FROM mailing_list l JOIN moved_lists m ON (m.slug = l.slug) <> (m.number = l.id) ORDER BY l.slug LIMIT 1"
    )
    return rows[0][0] if rows else None


def highest_import() -> int:
    return number("SELECT COALESCE(max(id), 0) FROM import_run")


def continue_numbers() -> None:
    """Let new rows get numbers behind those that were inserted with one."""
    for table in ("mailing_list", "subscriber", "subscription", "import_run"):
        query(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), GREATEST((SELECT COALESCE(max(id), 1) FROM {table}), 1))")


def analyse() -> None:
    query("SELECT analyse_people()")


def not_carried() -> list[tuple[str, int]]:
    return [(what, number) for what, number in query(f"SELECT what, count(*) FROM ({EXPORT['not-carried.csv']}) n GROUP BY 1")]


def _table(file: str) -> str:
    return "moved_" + file.removesuffix(".csv").replace("-", "_")
