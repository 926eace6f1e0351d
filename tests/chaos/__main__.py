"""`make chaos`, or `python -m tests.chaos`: kill everything, let the system settle, and compare with the sandbox's ledger.

A run has its own servers, database and folder, and removes them at its end. The last line is the result as JSON. The exit
code is 1 if anything is not as docs/delivery.md promises.
"""

import argparse
import json
import os
import signal
import sys
import time
from typing import Any

from tests.chaos.plan import API, Plan


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    plan = Plan()
    plan.attempt_size, plan.hits = 0, -1
    whole = {
        "n": "recipients of the large campaign", "kills": "kills: processes at named points and at random, and whole groups",
        "seed": "seed of all random choices", "attempt-size": "recipients in one request; 0: 20, in strict campaigns 200",
        "slots": "requests under way at once in one sending worker", "workers": "sending workers", "beats": "beats",
        "db-restarts": "immediate restarts of PostgreSQL", "flushes": "flushes of the broker; every message is doubled as often",
        "broker-kills": "SIGKILLs of the broker, which keeps nothing", "campaigns": "small campaigns of 40 people in addition to the large one",
        "erase": "recipients of the large campaign who are erased by one action while it is sent; 0: none",
        "erase-kills": "kills of that action at each of its points",
        "hits": "minimum number of hits of each named point; -1: one in fifty of the kills",
    }  # fmt: skip
    for name, meaning in whole.items():
        parser.add_argument(f"--{name}", type=int, default=getattr(plan, name.replace("-", "_")), help=f"{meaning} (%(default)s)")
    parser.add_argument("--minutes", type=float, default=plan.minutes, help="the whole run ends within this time (%(default)s)")
    parser.add_argument("--pause", type=float, default=plan.pause, help="at most this many seconds between kills (%(default)s)")
    parser.add_argument(
        "--short-leases", action="store_true", help="end the leases of killed processes at once, because they cannot act any more"
    )
    parser.add_argument("--settle-minutes", type=float, default=plan.settle_minutes,
                        help="policy settle=resend: minutes without evidence; must exceed the webhooks' delay (%(default)s)")  # fmt: skip
    parser.add_argument("--webhooks", choices=("on", "late", "off", "doubled"), default=plan.webhooks,
                        help="on; 25 s late; off (uncertain recipients stay listed); doubled, reordered and malformed (%(default)s)")  # fmt: skip
    parser.add_argument("--api", choices=tuple(API), default=plan.api,
                        help="how the provider misbehaves; mixed = one request in ten, before or after acceptance (%(default)s)")  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="strict campaigns, with moved clocks and without webhooks")
    parser.add_argument(
        "--measuring",
        action="store_true",
        help="clicks are measured, half of the people agreed, and readers click during the run",
    )
    parser.add_argument("--bug", default="", help="a seeded bug by name, or `all`, or `list`: each must be caught within 3 seeds")
    parser.add_argument("--wrong-ledger", action="store_true", help="judge by a falsified ledger: the run must fail")
    parser.add_argument("--cell", default="", help="run the small cell of that bug without the bug")
    parser.add_argument("--with-bug", action="store_true", help="run that cell with its bug")
    parser.add_argument("--quiet", action="store_true", help="print only the result")
    parser.add_argument("--keep-log", default="", help="copy the processes' log to this file at the end")
    return parser.parse_args(arguments)


def plan_of(given: argparse.Namespace) -> Plan:
    fields = {name: value for name, value in vars(given).items() if name in Plan.__dataclass_fields__}
    return Plan(**fields)


