import pytest
from django.db import DatabaseError, transaction

from publication import audit
from publication.models import Audit, Publication

pytestmark = pytest.mark.django_db


def test_an_actor_is_one_row_however_often_it_acts():
    assert audit.system() == audit.system()
    assert audit.command_line().kind == "cli"


@pytest.mark.parametrize("change", [lambda line: line.save(), lambda line: line.delete()])
def test_the_audit_cannot_be_changed(change):
    audit.record(audit.system(), "launch", Publication.objects.get(), why="test")
    line = Audit.objects.get()
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        change(line)
    assert Audit.objects.get().detail == {"why": "test"}
