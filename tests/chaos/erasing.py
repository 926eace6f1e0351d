"""A bulk erase of many people beside a campaign that is being sent to them, while processes are killed: nobody leaves a trace.

Each person has a number, which is in the address, the name and the attributes, so that one pattern finds what is left of anybody.
"""

import json
import random
import re
import time
from collections import Counter
from typing import Any

from tests.chaos.judging import Judge, Verdict, load_ledger
from tests.chaos.plan import ERASING
from tests.chaos.run import Run
from tests.support import stored_texts

_NUMBER = re.compile(rb"reader0*(\d+)")
_PLANTED = """
UPDATE subscriber SET attributes = jsonb_build_object('unit', 'unit of reader' || (id - 1))
WHERE id <= %(n)s;
INSERT INTO notice (purpose, token, subscriber_id, list_id, address, parameters, state, reason, created_at, attempt, message_id)
SELECT 'confirm', id || ':0', id, %(list)s, address, jsonb_build_object('name', name), 'accepted', '250 <' || address || '>',
       now() - interval '3 days', 1, '' FROM subscriber WHERE id <= %(n)s AND id %% 7 = 0;
INSERT INTO suppression (address_key, address, reason, detail, origin, cause)
SELECT address_key, address, 'soft_bounces', '452 <' || address || '> is full', 'event', 'full' FROM subscriber
WHERE id <= %(n)s AND id %% 50 = 0;
UPDATE subscription SET consent = 'as ' || name || ' <' || address || '> wrote' FROM subscriber s
WHERE s.id = subscriber_id AND s.id <= %(n)s AND s.id %% 5 = 0;
"""
# When an erasure was committed, by the server's record of commits.
_RECORD = """
CREATE TABLE chaos_erased (subscriber_id bigint PRIMARY KEY, address_key bytea);
CREATE FUNCTION chaos_note_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO chaos_erased VALUES (NEW.id, OLD.address_key); RETURN NULL; END';
CREATE TRIGGER chaos_erased AFTER UPDATE ON subscriber FOR EACH ROW
    WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION chaos_note_erased();
"""
# The keyed hash may stay for the suppression, and for what is done at the provider (docs/security.md).
_KEPT = {"suppression.address_key", "provider_list_change.address_key", "chaos_erased.address_key"}
# Where those who are not erased must be seen.
_SEARCHED = (
    "subscriber.address", "subscriber.name", "subscriber.attributes", "subscription.consent", "notice.address", "suppression.address",
    "import_run.refusals", "imports-of-people/kept.refused.csv", "imports-of-people/kept.new.rows",
)  # fmt: skip
# What the harness itself stores.
_OWN = ("sandbox", "run")
_TRUE = """
SELECT a.handled, a.changed, (SELECT COALESCE(sum(people::int), 0) FROM jsonb_each_text(a.left_out) AS l (reason, people)), a.total, a.state,
       (SELECT count(*) FROM people_action_member m WHERE m.action_id = a.id AND m.outcome <> ''),
       (SELECT count(*) FROM people_action_member m WHERE m.action_id = a.id AND m.outcome = 'changed')
FROM people_action a WHERE a.id = %s
"""


