"""The verdict on a chaos run: compares the sandbox's ledger with our rows, and checks each invariant of docs/delivery.md.

It uses little of the product: tokens, table names, the report and the event inbox. What was sent is read from the sandbox.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import psycopg

from campaigns.reporting import reports
from campaigns.tracking import event_inbox
from subscribers import tokens
from tests.support.sandbox_process import SandboxProcess

FINE = ("accepted", "deferred", "delivered", "bounced", "dropped", "complained")
OPEN = ("planned", "claimed", "in_flight")
TAKEN_BACK = "cancelled before its release"  # in a cancelled strict campaign, nobody with this reason may have the mail
# The gate stores its time some milliseconds after its check, and later on a busy machine.
GATE_MARGIN = "2 seconds"
MOST_IN_FLIGHT = 64  # campaigns.sending.throttle_sql.MOST_SLOTS
FREEING = ("reject", "never connected", "policy settle", "operator", "fence", "restore", "settle")
RANK = "array_position(ARRAY['accepted','deferred','delivered','dropped','bounced','complained'], {})"


@dataclass
class Verdict:
    """Counts of violations, which must be 0, and of outcomes that are allowed."""

    duplicates: int = 0
    lost: int = 0
    unknown: int = 0
    misreported: int = 0
    unlisted: int = 0
    write_ahead_violations: int = 0
    consent_violations: int = 0
    recipients: int = 0
    accepted: int = 0
    skipped: int = 0
    abandoned: int = 0
    taken_back: int = 0
    failed: int = 0
    slowest_event: float = 0.0  # the longest time from an event to its receipt, in seconds
    invariants: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def faults(self, unknown_allowed: int) -> list[str]:
        """The faults, as texts."""
        found = [
            f"{name}: {count}"
            for name in ("duplicates", "lost", "misreported", "unlisted", "write_ahead_violations", "consent_violations")
            if (count := getattr(self, name))
        ]
        found += [f"{name}: {count}" for name, count in self.invariants.items() if count]
        if self.unknown > unknown_allowed:
            found.append(f"unknown: {self.unknown}, {unknown_allowed} allowed")
        return found


@lru_cache(maxsize=200_000)
def attempt_of(token: str) -> int | None:
    claims = tokens.read("attempt", token) if token else None
    return claims.subject if claims else None


def load_ledger(database: psycopg.Connection[Any], entries: Iterable[dict[str, Any]]) -> int:
    """The sandbox's ledger as a table: a row per accepted recipient of a campaign; probes and test mails are left out."""
    database.execute(
        "CREATE TABLE IF NOT EXISTS chaos_ledger (request bigint, place int, campaign_id bigint, subscriber_id bigint, "
        "attempt_id bigint, address text, at timestamptz)"
    )
    database.execute("TRUNCATE chaos_ledger")
    count = 0
    with database.cursor() as cursor, cursor.copy("COPY chaos_ledger FROM STDIN") as copy:
        for entry in entries:
            if entry["discarded"]:
                continue
            arguments = entry["custom_args"]
            claims = tokens.read("delivery", arguments.get("mr_d", ""))
            if claims is None:
                continue
            # COPY needs text; the sandbox gives Unix seconds.
            copy.write_row(
                (entry["request"], entry["index"], claims.scope, claims.subject, attempt_of(arguments.get("mr_a", "")),
                 entry["address"], _moment(entry["at"]))
            )  # fmt: skip
            count += 1
    database.execute("ANALYZE chaos_ledger")
    return count


