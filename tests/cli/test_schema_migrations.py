"""Which migrations the database lacks, for databases of the version before."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from cli import schema_migrations
from cli.error_reporting import CliError

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
