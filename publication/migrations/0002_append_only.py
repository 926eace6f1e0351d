"""Make the audit append-only: a trigger rejects changes and deletions. Other tables use its function too."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
INSERT INTO publication (id, name, zone, language, languages, postal_address, attribute_schema, policies, quarantine_reason)
VALUES (1, 'Newsletter', 'UTC', 'en', '[]', '', '{}', '{}', '');
"""
BACKWARD = "DROP TRIGGER audit_append_only ON audit; DROP FUNCTION refuse_change(); DELETE FROM publication;"


class Migration(migrations.Migration):
    dependencies = [("publication", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
