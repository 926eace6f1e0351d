"""Which migrations the database lacks, for databases of the version before."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from cli import schema_migrations
from cli.error_reporting import CliError
from publication.database import schema_sql

pytestmark = pytest.mark.django_db


def forget(**which: str) -> None:
    MigrationRecorder(connection).migration_qs.filter(**which).delete()


def test_a_database_that_has_everything_is_adopted():
    assert schema_migrations.pending() == []
    forget(app="editorial", name="0001_schema")
    forget(app="campaigns", name="0001_schema")
    assert sorted(schema_migrations.pending()) == ["campaigns.0001_schema", "editorial.0001_schema"]


def test_a_database_of_an_older_state_is_refused_by_name():
    forget(name="0001_schema")
    forget(app="campaigns", name__gte="0017")
    with pytest.raises(CliError) as caught:
        schema_migrations.pending()
    assert "campaigns lacks 0017_lost_campaigns, 0018_drop_unlisting" in str(caught.value)


def test_migrations_that_another_process_is_recording_are_no_error(monkeypatch):
    recorder = MigrationRecorder(connection)
    missing = [name for app, name in recorder.applied_migrations() if app == "campaigns" and name >= "0017"]
    forget(app="campaigns", name__gte="0017")

    @contextmanager
    def lock_after_the_other_process():
        for name in missing:
            recorder.record_applied("campaigns", name)
        yield

    monkeypatch.setattr(schema_sql, "migration_lock", lock_after_the_other_process)
    assert schema_migrations.pending() == []
    assert len(missing) > 1
