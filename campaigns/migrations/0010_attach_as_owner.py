"""Attach a campaign's table to `delivery` by a function of the owner, so that the sending role need not own any table.

The application creates a campaign's table in the schema `filling`, where it has the right to; the function moves it. From then
on the table belongs to the owner, so any code of the application attached to the table would run with the owner's rights.

The function trusts nothing about that table, and uses no list of dangerous objects. It accepts exactly what the fill
creates and rejects everything else:

- a plain, logged table with the columns of `delivery`, on which nobody has extra rights;
- one check constraint, the one that spares ATTACH PARTITION a scan, and plain keys and constant defaults;
- no dependency in either direction between the table's parts and anything outside it. PostgreSQL records every use of a
  function, operator, type, collation, operator class or access method in pg_depend, except of its own (pinned) ones. It also
  records every trigger, rule, policy, view, statistics object, inheritance and sequence as depending on the table.

Catalogue queries use the transaction's snapshot, but ALTER TABLE uses the newest state. Above READ COMMITTED the checks could
see a table as it was before another session changed it, so such a transaction is rejected.
"""

from django.db import migrations

# Names in the function's body resolve only in pg_catalog: nothing that a caller creates can replace them.
FORWARD = """
CREATE SCHEMA IF NOT EXISTS filling;
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION attach_delivery(campaign bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'delivery_' || campaign::text;
    made regclass;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'attach_delivery needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    EXECUTE format('LOCK TABLE filling.%%I IN ACCESS EXCLUSIVE MODE', name);
    made := format('filling.%%I', name)::regclass;
    IF EXISTS (
        SELECT FROM pg_class WHERE oid = made AND (
            relkind <> 'r' OR relpersistence <> 'p' OR relhastriggers OR relhasrules OR relrowsecurity OR relispartition
            OR EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee <> relowner
                       AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
        )
    ) OR EXISTS (
        SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute
        WHERE attrelid = '%1$I.delivery'::regclass AND attnum > 0 AND NOT attisdropped
        EXCEPT
        SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute
        WHERE attrelid = made AND attnum > 0 AND attgenerated = '' AND attidentity = '' AND attacl IS NULL
    ) OR (SELECT count(*) FROM pg_attribute WHERE attrelid = '%1$I.delivery'::regclass AND attnum > 0 AND NOT attisdropped)
        <> (SELECT count(*) FROM pg_attribute WHERE attrelid = made AND attnum > 0)
    OR EXISTS (SELECT FROM pg_index WHERE indrelid = made AND (indexprs IS NOT NULL OR indpred IS NOT NULL))
    OR EXISTS (SELECT FROM pg_attrdef WHERE adrelid = made AND pg_get_expr(adbin, adrelid) !~ '^[0-9]+$')
    OR EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = made AND contype NOT IN ('p', 'u', 'n')
        AND (conname <> name || '_only' OR pg_get_constraintdef(oid) <> format('CHECK ((campaign_id = %%s))', campaign))
    ) OR EXISTS (
        WITH part (class, id) AS MATERIALIZED (
            SELECT 'pg_class'::regclass::oid, made::oid
            UNION ALL SELECT 'pg_class'::regclass, reltoastrelid FROM pg_class WHERE oid = made AND reltoastrelid <> 0
            UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index
                      WHERE indrelid = made OR indrelid = (SELECT NULLIF(reltoastrelid, 0) FROM pg_class WHERE oid = made)
            UNION ALL SELECT 'pg_type'::regclass, reltype FROM pg_class WHERE oid = made
            UNION ALL SELECT 'pg_type'::regclass, t.typarray FROM pg_class c JOIN pg_type t ON t.oid = c.reltype
                      WHERE c.oid = made
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = made
            UNION ALL SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = made
        )
        SELECT FROM part JOIN pg_depend d ON d.classid = part.class AND d.objid = part.id
        WHERE (d.refclassid, d.refobjid) NOT IN (SELECT class, id FROM part)
        AND (d.refclassid, d.refobjid) <> ('pg_namespace'::regclass, 'filling'::regnamespace)
        UNION ALL
        SELECT FROM part JOIN pg_depend d ON d.refclassid = part.class AND d.refobjid = part.id
        WHERE (d.classid, d.objid) NOT IN (SELECT class, id FROM part)
    ) THEN
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
