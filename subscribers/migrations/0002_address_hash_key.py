"""Create the key of the address hash: generated once, by the server, never changed (docs/decisions/address-key.md).

It has no model, because a table that Django does not manage survives a flush; only `addresses_sql` reads it.
Two random UUIDs are 244 random bits; the embedded server has no pgcrypto.
"""

from django.db import migrations

FORWARD = """
CREATE TABLE address_hash_key (
    id integer PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO address_hash_key (id, key) VALUES (1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
CREATE TRIGGER address_hash_key_stays BEFORE UPDATE OR DELETE ON address_hash_key
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TABLE address_hash_key;"


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0001_initial"), ("publication", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
