"""Nasty files: each row is accepted or refused, a file that cannot be read is refused with a reason, and memory stays small."""

import io
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.test import Client

from cli.texts.domain_texts import error_text
from publication import audit
from publication.staff import accounts
from subscribers import mailing_lists
from subscribers.importing.csv_file import CsvFileError
from subscribers.importing.runs import file_preview
from subscribers.importing.workbooks import workbook_process
from subscribers.models import ImportedPerson, ImportRun, Subscriber, Subscription, Suppression
from tests.subscribers.importing.nasty_files import FILES
from tests.subscribers.importing.runs import counts
from tests.support.processes import ROOT, Processes
from tests.support.variations import few
from tests.support.waiting import wait_until
from web.texts import refusal_texts

pytestmark = pytest.mark.django_db(transaction=True)
MOST_MEMORY = 200 * 2**20
MOST_GROWTH = 80 * 2**20  # 45 MiB were seen; before cells were read in slices, 100
PARTS = 5
QUICK = [file for file in FILES if not file.is_large]
# Runs a command and writes its peak of memory in KiB. Started by the tests themselves it would have theirs, from before its program.
MEASURED = (
    "import pathlib, resource, subprocess, sys; code = subprocess.run(sys.argv[2:]).returncode; "
    "pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(abs(code))"
)
PLAIN_FAULT = "Traceback (most recent call last)"


def forget_people():
    ImportedPerson.objects.all()._raw_delete("default")
    for model in (Subscription, Subscriber, Suppression):
        model.objects.all().delete()


def peak_of(pid):
    """The most memory that a process has had, in bytes."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))[1])


def result_of(read, file):
    """`accepted+refused` of the rows, or the code of the refusal of the whole file."""
    fault = None
    try:
        run = read(file.make())
    except CsvFileError as error:
        fault = error
    if fault is not None:
        assert not Subscriber.objects.exists()
        assert all(error_text(fault)), fault.code
        assert refusal_texts.refusal(fault)
        return fault.code
    counts(run)
    assert run.state == ImportRun.State.DONE
    assert sum(Counter(refusal["reason"] for refusal in run.refusals).values()) == min(run.refused_count, 100)
    return f"{run.rows_read - run.refused_count}+{run.refused_count}"


@pytest.mark.parametrize("part", few("some", soak=range(PARTS)))
def test_every_row_of_a_nasty_file_is_accepted_or_refused(read, part):
    assert len(FILES) >= 100
    assert len({file.name for file in FILES}) == len(FILES)
    results = {}
    for file in QUICK[::12] if part == "some" else FILES[part::PARTS]:
        result = result_of(read, file)
        if file.expected and result != file.expected:
            results[file.name] = (result, file.expected)
        forget_people()
    assert not results
    assert workbook_process.MEMORY <= MOST_MEMORY


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.timeout(580)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_command_says_what_is_wrong_with_a_nasty_file_and_takes_little_memory(part, tmp_path):
    """Of the command and of the process that reads workbooks for it, the one with more memory is measured."""
    mailing_lists.create_list(audit.system(), "news", "News")
    faults = {}
    with Processes("http://127.0.0.1:9") as processes:
        for number, file in enumerate(FILES[part::PARTS]):
            path = tmp_path / f"{number}.csv"
            path.write_bytes(file.make())
            command = ["-m", "cli", "subscriber", "import", str(path), "--list", "news", "--consent", "c"]
            done = subprocess.run(
                [sys.executable, "-c", MEASURED, str(tmp_path / "memory"), sys.executable, *command],
                cwd=ROOT, env=processes.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            )  # fmt: skip
            text = (done.stdout + done.stderr).decode("utf-8", "replace")
            path.unlink()
            if done.returncode not in (0, 1, 2) or PLAIN_FAULT in text or (done.returncode and "mailroom: " not in text):
                faults[file.name] = (done.returncode, text[-600:])
            if (memory := int((tmp_path / "memory").read_text("ascii")) * 1024) > MOST_MEMORY:
                faults[file.name] = f"{memory >> 20} MiB"
    assert not faults


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.timeout(580)
@pytest.mark.parametrize("part", range(PARTS))
def test_pages_and_the_worker_say_what_is_wrong_with_a_nasty_file_and_the_worker_takes_little_memory(part):
    """The process that reads workbooks for the worker has a limit of its own (`workbook_process.MEMORY`)."""
    mailing_list = mailing_lists.create_list(audit.system(), "news", "News")
    client = Client()
    client.force_login(accounts.add_first("wei", "wei@cast.example", "correct horse battery staple"))
    runs, refused = {}, {}
    with Processes("http://127.0.0.1:9") as processes:
        upkeep = processes.start_upkeep()
        wait_until(lambda: "[queues]" in processes.log("upkeep"), 60, "the worker has started", 0.5)
        idle = peak_of(upkeep.pid)
        processes.start_beat()
        for file in FILES[part::PARTS]:
            uploaded = io.BytesIO(file.make())
            uploaded.name = "people.csv"
            answer = client.post("/console/uploads/people/new/", {"file": uploaded})
            if answer.status_code == 302:
                runs[file.name] = ImportRun.objects.latest("pk")
            else:
                refused[file.name] = answer
        for name, run in runs.items():
            page = client.get(f"/console/people-imports/{run.pk}/columns/")
            assert page.status_code == 200, name
            try:
                targets = [target or "-" for target in file_preview.preview(run).targets]
            except CsvFileError:
                assert 'role="alert"' in page.content.decode(), name
                continue
            client.post(f"/console/people-imports/{run.pk}/columns/", {"column": targets})
            client.post(f"/console/people-imports/{run.pk}/consent/", {"list": mailing_list.pk, "where": "fair"})
        for state in ("waiting", "running"):
            wait_until(lambda: not ImportRun.objects.filter(state__in=("waiting", "running")).exists(), 400, "nothing waits", 0.5)
            for run in runs.values() if state == "waiting" else ():
                client.post(f"/console/people-imports/{run.pk}/start/")
        assert PLAIN_FAULT not in processes.log("upkeep")
        assert peak_of(upkeep.pid) - idle <= MOST_GROWTH
    for name, answer in refused.items():
        assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True), name
    for name, run in runs.items():
        run.refresh_from_db()
        counts(run)
        page = client.get(f"/console/people-imports/{run.pk}/", follow=True)
        assert (page.status_code, run.state in ("done", "draft")) == (200, True), (name, run.state)
