"""An uploaded document is read by the real worker, also if the worker is killed while it reads."""

import pytest

from editorial.importing.document_imports import State
from editorial.models import DocumentImport, ImportedFile
from publication import audit
from tests.support.documents import TEXT, begun, written
from tests.support.processes import Processes
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(400)]


def state(run: DocumentImport) -> tuple[str, int]:
    return DocumentImport.objects.values_list("state", "tries").get(pk=run.pk)


@pytest.mark.soak
def test_a_killed_worker_is_followed_by_another_and_nothing_is_half_written():
    run = begun(audit.system(), written(TEXT))
    with Processes("http://127.0.0.1:1") as processes:
        worker = processes.start_upkeep(failpoints="import_claimed:1")
        processes.start_beat()  # wakes the worker, as nobody else does here
        wait_until(lambda: worker.poll() is not None, 120, processes.log("upkeep")[-2000:])
        assert worker.returncode == -9
        assert state(run) == (State.READING, 1)
        assert not run.files.filter(role=ImportedFile.Role.FOUND).exists()
        processes.kill("upkeep")
        processes.start_upkeep()
        wait_until(lambda: state(run)[0] == State.READY, 120, processes.log("upkeep")[-2000:])
        assert state(run) == (State.READY, 2)
