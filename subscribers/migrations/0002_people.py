"""Work on many people at once, people counted by list, and the words that people are found by.

`list_count` is written by triggers, because subscriptions have several writers, and a number that one of them forgets is wrong for
ever. `search_words` is a function because an index contains its results.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Between words: ASCII punctuation, the spaces and the punctuation of Chinese names and addresses.
_SEPARATORS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\u00a0\u00b7\u3000，、；：（）《》“”‘’"
_QUOTED = "U&'" + "".join(f"\\{ord(c):04x}" for c in _SEPARATORS) + "'"
# The ends of a name that is not all ASCII, so that each part of a Chinese name is the beginning of a word.
_ENDS = "||' '||".join(f"substr(left(name, 60), {start})" for start in range(2, 21))
WORDS = f"""
CREATE FUNCTION search_terms(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(string_to_array(lower(translate(value, {_QUOTED}, repeat(' ', {len(_SEPARATORS)}))), ' '), '');
CREATE FUNCTION search_text(address text, name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(coalesce(address, '') || ' ' || name);
CREATE FUNCTION search_words(address text, name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(search_terms(
    coalesce(address, '') || ' ' || left(name, 200)
    || CASE WHEN octet_length(name) = length(name) THEN '' ELSE ' '||{_ENDS} END
));
"""
# Joined minus left minus erased is always the change of `confirmed`: so an undone leave takes a leave back, and a deleted row its
# joining. A merge is no leave: of two joinings of one person it takes one back, in the month in which that one was counted.
# `unsubscribed` is people who are there: those who were erased or merged are taken out when they go.
# Months are those of the publication's zone, as all times of the console. A zone that PostgreSQL does not know may stop no import.
COUNTS = """
CREATE FUNCTION publication_zone() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    own text := (SELECT zone FROM publication LIMIT 1);
BEGIN
    PERFORM now() AT TIME ZONE own;
    RETURN coalesce(own, 'UTC');
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN 'UTC';
END $$;
CREATE FUNCTION count_list_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_zone text := publication_zone();
    this_month date := date_trunc('month', now() AT TIME ZONE own_zone)::date;
    is_merge boolean := coalesce(current_setting('mailroom.merging', true), '') = 'on';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, state, NULL, '', -count(*) FROM before GROUP BY list_id, state;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, state, NULL, '', -count(*) FROM before b
        WHERE state <> 'unsubscribed' OR NOT EXISTS (
            SELECT FROM subscriber s WHERE s.id = b.subscriber_id AND (s.erased_at IS NOT NULL OR s.merged_into_id IS NOT NULL)
        ) GROUP BY list_id, state;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, state, NULL, '', count(*) FROM after GROUP BY list_id, state;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, 'joined',
               CASE WHEN is_merge AND confirmed_at IS NOT NULL
                    THEN date_trunc('month', confirmed_at AT TIME ZONE own_zone)::date ELSE this_month END,
               split_part(source, ':', 1), count(*)
        FROM after WHERE state = 'confirmed' GROUP BY 1, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, 'joined', date_trunc('month', confirmed_at AT TIME ZONE own_zone)::date, split_part(source, ':', 1), -count(*)
        FROM before WHERE state = 'confirmed' GROUP BY 1, 3, 4;
    ELSE
        INSERT INTO list_count (list_id, kind, month, origin, people)
        SELECT list_id, kind, month, origin, sum(people) FROM (
            SELECT a.list_id,
                   CASE WHEN is_undone THEN 'left' WHEN a.state = 'confirmed' OR is_merge THEN 'joined'
                        WHEN a.unsubscribed_how = 'erased' THEN 'erased' ELSE 'left' END AS kind,
                   CASE WHEN is_undone THEN date_trunc('month', b.unsubscribed_at AT TIME ZONE own_zone)::date
                        WHEN is_merge THEN date_trunc('month', coalesce(
                            CASE WHEN a.state = 'confirmed' THEN a.confirmed_at ELSE b.confirmed_at END, now()
                        ) AT TIME ZONE own_zone)::date
                        ELSE this_month END AS month,
                   CASE WHEN is_undone THEN b.unsubscribed_how WHEN a.state = 'confirmed' THEN split_part(a.source, ':', 1)
                        WHEN is_merge THEN split_part(b.source, ':', 1) ELSE a.unsubscribed_how END AS origin,
                   CASE WHEN is_undone OR (is_merge AND a.state <> 'confirmed') THEN -1 ELSE 1 END AS people
            FROM before b JOIN after a USING (id)
            CROSS JOIN LATERAL (
                SELECT b.state = 'unsubscribed' AND a.state = 'confirmed' AND b.confirmed_at IS NOT NULL
                       AND a.confirmed_at = b.confirmed_at AS is_undone
            ) u
            WHERE (a.state = 'confirmed') <> (b.state = 'confirmed')
        ) changed GROUP BY list_id, kind, month, origin;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION count_people_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO list_count (list_id, kind, month, origin, people)
    SELECT list_id, state, NULL, '', -1 FROM subscription WHERE subscriber_id = NEW.id AND state = 'unsubscribed';
    RETURN NULL;
END $$;
CREATE FUNCTION count_list_bounces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_zone text := publication_zone();
BEGIN
    INSERT INTO list_count (list_id, kind, month, origin, people)
    SELECT p.list_id, 'bounced', date_trunc('month', now() AT TIME ZONE own_zone)::date, coalesce(nullif(x.cause, ''), x.reason), count(*)
    FROM after x
    -- OFFSET 0 keeps the planner to one lookup per address. After a dry run it takes both tables for empty, and would read them whole.
    CROSS JOIN LATERAL (SELECT id FROM subscriber WHERE address_key = x.address_key OFFSET 0) s
    CROSS JOIN LATERAL (SELECT list_id FROM subscription WHERE subscriber_id = s.id AND state = 'confirmed' OFFSET 0) p
    WHERE x.reason IN ('hard_bounce', 'soft_bounces', 'invalid')
    GROUP BY p.list_id, coalesce(nullif(x.cause, ''), x.reason);
    RETURN NULL;
END $$;
-- No subscription may change between the triggers and the count of those that exist.
LOCK TABLE subscription IN SHARE ROW EXCLUSIVE MODE;
CREATE TRIGGER subscription_counted_insert AFTER INSERT ON subscription
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_list_people();
CREATE TRIGGER subscription_counted_update AFTER UPDATE ON subscription
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_list_people();
CREATE TRIGGER subscription_counted_delete AFTER DELETE ON subscription
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_list_people();
CREATE TRIGGER subscriber_gone AFTER UPDATE OF erased_at, merged_into_id ON subscriber FOR EACH ROW
    WHEN (OLD.erased_at IS NULL AND OLD.merged_into_id IS NULL AND (NEW.erased_at IS NOT NULL OR NEW.merged_into_id IS NOT NULL))
    EXECUTE FUNCTION count_people_gone();
CREATE TRIGGER suppression_counted AFTER INSERT ON suppression
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_list_bounces();
WITH z AS MATERIALIZED (SELECT publication_zone() AS own_zone)
INSERT INTO list_count (list_id, kind, month, origin, people)
SELECT list_id, state, NULL, '', count(*) FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
WHERE state <> 'unsubscribed' OR (s.erased_at IS NULL AND s.merged_into_id IS NULL) GROUP BY list_id, state
UNION ALL
SELECT list_id, 'joined', date_trunc('month', confirmed_at AT TIME ZONE z.own_zone)::date, split_part(source, ':', 1), count(*)
FROM subscription, z WHERE confirmed_at IS NOT NULL AND unsubscribed_how <> 'merged' GROUP BY 1, 3, 4
UNION ALL
SELECT list_id, CASE unsubscribed_how WHEN 'erased' THEN 'erased' ELSE 'left' END, date_trunc('month', unsubscribed_at AT TIME ZONE z.own_zone)::date, unsubscribed_how, count(*)
FROM subscription, z WHERE confirmed_at IS NOT NULL AND state = 'unsubscribed' AND unsubscribed_how <> 'merged' GROUP BY 1, 2, 3, 4
UNION ALL
SELECT p.list_id, 'bounced', date_trunc('month', x.created_at AT TIME ZONE z.own_zone)::date, coalesce(nullif(x.cause, ''), x.reason), count(*)
FROM suppression x JOIN subscriber s ON s.address_key = x.address_key
JOIN subscription p ON p.subscriber_id = s.id AND p.state = 'confirmed' CROSS JOIN z
WHERE x.reason IN ('hard_bounce', 'soft_bounces', 'invalid') GROUP BY 1, 3, 4;
"""
# Without the words of `subscriber_words`, which take the server more time than all the rest: columns that are named leave the
# expressions of indexes out. The server takes their statistics by itself, later.
ANALYSIS = """
DO $do$ BEGIN EXECUTE format($make$
CREATE OR REPLACE FUNCTION analyse_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %1$I, pg_temp AS $$
DECLARE
    named text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO named FROM pg_attribute
    WHERE attrelid = '%1$I.subscriber'::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE 'ANALYZE %1$I.subscriber (' || named || '), %1$I.subscription';
END $$;
CREATE FUNCTION analyse_keys_of_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %1$I, pg_temp AS $$
BEGIN
    ANALYZE %1$I.subscriber (id, address_key), %1$I.subscription (subscriber_id, list_id, state);
END $$
$make$, current_schema()); END $do$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("publication", "0001_schema"),
        ("subscribers", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedPerson',
            fields=[
                ('run', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.importrun')),
                ('pk', models.CompositePrimaryKey('run_id', 'subscriber_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('subscriber_id', models.BigIntegerField()),
                ('effect', models.SmallIntegerField(choices=[(0, 'Seen'), (1, 'Updated'), (2, 'Subscribed'), (3, 'Created'), (4, 'Subscribed Updated')])),
                ('details', models.BigIntegerField(help_text='hash of name, language, country, zone and attributes after the run', null=True)),
            ],
            options={
                'db_table': 'imported_person',
            },
        ),
        migrations.CreateModel(
            name='ListCount',
            fields=[
                ('list', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.mailinglist')),
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('month', models.DateField(help_text='its first day, in the publication\'s zone; NULL: a state', null=True)),
                ('origin', models.TextField(blank=True, default='', help_text='of a month: source of the consent, way of leaving, cause of the bounce')),
                ('people', models.BigIntegerField()),
            ],
            options={
                'db_table': 'list_count',
            },
        ),
        migrations.CreateModel(
            name='PeopleAction',
            fields=[
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('unsubscribe', 'Unsubscribe'), ('set_field', 'Set Field'), ('export', 'Export'), ('erase', 'Erase'), ('add_to_list', 'Add To List')])),
                ('parameters', models.JSONField(default=dict, help_text='list, field and value, columns, consent …: people.actions')),
                ('total', models.BigIntegerField(default=0)),
                ('handled', models.BigIntegerField(default=0)),
                ('position', models.BigIntegerField(default=0, help_text='the subscriber up to whom everybody is handled')),
                ('changed', models.BigIntegerField(default=0)),
                ('left_out', models.JSONField(default=dict, help_text='reason -> number of people who were not changed')),
                ('state', models.TextField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting')),
                ('error', models.TextField(blank=True, default='', help_text='code')),
                ('stored_file', models.TextField(blank=True, default='', help_text='name of the file of an export, as long as it is kept')),
                ('tries', models.SmallIntegerField(default=0)),
                ('token', models.TextField(help_text='of the form that began it', null=True, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'people_action',
            },
        ),
        migrations.CreateModel(
            name='PeopleActionMember',
            fields=[
                ('action', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.peopleaction')),
                ('pk', models.CompositePrimaryKey('action_id', 'subscriber_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('subscriber_id', models.BigIntegerField()),
                ('outcome', models.TextField(blank=True, db_default='', default='', help_text='changed, unchanged or why not; empty: waits')),
            ],
            options={
                'db_table': 'people_action_member',
            },
        ),
        migrations.AlterModelOptions(
            name='subscriber',
            options={'permissions': [('see_addresses', 'Can see the addresses and names of subscribers')]},
        ),
        migrations.AddField(
            model_name='addresschange',
            name='actor',
            field=models.ForeignKey(help_text='the staff who entered it; NULL: the person', null=True, on_delete=django.db.models.deletion.PROTECT, to='publication.actor'),
        ),
        migrations.AddField(
            model_name='addresschange',
            name='reason',
            field=models.TextField(blank=True, db_default='', default='', help_text='why staff entered it'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='choices',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='columns, encoding, sheet and list as chosen'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='fraction',
            field=models.FloatField(db_default=0.0, default=0, help_text='of the file that was read'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='progress_at',
            field=models.DateTimeField(help_text='when the fraction was written; NULL: not begun', null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='stored_file',
            field=models.TextField(blank=True, db_default='', default='', help_text='name of the kept file; empty: none any more'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='tries',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='counts of what its undo ended, deleted and left'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='mailinglist',
            name='texts',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='language -> name and description, where readers of it see other ones'),
        ),
        migrations.AddField(
            model_name='suppressionlift',
            name='actor',
            field=models.ForeignKey(db_index=False, help_text='the staff who lifted the suppression with this reason; NULL: nobody of staff, or another reason was lifted', null=True, on_delete=django.db.models.deletion.PROTECT, to='publication.actor'),
        ),
        migrations.AddField(
            model_name='suppressionlift',
            name='detail',
            field=models.TextField(blank=True, db_default='', default='', help_text='why staff lifted it, in their words'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='state',
            field=models.TextField(choices=[('draft', 'Draft'), ('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('stopping', 'Stopping'), ('stopped', 'Stopped'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='running'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('state__in', ['draft', 'waiting', 'running', 'stopping', 'undoing'])), fields=['id'], name='import_run_open'),
        ),
        migrations.AddIndex(
            model_name='listcount',
            index=models.Index(fields=['list', 'kind'], name='list_count_list'),
        ),
        migrations.AddIndex(
            model_name='peopleaction',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['id'], name='people_action_open'),
        ),
        migrations.AddIndex(
            model_name='suppressionlift',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['at', 'id'], name='suppression_lift_staff'),
        ),
        migrations.RunSQL(WORDS),
        migrations.RunSQL(COUNTS),
        migrations.RunSQL(ANALYSIS),
    ]
