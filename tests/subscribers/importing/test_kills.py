"""The worker's process is killed at random moments of an import and of its undo, and run again: the result is the uninterrupted one."""

import random
import sys
import time

import pytest

from publication import audit
from publication.models import Audit
from subscribers import attribute_declarations, mailing_lists
from subscribers.attributes import Type
from subscribers.importing import undo
from subscribers.importing.runs import file_preview, import_runs
from subscribers.models import ImportRun, Subscriber
from tests.subscribers.importing.runs import forget_people, outcome
from tests.support.processes import Processes
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(580)]
KILLS, SLICE, PEOPLE = 20, 15, 5000
WORKER = [sys.executable, "-m", "tests.subscribers.importing.killed_worker", str(SLICE)]
STATES = ("subscribed",) * 7 + ("unsubscribed", "bounced", "complained", "pending")


def file_of(seed):
    chance = random.Random(seed)
    rows = ["email,name,status,unit"]
    for number in range(PEOPLE):
        address = f"p{number}{'@' if chance.random() > 0.03 else ' at '}example.org"
        if number and chance.random() < 0.02:
            address = f"p{chance.randrange(number)}@example.org"
        rows.append(f"{address},Person {number},{chance.choice(STATES)},{chance.choice(('物理', 'Chemistry', ''))}")
    return "\n".join(rows).encode()


def known_people(actor, mailing_list):
    """People who are here before: on the list, gone from it, suppressed."""
    from subscribers.consent import subscriptions, suppressions

    for number in range(0, 600, 6):
        person = subscriptions.add_confirmed(
            actor, mailing_list, f"p{number}@example.org", consent="c", source="cli"
        ).subscription
        if number % 4 == 0:
            subscriptions.unsubscribe(actor, person.subscriber_id, how="page")
        if number % 9 == 0:
            suppressions.suppress(actor, f"p{number}@example.org", "complaint")


def work(processes, run, kills, chance):
    """Let processes work on a run until it is done, and kill that many of them."""
    progress = ("rows_read", "state", "undone")
    for _ in range(kills):
        process = processes.start("import", WORKER)
        before = ImportRun.objects.values_list(*progress).get(pk=run.pk)
        # It has stored something, so that it is not the third one in a row that did nothing: after three of them a run ends.
        wait_until(
            lambda process=process, before=before: process.poll() is not None
            or ImportRun.objects.values_list(*progress).get(pk=run.pk) != before,
            60, "the run goes on", 0.002,
        )  # fmt: skip
        time.sleep(chance.random() * 0.1)
        assert process.poll() is None, "it was done before it was killed"
        processes.kill("import")
    process = processes.start("import", WORKER)
    assert process.wait(300) == 0, processes.log("import")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_worker_that_is_killed_twenty_times_imports_and_undoes_as_an_uninterrupted_one(seed):
    actor, chance, results = audit.system(), random.Random(seed), []
    attribute_declarations.declare(actor, "unit", Type.TEXT)
    with Processes("http://127.0.0.1:9") as processes:
        for kills in (0, KILLS):
            mailing_list = mailing_lists.create_list(actor, f"list-{kills}", "News")
            known_people(actor, mailing_list)
            run = import_runs.begin(actor, [file_of(seed)], "people.csv")
            import_runs.choose_columns(actor, run, file_preview.preview(run).targets)
            import_runs.choose_list(actor, run, mailing_list, "letter")
            work(processes, run, min(kills, 3), chance)
            import_runs.start(actor, run)
            work(processes, run, kills, chance)
            imported = outcome(run)
            assert imported["run"]["state"] == "done", imported["run"]
            undo.request(actor, run)
            work(processes, run, min(kills, 5), chance)
            results.append((imported, outcome(run), Subscriber.objects.count()))
            assert Audit.objects.filter(verb="import_undone", object_id=str(run.pk)).count() == 1
            forget_people()
        assert "Traceback" not in processes.log("import")
    assert results[0][0] == results[1][0]
    assert results[0][1:] == results[1][1:]