def environment(plan: Plan, folder: str, sandbox: Any, web_port: int) -> dict[str, str]:
    return {
        "MAILROOM_DATA_DIR": folder,
        "MAILROOM_SENDGRID_API_KEY": "SG.chaos",
        "MAILROOM_SENDGRID_HOST": sandbox.url,
        "MAILROOM_SENDGRID_WEBHOOK_KEYS": sandbox.public_key,
        "MAILROOM_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "MAILROOM_ATTEMPT_SIZE": str(plan.attempt_size),
        "MAILROOM_SEND_SLOTS": str(min(64, plan.slots * plan.workers)),
        "MAILROOM_LOG_LEVEL": "warning",
        **({"MAILROOM_CLOCK_FILE": f"{folder}/clock"} if plan.strict else {}),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def run(plan: Plan, quiet: bool, keep_log: str = "") -> dict[str, Any]:
    """Do one whole run; return its result."""
    for name in [n for n in os.environ if n.startswith("MAILROOM_")]:
        del os.environ[name]
    from tests.chaos.cells import Cell
    from tests.chaos.company import Company
    from tests.chaos.run import Run, free_port
    from tests.chaos.stage import Stage
    from tests.support.sandbox_process import SandboxProcess

    def say(line: str) -> None:
        if not quiet:
            print(line, flush=True)

    stage = Stage()
    try:
        say(f"PostgreSQL and Valkey in {stage.folder}, fsync off (processes die, not the machine), synchronous_commit on")
        with SandboxProcess("--data", str(stage.folder / "sandbox"), "--inbox", "full") as sandbox:
            web_port = free_port()
            variables = environment(plan, str(stage.folder), sandbox, web_port)
            os.environ.update(variables)
            import django

            django.setup()
            company = Company(stage.folder, variables, plan.bug)
            company.open(guard=[sandbox.pid])
            try:
                from tests.chaos import erasing  # needs Django's settings

                kind = Cell if plan.cell else erasing.BulkErasure if plan.erase else Run
                course = kind(plan, stage, sandbox, company, say, web_port)
                course.prepare()
                return erasing.conclude(course, sandbox, say) if plan.erase else conclude(course, sandbox, say)
            finally:
                company.close()
                if keep_log:
                    with open(keep_log, "wb") as kept:
                        kept.write(company.log.read_bytes())
    finally:
        stage.close()


def conclude(course: Any, sandbox: Any, say: Any) -> dict[str, Any]:
    from tests.chaos.judging import Judge
    from tests.chaos.watching import Watch

    plan = course.plan
    watch = Watch(course.stage, sandbox, every=max(1, plan.n // plan.attempt_size // 2500))
    watch.start()
    course.go()
    watch.end()
    database = course.stage.connect()
    if course.clicking:
        course.clicking.end()
        course.clicking.settle(database)
    course.end()
    course.database.close()
    entries = sandbox.ledger()
    if plan.wrong_ledger:
        entries = tampered(entries)
    judge = Judge(database, sandbox, course.campaign_ids)
    verdict = judge.judge(entries, sample_of(sandbox, plan))
    verdict.write_ahead_violations += watch.missing
    verdict.invariants["I2"] += watch.missing
    verdict.invariants["I4"] += watch.unbalanced
    verdict.invariants["I12"] = int(course.rest_seconds < 0)
    verdict.invariants["I13"] = int(course.rest_seconds < 0 or course.rest_seconds > plan.rest_seconds + 30)
    verdict.invariants["I15"] = 0  # gates within the quarantine are counted with I9
    verdict.invariants["I18"] += sum(count for status, count in course.forged_answers.items() if 200 <= status < 300)
    if course.clicking:
        verdict.invariants |= course.clicking.judge(database, course.done["restart_database"], say)
    database.close()
    return summary(course, verdict, watch, say)


def tampered(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A false ledger: one mail twice, one missing."""
    return [*entries[1:], entries[len(entries) // 2]]


def sample_of(sandbox: Any, plan: Plan) -> list[dict[str, Any]]:
    """Some whole messages, as their recipients see them."""
    page = sandbox.call("GET", "/_sandbox/messages?to=few&limit=20")["messages"]
    step = max(1, plan.n // 60)
    for since in range(0, plan.n, step):
        page += sandbox.call("GET", f"/_sandbox/messages?since={since}&limit=1")["messages"]
    whole = [sandbox.call("GET", f"/_sandbox/messages/{line['id']}") for line in page if "@people.example" in line["to"]]
    return whole


def summary(course: Any, verdict: Any, watch: Any, say: Any) -> dict[str, Any]:
    plan = course.plan
    ambiguous = 0
    if plan.cell:
        ambiguous = course.circumstances.unknown_allowed
    elif plan.webhooks == "off" and not plan.strict:
        faulted = sum(1 for request in course.sandbox.requests() if request.get("fault"))
        ambiguous = (course.processes_killed * plan.slots + faulted) * plan.attempt_size
    faults = verdict.faults(ambiguous) + course.unasked
    if not plan.cell:
        faults += [f"{point} hit {course.hits[point]} times, {plan.hits} wanted" for point in course.missing()]
        wanted = {"restart_database": plan.db_restarts, "flush_broker": plan.flushes, "kill_broker": plan.broker_kills}
        faults += [f"{what}: {course.done[what]} of {count}" for what, count in wanted.items() if course.done[what] < count]
        if course.kills < plan.kills:
            faults.append(f"kills: {course.kills} of {plan.kills}")
    result = {
        "n": plan.n, "kills": course.kills, "processes_killed": course.processes_killed, "stops": course.stops,
        "points": {point: course.hits[point] for point in plan.points}, "db_restarts": course.done["restart_database"],
        "flushes": course.done["flush_broker"], "broker_kills": course.done["kill_broker"], "duplicates": verdict.duplicates,
        "lost": verdict.lost, "unknown": verdict.unknown, "unknown_allowed": ambiguous, "unlisted": verdict.unlisted,
        "misreported": verdict.misreported, "write_ahead_violations": verdict.write_ahead_violations,
        "consent_violations": verdict.consent_violations, "invariants": dict(sorted(verdict.invariants.items(), key=lambda i: int(i[0][1:]))),
        "recipients": verdict.recipients, "accepted": verdict.accepted, "skipped": verdict.skipped, "abandoned": verdict.abandoned, "taken_back": verdict.taken_back, "failed": verdict.failed, "attempt_size": plan.attempt_size, "slots": plan.slots,
        "workers": plan.workers, "beats": plan.beats, "webhooks": plan.webhooks, "api": plan.api, "seed": plan.seed, "bug": plan.bug,
        "strict": plan.strict, "clock_jumps": course.clocks.jumps if course.clocks else 0, "settle_seconds": round(60 * plan.settle_minutes), "slowest_event": verdict.slowest_event, "rest_seconds": round(course.rest_seconds, 1), "seconds": round(time.monotonic() - course.begun, 1), "faults": faults,
    }  # fmt: skip
    say("")
    say("done in addition to the kills: " + ", ".join(f"{what} {count}" for what, count in sorted(course.done.items())))
    say(f"answers to forged posts: {dict(course.forged_answers)}")
    heard = watch.receipts
    say(f"during the run: {heard.looked_up} requests checked on arrival ({heard.not_looked_up} not, because the database was down) and "
        f"{watch.looked_up} within a second; {watch.missing} without their attempt; {watch.balances_taken} balances checked, {watch.unbalanced} wrong; database down {watch.database_away} times")  # fmt: skip
    for note in verdict.notes:
        say(note)
    for name, value in result.items():
        if not isinstance(value, dict | list):
            say(f"  {name:24} {value}")
    say("  points hit               " + ", ".join(f"{point} {count}" for point, count in result["points"].items()))
    say("  invariants violated      " + ", ".join(f"{name} {count}" for name, count in result["invariants"].items()))
    for fault in faults:
        say(f"NOT AS PROMISED  {fault}")
    return result


def main() -> int:
    given = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if given.bug:
        from tests.chaos import cells

        return cells.catch(given.bug, given.seed, given.quiet)
    if given.cell:
        from tests.chaos.cells import plan_for

        plan = plan_for(given.cell, given.seed, given.with_bug)
        plan.wrong_ledger = given.wrong_ledger
    else:
        plan = plan_of(given)
    result = run(plan, given.quiet, given.keep_log)
    print(json.dumps(result))
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
