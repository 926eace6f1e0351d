"""No subscription is stored to a list that is deleted at the same time.

A trigger of the statement, because a foreign key would cost an import 4 us a row (`Subscription`).
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION keep_lists_of_subscriptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM FROM mailing_list WHERE id IN (SELECT list_id FROM after) FOR KEY SHARE;
    SELECT list_id INTO gone FROM after a WHERE NOT EXISTS (SELECT FROM mailing_list l WHERE l.id = a.list_id) LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('list %s was deleted', gone), TABLE = 'subscription';
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