class BulkErasure(Run):
    """The campaign of a usual run, and one action that erases many of its recipients while it is sent."""

    action = 0
    untrue = looks = 0
    erase_began = erase_ended = 0.0
    others: Counter[str]  # where those who were not erased are, which shows that the search works

    def prepare(self) -> None:
        super().prepare()
        self.others = Counter()
        self.database.execute(_RECORD)
        values = {"n": self.plan.n, "list": self.main.lists.get().pk}
        for statement in _PLANTED.split(";\n"):
            self.database.execute(statement, values)
        self._keep_files()
        chosen = random.Random(self.plan.seed).sample(range(1, self.plan.n + 1), self.plan.erase)
        self.chosen = tuple(sorted(chosen))

    def _keep_files(self) -> None:
        """An export of everybody, and the files of an import that refused many of them."""
        from config import private_files
        from publication import audit, clock
        from subscribers.importing.runs import kept_files
        from subscribers.models import ImportRun
        from subscribers.people import actions
        from subscribers.people.people_filter import PeopleFilter
        from worker import upkeep

        asked = PeopleFilter()
        columns = {"columns": ["email", "name"], "format": "csv", "headings": {}, "terms": {}}
        actions.begin(audit.command_line(), "export", asked, columns, confirmed=actions.count(asked))
        upkeep.change_people()
        private_files.make_folder(kept_files.folder())
        rows = self.database.execute("SELECT address FROM subscriber WHERE id <= %s AND id %% 3 = 0", [self.plan.n]).fetchall()
        people = [row[0] for row in rows]
        run = ImportRun.objects.create(
            file_name="people.csv", actor=audit.command_line(), state="done", finished_at=clock.now(), stored_file="kept",
            refusals=[{"line": line, "message": f"{address} is known"} for line, address in enumerate(people[:100])],
        )  # fmt: skip
        with private_files.create(kept_files.beside(run.stored_file, "refused.csv")) as file:
            file.writelines(f'{address},"no, not one"\n' for address in people)
        with private_files.create(kept_files.beside(run.stored_file, "new.rows")) as file:
            file.writelines(f"{json.dumps([1, address])}\n" for address in people)

    # -- the action, and kills of the process that makes it

    def _do_erase(self) -> None:
        """Begin the action as by a doubled click: twice at once, with the same token."""
        self.erase_began = time.monotonic()
        for _ in range(2):
            self.attempt(self._begin, "erase")

    def _begin(self) -> None:
        from publication import audit
        from subscribers.people import actions
        from subscribers.people.people_filter import PeopleFilter

        asked = PeopleFilter(ids=self.chosen)
        self.action = actions.begin(audit.command_line(), "erase", asked, {}, confirmed=len(self.chosen), token="click").pk

    def rare(self) -> list[str]:
        """Points of the action are armed in every process that may make it."""
        wanted = [point for point in ERASING if self.hits[point] < self.plan.erase_kills]
        return [f"{point}:{self.random.randint(2, 8)}" for point in wanted] if self.action and not self.calm else []

    def tell(self) -> None:
        super().tell()
        if self.action and not self.erase_ended:
            for member in self.company.alive("upkeep"):
                if not member.armed and (points := self.rare()):
                    self.company.arm(member, ",".join(points))
            try:
                self._look_at_action()
            except Exception:
                from django.db import connection

                connection.close()

    def _look_at_action(self) -> None:
        """Whether what the action's page shows is true at this moment."""
        handled, changed, left_out, total, state, members, members_changed = self._execute(_TRUE, [self.action])[0]
        self.looks += 1
        self.untrue += (handled, changed) != (members, members_changed) or changed + left_out != handled
        self.progress["erased"] = handled
        if state in ("done", "failed"):
            self.erase_ended = time.monotonic()
            self.untrue += handled != total

    def at_rest(self) -> bool:
        return bool(self.erase_ended) and super().at_rest()

    def traces(self) -> Counter[str]:
        """Where something of somebody who was erased is left, and how often."""
        gone = {row[0] - 1 for row in self.database.execute("SELECT subscriber_id FROM chaos_erased").fetchall()}
        keys = {bytes(row[0]) for row in self.database.execute("SELECT address_key FROM chaos_erased").fetchall()}
        left: Counter[str] = Counter()

        def look(content: bytes, where: str) -> None:
            numbers = _NUMBER.findall(content)
            left[where] += sum(int(number) in gone for number in numbers)
            self.others[where] += sum(int(number) not in gone for number in numbers)

        with self.database.cursor() as cursor:
            for table, name, text in list(stored_texts.columns(cursor)):
                if name.startswith("chaos_"):
                    continue
                cursor.execute(f"SELECT {text} FROM {table} WHERE strpos(lower({text}), 'reader') > 0")
                for (value,) in cursor.fetchall():
                    look(value.lower().encode(), name)
            for table, name, _ in list(stored_texts.keys(cursor)):
                column = name.partition(".")[2]
                cursor.execute(f'SELECT count(*) FROM {table} WHERE "{column}" = ANY(%s)', [list(keys)])
                left[f"{name} (hash)"] += cursor.fetchone()[0] if name not in _KEPT else 0
        with self.stage.broker() as client:
            for where, content in stored_texts.of_broker(client):
                look(content.lower(), where)
        for path in stored_texts.files(self.stage.folder, (*stored_texts.SERVERS[:1], *_OWN)):
            look(path.read_bytes().lower(), path.relative_to(self.stage.folder).as_posix())
        return +left