def _moment(seconds: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


class Judge:
    """`judge` checks everything once and returns the verdict. With a falsified ledger the verdict must contain faults."""

    def __init__(self, database: psycopg.Connection[Any], sandbox: SandboxProcess, campaigns: list[int]) -> None:
        self.database, self.sandbox, self.campaigns = database, sandbox, campaigns

    def one(self, sql: str, parameters: Any = None) -> int:
        row = self.database.execute(sql, parameters).fetchone()
        assert row is not None
        return int(row[0] or 0)

    def judge(self, entries: list[dict[str, Any]], sample: list[dict[str, Any]]) -> Verdict:
        verdict = Verdict()
        load_ledger(self.database, entries)
        self._compare(verdict)
        verdict.write_ahead_violations = self._write_ahead(verdict)
        verdict.consent_violations = self._consent()
        i = verdict.invariants
        i["I1"] = self._uniqueness()
        i["I2"] = verdict.write_ahead_violations
        i["I3"] = verdict.duplicates
        i["I4"] = self._conservation()
        i["I5"] = self._silence()
        i["I6"] = self._absorbing()
        i["I7"] = self._freed_without_proof()
        i["I8"] = self._fencing()
        i["I9"] = verdict.consent_violations
        i["I11"] = self._growth(verdict)
        i["I14"] = self._runs()
        i["I16"] = self._bindings() + sum(self._strange_body(message) for message in sample)
        i["I17"] = self._contents(sample)
        i["I18"] = self._forged()
        i["I10"] = self._confluence()  # last, because it applies every event again
        verdict.slowest_event = float(self.one("SELECT ceil(extract(epoch FROM max(received_at - at))) FROM event"))
        verdict.notes += self._notes()
        return verdict

    # -- the ledger against our rows

    def _compare(self, verdict: Verdict) -> None:
        one = self.one
        verdict.duplicates = one(
            "SELECT COALESCE(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM chaos_ledger GROUP BY campaign_id, subscriber_id) AS t"
        ) + one(
            "SELECT COALESCE(sum(n - 1), 0) FROM (SELECT count(DISTINCT subscriber_id) AS n FROM chaos_ledger "
            "GROUP BY campaign_id, lower(address)) AS t"
        )
        self.database.execute("DROP TABLE IF EXISTS chaos_state")
        self.database.execute(
            "CREATE TABLE chaos_state AS SELECT v.campaign_id, v.subscriber_id, "
            f"CASE WHEN v.state = 'dropped' AND v.reason = '{TAKEN_BACK}' AND EXISTS (SELECT 1 FROM campaign c "
            "WHERE c.id = v.campaign_id AND c.state = 'cancelled' AND c.strict) THEN 'taken_back' ELSE v.state END AS state, "
            "v.reason, EXISTS (SELECT 1 FROM "
            "chaos_ledger l WHERE l.campaign_id = v.campaign_id AND l.subscriber_id = v.subscriber_id) AS taken "
            "FROM delivery_state v"
        )
        fine, open_ = list(FINE), list(OPEN)
        verdict.lost = one("SELECT count(*) FROM chaos_state WHERE state = ANY(%s) AND NOT taken", [fine]) + one(
            "SELECT count(*) FROM chaos_state WHERE state = ANY(%s)", [open_]
        )
        verdict.unknown = one("SELECT count(*) FROM chaos_state WHERE state IN ('unknown', 'held')")
        verdict.misreported = one(
            "SELECT count(*) FROM chaos_state WHERE taken AND NOT state = ANY(%s)", [[*fine, "unknown", "held", *open_]]
        ) + one(
            "SELECT count(*) FROM chaos_ledger l WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE "
            "d.campaign_id = l.campaign_id AND d.subscriber_id = l.subscriber_id)"
        )
        verdict.recipients = one("SELECT count(*) FROM chaos_state")
        verdict.accepted = one("SELECT count(*) FROM chaos_state WHERE state = ANY(%s)", [fine])
        for state in ("skipped", "abandoned", "taken_back", "failed"):
            setattr(verdict, state, one("SELECT count(*) FROM chaos_state WHERE state = %s", [state]))
        listed = 0
        for campaign in self.campaigns:
            lines = reports.not_accepted(campaign, 10_000_000)
            listed += sum(1 for line in lines if line["state"] in {"unknown", "held"} and line["reason"])
        verdict.unlisted = verdict.unknown - listed

    def _write_ahead(self, verdict: Verdict) -> int:
        """Count violations of write-ahead: each request that reached the provider, even a rejected one, needs an attempt that was
        committed before and includes its recipients.
        """
        late = missing = told = 0
        rows = self.database.execute(
            "SELECT g.attempt_id, EXTRACT(EPOCH FROM pg_xact_commit_timestamp(g.xmin)) FROM chaos_gate g JOIN attempt a "
            "ON a.id = g.attempt_id"
        )
        committed = {attempt: float(at) for attempt, at in rows}
        for request in self.sandbox.requests():
            arguments = request.get("attempt")
            token = arguments.get("mr_a", "") if isinstance(arguments, dict) else (arguments or "")
            attempt = attempt_of(token)
            if attempt is None:
                continue
            told += 1
            missing += attempt not in committed
            received = request.get("received_at")
            if attempt in committed and received is not None:
                late += float(received) < committed[attempt]
        strangers = self.one(
            "SELECT count(*) FROM chaos_ledger l LEFT JOIN attempt a ON a.id = l.attempt_id LEFT JOIN slice s ON s.id = a.slice_id "
            "LEFT JOIN delivery d ON d.campaign_id = l.campaign_id AND d.subscriber_id = l.subscriber_id "
            "WHERE a.id IS NULL OR a.campaign_id <> l.campaign_id OR d.slice IS DISTINCT FROM s.number "
            "OR d.subscriber_id NOT BETWEEN s.first_subscriber_id AND s.last_subscriber_id"
        )
        verdict.notes.append(f"write-ahead: {told} requests named their attempt, {len(committed)} gates committed")
        return late + missing + strangers

    def _consent(self) -> int:
        left = self.one(
            f"""SELECT count(*) FROM chaos_ledger l JOIN attempt a ON a.id = l.attempt_id
            JOIN chaos_left x ON x.subscriber_id = l.subscriber_id AND a.gate_at > x.at + interval '{GATE_MARGIN}'
            WHERE NOT EXISTS (SELECT 1 FROM chaos_stop s WHERE a.worker LIKE '%:' || s.pid || '%'
                AND a.gate_at BETWEEN s.since AND s.until + interval '{GATE_MARGIN}')"""
        )
        halted = self.one(
            f"""SELECT count(*) FROM attempt a JOIN chaos_halt h ON h.campaign_id = a.campaign_id OR h.campaign_id IS NULL
            WHERE a.gate_at > h.since + interval '{GATE_MARGIN}' AND a.gate_at < COALESCE(h.until, 'infinity')
            AND NOT EXISTS (SELECT 1 FROM chaos_stop s WHERE a.worker LIKE '%:' || s.pid || '%'
                AND a.gate_at BETWEEN s.since AND s.until + interval '{GATE_MARGIN}')"""
        )
        return left + halted

    # -- invariants

    def _uniqueness(self) -> int:
        return self.one(
            "SELECT count(*) FROM (SELECT 1 FROM delivery GROUP BY campaign_id, address_key HAVING count(*) > 1) AS t"
        ) + self.one(
            "SELECT count(*) FROM slice a JOIN slice b ON a.campaign_id = b.campaign_id AND a.number = b.number AND a.id < b.id "
            "AND a.state <> 'split' AND b.state <> 'split' AND int8range(a.first_subscriber_id, a.last_subscriber_id, '[]') && "
            "int8range(b.first_subscriber_id, b.last_subscriber_id, '[]')"
        )

    def _conservation(self) -> int:
        off = 0
        for campaign in self.campaigns:
            report = reports.report(campaign)
            off += not report.balances
        return off

    def _silence(self) -> int:
        return self.one(
            "SELECT count(*) FROM chaos_state WHERE state = ANY(%s) OR (NOT state = ANY(%s) AND COALESCE(reason, '') = '')",
            [list(OPEN), list(FINE)],
        )

    def _absorbing(self) -> int:
        return (
            self.one("SELECT count(*) FROM chaos_move WHERE old = 'accepted' AND new NOT IN ('accepted', 'dropped')")
            + self.one("SELECT count(*) FROM chaos_move WHERE old_attempt IS NOT NULL AND new_attempt < old_attempt")
            + self.one(
                f"SELECT count(*) FROM chaos_fact WHERE COALESCE({RANK.format('new')}, 0) < COALESCE({RANK.format('old')}, 0)"
            )
        )

    def _freed_without_proof(self) -> int:
        return self.one(
            "SELECT count(*) FROM chaos_move WHERE new = 'planned' AND ((old = 'claimed' AND proof IS NULL) OR "
            "(old IN ('in_flight', 'unknown', 'held', 'accepted') AND NOT COALESCE(proof, '') LIKE ANY(%s)))",
            [[f"{proof}%" for proof in FREEING]],
        )

    def _fencing(self) -> int:
        """Count slices accepted by an answer although their current attempt was not, and attempts later than the current one."""
        return self.one(
            "SELECT count(*) FROM slice s JOIN attempt a ON a.id = s.current_attempt_id WHERE s.state = 'accepted' "
            "AND s.proof = 'http' AND a.outcome <> 'accepted'"
        ) + self.one("SELECT count(*) FROM attempt a JOIN slice s ON s.id = a.slice_id WHERE a.id > s.current_attempt_id")

    def _growth(self, verdict: Verdict) -> int:
        """Between two resumes, uncertain recipients grow by at most the budget and the requests under way. As in the product,
        recipients who became uncertain since the resume and were cleared make room; older ones do not."""
        rows = self.database.execute(
            """
            WITH releases AS (
                SELECT id, campaign_id, at, lead(at) OVER (PARTITION BY campaign_id ORDER BY id) AS until FROM delivery_log
                WHERE kind = 'campaign_moved' AND detail->>'to' = 'sending'),
            steps AS (
                SELECT r.id, r.campaign_id, m.id AS step, CASE WHEN m.new = 'unknown' THEN m.count
                    WHEN EXISTS (SELECT 1 FROM chaos_move e WHERE e.slice_id = m.slice_id AND e.new = 'unknown' AND e.id < m.id
                                 AND e.at >= r.at) THEN -m.count ELSE 0 END AS grown
                FROM releases r JOIN chaos_move m ON m.campaign_id = r.campaign_id AND m.at >= r.at
                    AND m.at < COALESCE(r.until, 'infinity')
                WHERE (m.new = 'unknown') <> (m.old = 'unknown')),
            sums AS (SELECT id, campaign_id, sum(grown) OVER (PARTITION BY id ORDER BY step) AS grown FROM steps)
            SELECT c.id, GREATEST(2 * c.attempt_size, c.recipients / 200), c.attempt_size, max(u.grown)
            FROM sums u JOIN campaign c ON c.id = u.campaign_id GROUP BY u.id, c.id
            """
        ).fetchall()
        most = max((row[3] for row in rows), default=0)
        verdict.notes.append(f"unknown grew by at most {most} between two releases")
        return sum(1 for _, budget, size, grown in rows if grown > budget + MOST_IN_FLIGHT * size)

    def _runs(self) -> int:
        return self.one(
            "SELECT count(*) FROM (SELECT c.id FROM campaign c LEFT JOIN delivery_log l ON l.campaign_id = c.id AND "
            "l.kind = 'campaign_moved' AND l.detail->>'from' = 'filling' AND l.detail->>'to' IN ('sending', 'sent') "
            "WHERE c.recipients IS NOT NULL GROUP BY c.id HAVING count(l.id) <> 1) AS t"
        ) + self.one(
            "SELECT count(*) FROM campaign c WHERE c.recipients IS NOT NULL AND c.recipients <> "
            "(SELECT count(*) FROM delivery d WHERE d.campaign_id = c.id)"
        )

    def _bindings(self) -> int:
        """Each mail went to the address of the person whose token it contains."""
        return self.one(
            "SELECT count(*) FROM chaos_ledger l JOIN subscriber s ON s.id = l.subscriber_id WHERE lower(s.address) <> lower(l.address)"
        )

    def _strange_body(self, message: dict[str, Any]) -> bool:
        """Whether a message contains another person's canary or token, or lacks its own canary."""
        claims = tokens.read("delivery", message["custom_args"]["mr_d"])
        assert claims is not None
        row = self.database.execute("SELECT name FROM subscriber WHERE id = %s", [claims.subject]).fetchone()
        whole = f"{message['html']} {message['text']} {message['headers']}"
        canaries = set(re.findall(r"Canary \w+ [0-9a-f]{10}", whole))
        people = {
            read.subject
            for purpose, place in (("unsubscribe", "/u/"), ("view", "/v/"))
            for token in re.findall(re.escape(place) + r"([A-Za-z0-9_-]{36})", whole)
            if (read := tokens.read(purpose, token))
        }
        return row is None or canaries != {row[0]} or people != {claims.subject}

    def _contents(self, sample: list[dict[str, Any]]) -> int:
        """Sampled messages of one variant differ only in personal data, and each person got the right variant."""
        seen: dict[tuple[int, int], Counter[str]] = {}
        strangers = 0
        for message in sample:
            claims = tokens.read("delivery", message["custom_args"]["mr_d"])
            assert claims is not None
            mark = re.search(r"\(variant (\d)\)", message["html"])
            variant = int(mark[1]) if mark else 0
            strangers += variant != self._variant_of(claims.subject) or variant != self.one(
                "SELECT variant FROM delivery WHERE campaign_id = %s AND subscriber_id = %s", [claims.scope, claims.subject]
            )
            plain = re.sub(r"Canary \w+ [0-9a-f]{10}", "NAME", f"{message['subject']}{message['html']}{message['text']}")
            plain = re.sub(r"[A-Za-z0-9_-]{36}", "TOKEN", plain)
            seen.setdefault((claims.scope, variant), Counter())[plain] += 1
        return strangers + sum(len(contents) - 1 for contents in seen.values())

    def _variant_of(self, subscriber: int) -> int:
        """The variant that people.THREE gives to this subscriber."""
        return self.one(
            "SELECT CASE WHEN language LIKE 'zh%%' THEN 2 WHEN country = 'CN' THEN 1 ELSE 0 END FROM subscriber WHERE id = %s",
            [subscriber],
        )

    def _forged(self) -> int:
        return self.one("SELECT count(*) FROM event WHERE detail::text LIKE '%forged by chaos%'") + self.one(
            "SELECT count(*) FROM delivery WHERE reason LIKE '%forged by chaos%'"
        )

    def _confluence(self) -> int:
        """1 if applying every event once more changes anything."""
        before = self._digest()
        self.database.execute("UPDATE event SET applied_at = NULL")
        while event_inbox.apply_events():
            pass
        return int(before != self._digest())

    def _digest(self) -> str:
        row = self.database.execute(
            "SELECT md5(string_agg(concat_ws('|', v.campaign_id, v.subscriber_id, v.state, v.reason, d.delivered_at), ',' "
            "    ORDER BY v.campaign_id, v.subscriber_id)) "
            "|| (SELECT md5(string_agg(concat_ws('|', id, soft_bounces), ',' ORDER BY id)) FROM subscriber "
            "    WHERE soft_bounces > 0) "
            "|| (SELECT md5(string_agg(concat_ws('|', address_key, reason, cause, detail, evidence_at), ',' ORDER BY address_key)) "
            "    FROM suppression) "
            "|| (SELECT md5(string_agg(concat_ws('|', id, state, unsubscribed_how, unsubscribed_at), ',' ORDER BY id)) FROM subscription) "
            "|| (SELECT md5(string_agg(concat_ws('|', key, cause, address_key), ',' ORDER BY key)) FROM event) "
            "FROM delivery_state v JOIN delivery d USING (campaign_id, subscriber_id)"
        ).fetchone()
        return str(row)

    def _notes(self) -> list[str]:
        rows = self.database.execute(
            "SELECT state, count(*), sum(recipients), sum((SELECT count(*) FROM attempt a WHERE a.campaign_id = c.id)) "
            "FROM campaign c GROUP BY state"
        ).fetchall()
        notes = [
            f"{count} campaigns {state}: {people} recipients, {attempts} attempts" for state, count, people, attempts in rows
        ]
        outcomes = self.database.execute("SELECT outcome, count(*) FROM attempt GROUP BY 1 ORDER BY 2 DESC").fetchall()
        notes.append("attempts: " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes))
        settled = self.database.execute("SELECT proof, count(*) FROM chaos_move WHERE old = 'unknown' GROUP BY 1").fetchall()
        notes.append("unknown slices ended by: " + (", ".join(f"{proof} {count}" for proof, count in settled) or "nothing"))
        return notes
