"""Do not attach a campaign's table to `delivery` if roles other than its owner may read or write it.

The function of 0010 accepted grants of SELECT, INSERT, UPDATE and DELETE to any role. Rights on a partition add to those on
`delivery`: with a grant to PUBLIC every role could have read and changed a campaign's recipients. Now a grant is accepted only
if `delivery` has the same one for the same role, as an operator's default privileges may set. Nothing else has changed.
"""

from importlib import import_module

from django.db import migrations

FORWARD = """
DO $do$ BEGIN EXECUTE format($make$
CREATE OR REPLACE FUNCTION attach_delivery(campaign bigint) RETURNS void
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
            OR EXISTS (
                SELECT FROM aclexplode(relacl) WHERE grantee <> relowner AND (
                    is_grantable OR privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                    OR (grantee, privilege_type) NOT IN (
                        SELECT a.grantee, a.privilege_type FROM pg_class d, aclexplode(d.relacl) a
                        WHERE d.oid = '%1$I.delivery'::regclass
                    )
                )
            )
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
OLD = import_module(".0010_attach_as_owner", __package__).FORWARD
BACKWARD = OLD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0012_causes_of_old_bounces")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