def conclude(course: BulkErasure, sandbox: Any, say: Any) -> dict[str, Any]:
    """Run it and return its result; `faults` names what is not as promised."""
    from campaigns.provider_lists import list_changes
    from subscribers.people import actions
    from worker import upkeep

    plan = course.plan
    course.go()
    course.end()
    while course.company.alive():  # nothing writes any more
        course.company.news(0.2)
    course.database.close()
    course.database = course.stage.connect()
    # The addresses are kept until they are off the provider's lists, which takes a call each.
    planned = course.database.execute("SELECT count(*) FROM provider_list_change WHERE state = 'planned'").fetchone()[0]
    while changes := list_changes.due("remove", 1000):
        list_changes.end(changes)
    upkeep.apply_events()
    upkeep.tidy()
    judge, verdict = Judge(course.database, sandbox, course.campaign_ids), Verdict()
    load_ledger(course.database, sandbox.ledger())
    judge._compare(verdict)
    one = judge.one
    action = course._execute(_TRUE, [course.action])[0]
    counts = {
        "duplicates": verdict.duplicates, "lost": verdict.lost, "misreported": verdict.misreported, "unlisted": verdict.unlisted,
        "unknown": verdict.unknown, "write_ahead": judge._write_ahead(verdict), "not_balanced": judge._conservation(),
        "mailed_after_erasure": one(
            "SELECT count(*) FROM chaos_ledger l JOIN chaos_erased e USING (subscriber_id) "
            "JOIN chaos_gate g USING (attempt_id) WHERE g.begun > pg_xact_commit_timestamp(e.xmin)"
        ),
        "untrue_progress": course.untrue,
        "actions_too_many": one("SELECT count(*) FROM people_action WHERE kind = 'erase'") - 1,
        "not_done": int((action[4], action[0], action[3]) != ("done", plan.erase, plan.erase)),
        "wrong_report": int(action[1] + action[2] != plan.erase) + abs(
            action[1] - one("SELECT count(*) FROM consent_record WHERE act = 'erased' AND source = %s", [f"action:{course.action}"])
        ),
        "not_erased": plan.erase - one("SELECT count(*) FROM subscriber WHERE id = ANY(%s) AND erased_at IS NOT NULL "
                                       "AND address IS NULL AND name = '' AND attributes = '{}'", [list(course.chosen)]),
        "erased_twice": one("SELECT count(*) - count(DISTINCT subscriber_id) FROM consent_record WHERE act = 'erased'"),
        "not_suppressed": one("SELECT count(*) FROM chaos_erased e WHERE NOT EXISTS "
                              "(SELECT FROM suppression s WHERE s.address_key = e.address_key AND s.erased_at IS NOT NULL)"),
        "audit_lines": one("SELECT count(*) FROM audit WHERE verb = 'change_people' AND detail ->> 'kind' = 'erase'") - 1
        + one("SELECT count(*) FROM audit WHERE verb IN ('erase', 'unsubscribe', 'suppress') AND actor_id = "
              "(SELECT actor_id FROM people_action WHERE id = %s)", [course.action]),
        "still_due": int(actions.is_due()), "not_at_rest": int(course.rest_seconds < 0),
    }  # fmt: skip
    traces = course.traces()
    counts["not_searched"] = sum(not course.others[where] for where in _SEARCHED)
    late = course.database.execute(
        "SELECT count(*), COALESCE(max(extract(epoch FROM l.at - pg_xact_commit_timestamp(e.xmin))), 0) FROM chaos_ledger l "
        "JOIN chaos_erased e USING (subscriber_id) WHERE l.at > pg_xact_commit_timestamp(e.xmin)"
    ).fetchone()
    seconds = max(0.1, course.erase_ended - course.erase_began)
    result = {
        "n": plan.n, "erase": plan.erase, "seed": plan.seed, "kills": course.kills, "processes_killed": course.processes_killed,
        "kills_of_the_action": {point: course.hits[point] for point in ERASING}, "recipients": verdict.recipients,
        "accepted": verdict.accepted, "skipped": verdict.skipped, "abandoned": verdict.abandoned, "report": [*map(str, action[:5])],
        "looks_at_progress": course.looks, "planned_at_provider": planned, "erase_seconds": round(seconds, 1),
        "erased_per_second": round(plan.erase / seconds, 1), "mailed_before": one(
            "SELECT count(*) FROM chaos_ledger JOIN chaos_erased USING (subscriber_id)"),
        "gated_before_and_received_after": late[0], "received_seconds_after_at_most": round(float(late[1]), 2),
        **counts, "traces": dict(traces), "rest_seconds": round(course.rest_seconds, 1),
        "seconds": round(time.monotonic() - course.begun, 1),
        "faults": [f"{name}: {count}" for name, count in counts.items() if count] + [*map(str, traces.items()), *course.unasked],
    }  # fmt: skip
    for name, value in result.items():
        say(f"  {name:32} {value}")
    for note in verdict.notes:
        say(note)
    for fault in result["faults"]:
        say(f"NOT AS PROMISED  {fault}")
    return result
