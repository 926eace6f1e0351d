"""The view that defines the state of a delivery, the sequence of fencing tokens for claims, and the append-only log."""

from django.db import migrations

FORWARD = """
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
CREATE SEQUENCE claim_fence;
CREATE TRIGGER delivery_log_append_only BEFORE UPDATE OR DELETE ON delivery_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER delivery_log_append_only ON delivery_log; DROP SEQUENCE claim_fence; DROP VIEW delivery_state;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("publication", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
