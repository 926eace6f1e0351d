"""No subscription is stored to a list that is deleted at the same time.

A trigger of the statement, because a foreign key would cost an import 4 us a row (`Subscription`).
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION keep_lists_of_subscriptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named bigint[] := ARRAY(SELECT DISTINCT list_id FROM after);
    locked bigint;
BEGIN
    PERFORM FROM mailing_list WHERE id = ANY(named) FOR KEY SHARE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < cardinality(named) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a list of these subscriptions was deleted', TABLE = 'subscription';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER subscription_keeps_list AFTER INSERT ON subscription
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION keep_lists_of_subscriptions();
"""
BACKWARDS = "DROP TRIGGER subscription_keeps_list ON subscription; DROP FUNCTION keep_lists_of_subscriptions();"


class Migration(migrations.Migration):

    dependencies = [("subscribers", "0004_suppression_actor")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
