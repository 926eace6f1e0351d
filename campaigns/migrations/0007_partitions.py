"""One table of deliveries per campaign: it is filled and removed as a whole, and no campaign slows down another."""

from django.db import migrations

VIEW = """
CREATE VIEW delivery_state AS
SELECT d.campaign_id,
       d.subscriber_id,
       d.address_key,
       d.variant,
       d.wave,
       s.id AS slice_id,
       s.number AS slice_number,
       s.current_attempt_id AS attempt_id,
       COALESCE(d.state, s.state) AS state,
       CASE WHEN d.state IS NULL THEN s.reason ELSE d.reason END AS reason,
       CASE WHEN d.state IS NULL THEN s.proof ELSE d.proof END AS proof
FROM delivery d
JOIN slice s ON s.campaign_id = d.campaign_id
            AND s.number = d.slice
            AND s.state <> 'split'
            AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id;
"""
COLUMNS = """
    campaign_id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    slice integer NOT NULL,
    variant smallint NOT NULL DEFAULT 0,
    wave smallint NOT NULL DEFAULT 0,
    address_key bytea NOT NULL,
    state text,
    reason text,
    proof text,
    CONSTRAINT delivery_pkey PRIMARY KEY (campaign_id, subscriber_id),
    CONSTRAINT delivery_once_per_address UNIQUE (campaign_id, address_key)
"""
NAMES = "campaign_id, subscriber_id, slice, variant, wave, address_key, state, reason, proof"
MAKE = """
DROP VIEW delivery_state;
ALTER TABLE delivery RENAME TO delivery_before;
ALTER TABLE delivery_before DROP CONSTRAINT delivery_pkey, DROP CONSTRAINT delivery_once_per_address;
CREATE TABLE delivery ({columns}) {partitioned};
"""
FORWARD = (
    MAKE.format(columns=COLUMNS, partitioned="PARTITION BY LIST (campaign_id)")
    + f"""
DO $$
DECLARE number bigint;
BEGIN
    FOR number IN SELECT DISTINCT campaign_id FROM delivery_before ORDER BY 1 LOOP
        EXECUTE format('CREATE TABLE delivery_%s PARTITION OF delivery FOR VALUES IN (%s)', number, number);
    END LOOP;
END $$;
INSERT INTO delivery ({NAMES}) SELECT {NAMES} FROM delivery_before;
DROP TABLE delivery_before;
"""
    + VIEW
)
BACKWARD = (
    MAKE.format(columns=COLUMNS, partitioned="")
    + f"INSERT INTO delivery ({NAMES}) SELECT {NAMES} FROM delivery_before; DROP TABLE delivery_before;"
    + VIEW
)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_claim_indexes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
