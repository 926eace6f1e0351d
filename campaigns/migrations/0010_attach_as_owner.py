"""Deliveries become part of `delivery` through a function of its owner: the role that sends need not own any table.

The application makes a campaign's table in the schema `filling`, where it may; the function moves it. A table that brings code
of its own (a trigger, a rule, a default, an index over an expression) is refused: it would run with the owner's rights later.
"""

from django.db import migrations

# The schema is the one that the tables are in, and the search path fixed: nothing that a caller makes can stand in for them.
FORWARD = """
CREATE SCHEMA IF NOT EXISTS filling;
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION attach_delivery(campaign bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %1$I, pg_temp AS $$
DECLARE
    name text := 'delivery_' || campaign;
    made regclass;
BEGIN
    EXECUTE format('LOCK TABLE filling.%%I IN ACCESS EXCLUSIVE MODE', name);
    made := format('filling.%%I', name)::regclass;
    IF EXISTS (SELECT FROM pg_class WHERE oid = made AND (relkind <> 'r' OR relhastriggers OR relhasrules OR relrowsecurity))
        OR EXISTS (SELECT FROM pg_index WHERE indrelid = made AND (indexprs IS NOT NULL OR indpred IS NOT NULL))
        OR EXISTS (SELECT FROM pg_attrdef WHERE adrelid = made AND pg_get_expr(adbin, adrelid) !~ '^[0-9]+$')
        OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = made AND contype NOT IN ('p', 'u', 'n')
                   AND conname <> name || '_only')
        OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_constraint'::regclass AND refclassid = 'pg_proc'::regclass
                   AND objid IN (SELECT oid FROM pg_constraint WHERE conrelid = made))
    THEN
        RAISE EXCEPTION '%% is not a plain table', made USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ALTER TABLE filling.%%I OWNER TO %%I', name, current_user);
    EXECUTE format('ALTER TABLE filling.%%I SET SCHEMA %%I', name, %1$L);
    EXECUTE format('ALTER TABLE %1$I.delivery ATTACH PARTITION %1$I.%%I FOR VALUES IN (%%s)', name, campaign);
    EXECUTE format('ALTER TABLE %1$I.%%I DROP CONSTRAINT %%I', name, name || '_only');
END $$
$make$, current_schema()); END $do$;
"""
BACKWARD = "DROP FUNCTION attach_delivery(bigint); DROP SCHEMA filling;"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0009_override")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
