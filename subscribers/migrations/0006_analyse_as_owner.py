"""Let an import refresh the planner's statistics through a function of the tables' owner.

PostgreSQL skips ANALYZE, with a warning, for a role that does not own the table. The right can be granted only from 17 on.
"""

from django.db import migrations

FORWARD = """
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION analyse_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %1$I, pg_temp AS $$
BEGIN
    ANALYZE %1$I.subscriber, %1$I.subscription;
END $$
$make$, current_schema()); END $do$;
"""
BACKWARD = "DROP FUNCTION analyse_people();"


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0005_suppression_erased_at")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
