"""People, lists, subscriptions, consent, suppressions, imports and notices.

The key of the address hash is generated once, by the server, and never changed (docs/decisions/address-key.md). Its table has no
model, because a table that Django does not manage survives a flush; only `addresses_sql` reads it. Two random UUIDs are 244 random
bits; the embedded server has no pgcrypto.

An import refreshes the planner's statistics through a function of the tables' owner: PostgreSQL skips ANALYZE, with a warning, for a
role that does not own the table, and the right can be granted only from version 17 on.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CREATE TABLE address_hash_key (
    id integer PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO address_hash_key (id, key) VALUES (1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
CREATE TRIGGER address_hash_key_stays BEFORE UPDATE OR DELETE ON address_hash_key
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_record_append_only BEFORE UPDATE OR DELETE ON consent_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_wording_append_only BEFORE UPDATE OR DELETE ON consent_wording
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION analyse_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %1$I, pg_temp AS $$
BEGIN
    ANALYZE %1$I.subscriber, %1$I.subscription;
END $$
$make$, current_schema()); END $do$;
"""


class Migration(migrations.Migration):

    initial = True
    # A database at the last state of these is at this one.
    replaces = [
        ("subscribers", "0001_initial"),
        ("subscribers", "0002_address_hash_key"),
        ("subscribers", "0003_archive"),
        ("subscribers", "0004_advertises_in_china"),
        ("subscribers", "0005_suppression_erased_at"),
        ("subscribers", "0006_analyse_as_owner"),
        ("subscribers", "0007_stored_counts"),
        ("subscribers", "0008_suppression_evidence"),
        ("subscribers", "0009_consent"),
        ("subscribers", "0010_imports_from_other_systems"),
        ("subscribers", "0011_list_id_domain"),
        ("subscribers", "0012_former_address"),
    ]
    dependencies = [("publication", "0001_schema")]

    operations = [
        migrations.CreateModel(
            name='MailingList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.TextField(unique=True)),
                ('name', models.TextField()),
                ('description', models.TextField(blank=True, default='')),
                ('language', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archive', models.TextField(choices=[('off', 'Off'), ('unlisted', 'Unlisted'), ('public', 'Public')], db_default='off', default='off')),
                ('archive_tag', models.TextField(blank=True, db_default='', default='', help_text='tag:host,date of RFC 4151, made once')),
                ('advertises_in_china', models.BooleanField(default=False)),
                ('requests_held_at', models.DateTimeField(help_text='since when requests wait for staff because there were far too many', null=True)),
                ('sign_up', models.TextField(choices=[('closed', 'Closed'), ('unlisted', 'Unlisted'), ('open', 'Open')], db_default='closed', default='closed')),
                ('welcome', models.BooleanField(db_default=False, default=False, help_text='mail a welcome to people who confirm')),
                ('list_id_domain', models.TextField(blank=True, db_default='', default='', help_text="the domain of List-Id for the list's life; empty until a campaign")),
            ],
            options={
                'db_table': 'mailing_list',
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.TextField(unique=True)),
                ('text', models.TextField()),
                ('description', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': 'segment',
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16, unique=True)),
                ('address', models.TextField(blank=True, null=True)),
                ('reason', models.TextField(choices=[('hard_bounce', 'Hard Bounce'), ('soft_bounces', 'Soft Bounces'), ('complaint', 'Complaint'), ('provider_unsubscribe', 'Provider Unsubscribe'), ('invalid', 'Invalid'), ('manual', 'Manual'), ('erased', 'Erased')])),
                ('detail', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('erased_at', models.DateTimeField(help_text='when the person was erased; only their own consent empties it', null=True)),
                ('cause', models.TextField(blank=True, db_default='', default='', help_text='of a bounce, as in docs/bounces.md')),
                ('evidence_at', models.DateTimeField(help_text='time of the event that decided; NULL: not by an event', null=True)),
                ('expires_at', models.DateTimeField(help_text='then it ends by itself; NULL: never', null=True)),
                ('origin', models.TextField(blank=True, choices=[('staff', 'Staff'), ('person', 'Person'), ('event', 'Event'), ('provider', 'Provider'), ('import', 'Import')], db_default='', default='', help_text='empty: made by an older version')),
            ],
            options={
                'db_table': 'suppression',
                'indexes': [models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='suppression_expiring')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.TextField()),
                ('consent', models.TextField(blank=True, default='')),
                ('dry_run', models.BooleanField(default=False)),
                ('state', models.TextField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='running')),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
                ('rows_read', models.BigIntegerField(default=0)),
                ('created_count', models.BigIntegerField(default=0)),
                ('updated_count', models.BigIntegerField(default=0)),
                ('unchanged_count', models.BigIntegerField(default=0)),
                ('subscribed_count', models.BigIntegerField(default=0)),
                ('kept_out_count', models.BigIntegerField(default=0, help_text='left before or suppressed: not brought back')),
                ('refused_count', models.BigIntegerField(default=0)),
                ('refusals', models.JSONField(default=list, help_text='the first 100: line, reason, hint')),
                ('attributes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('list', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.mailinglist')),
                ('format', models.TextField(blank=True, db_default='', default='', help_text='name in importing.source_formats, if recognised')),
                ('despite_left', models.TextField(blank=True, db_default='', default='', help_text='why people who left another list were imported')),
                ('details', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='further counts: importing.importer')),
            ],
            options={
                'db_table': 'import_run',
            },
        ),
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(null=True)),
                ('address_key', models.BinaryField(help_text='keyed hash of the normalised address, 16 bytes', max_length=16, unique=True)),
                ('domain', models.TextField(blank=True, default='', help_text='domain as A-labels, lower case')),
                ('name', models.TextField(blank=True, default='')),
                ('language', models.TextField(blank=True, default='', help_text='BCP 47')),
                ('country', models.TextField(blank=True, default='', help_text='ISO 3166 alpha-2')),
                ('zone', models.TextField(blank=True, default='')),
                ('attributes', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('engaged_at', models.DateTimeField(help_text='last human open or click', null=True)),
                ('soft_bounces', models.IntegerField(db_default=0, help_text='campaigns that bounced at the mailbox since the last delivery')),
                ('erased_at', models.DateTimeField(null=True)),
                ('merged_into', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.subscriber')),
                ('paused_until', models.DateTimeField(help_text="no campaign before then, at the person's own wish", null=True)),
                ('left_all_at', models.DateTimeField(help_text='when they left every list at once; only their own consent empties it', null=True)),
            ],
            options={
                'db_table': 'subscriber',
                'indexes': [models.Index(condition=models.Q(('soft_bounces__gt', 0)), fields=['id'], name='subscriber_bouncing'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='subscriber_merged')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.TextField()),
                ('token', models.TextField(help_text='with purpose the key: the same request twice is one mail')),
                ('address', models.TextField()),
                ('parameters', models.JSONField(default=dict, help_text='what its template needs; no HTML')),
                ('state', models.TextField(choices=[('held', 'Held'), ('planned', 'Planned'), ('claimed', 'Claimed'), ('in_flight', 'In Flight'), ('accepted', 'Accepted'), ('unknown', 'Unknown'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='planned')),
                ('reason', models.TextField(blank=True, default='')),
                ('attempt', models.IntegerField(default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('gate_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('http_status', models.IntegerField(null=True)),
                ('message_id', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('list', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.mailinglist')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'notice',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'claimed', 'in_flight'])), fields=['id'], name='notice_open')],
                'constraints': [models.UniqueConstraint(fields=('purpose', 'token'), name='notice_once')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField(choices=[('pending', 'Pending'), ('confirmed', 'Confirmed'), ('unsubscribed', 'Unsubscribed')])),
                ('source', models.TextField(help_text='form, import:N, cli, api: where the consent came from')),
                ('consent', models.TextField(blank=True, default='', help_text="the wording they agreed to, or the importer's statement")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('joined_at', models.DateTimeField(help_text='when they joined, as imported or confirmed', null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('unsubscribed_at', models.DateTimeField(null=True)),
                ('unsubscribed_how', models.TextField(blank=True, default='', help_text='one-click, page, provider, staff')),
                ('unsubscribed_campaign', models.BigIntegerField(null=True)),
                ('list', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='subscribers.mailinglist')),
                ('subscriber', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.subscriber')),
                ('unsubscribed_comment', models.TextField(blank=True, db_default='', default='', help_text='in their own words')),
                ('unsubscribed_reason', models.TextField(blank=True, db_default='', default='', help_text='code, if they gave one')),
            ],
            options={
                'db_table': 'subscription',
                'indexes': [models.Index(fields=['list', 'state'], name='subscription_list_state')],
                'constraints': [models.UniqueConstraint(fields=('subscriber', 'list'), name='subscription_once')],
            },
        ),
        migrations.CreateModel(
            name='StoredCount',
            fields=[
                ('name', models.TextField(help_text='audience, values, or segment:ID', primary_key=True, serialize=False)),
                ('of', models.TextField(blank=True, default='', help_text='what was counted: the text of the segment then')),
                ('figures', models.JSONField(help_text='NULL: no count came to its end yet', null=True)),
                ('counted_at', models.DateTimeField(null=True)),
                ('seconds', models.FloatField(default=0, help_text='what the last finished count took')),
                ('tried_at', models.DateTimeField()),
                ('gave_up_after', models.FloatField(default=0, help_text='seconds, where the last try was stopped; else 0')),
            ],
            options={
                'db_table': 'stored_count',
            },
        ),
        migrations.CreateModel(
            name='SuppressionLift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16)),
                ('reason', models.TextField(choices=[('hard_bounce', 'Hard Bounce'), ('soft_bounces', 'Soft Bounces'), ('complaint', 'Complaint'), ('provider_unsubscribe', 'Provider Unsubscribe'), ('invalid', 'Invalid'), ('manual', 'Manual'), ('erased', 'Erased')])),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'suppression_lift',
                'constraints': [models.UniqueConstraint(fields=('address_key', 'reason'), name='suppression_lift_once')],
            },
        ),
        migrations.CreateModel(
            name='AddressChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(blank=True, help_text='the new one; emptied when the change has ended')),
                ('address_key', models.BinaryField(max_length=16)),
                ('state', models.TextField(choices=[('open', 'Open'), ('done', 'Done'), ('ended', 'Ended')], default='open')),
                ('asked_at', models.DateTimeField()),
                ('old_confirmed_at', models.DateTimeField(null=True)),
                ('new_confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'address_change',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('subscriber',), name='address_change_one_open')],
            },
        ),
        migrations.CreateModel(
            name='ConsentWording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('language', models.TextField(blank=True, default='', help_text='BCP 47')),
                ('digest', models.BinaryField(help_text='BLAKE2b of language and text', max_length=16, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'consent_wording',
            },
        ),
        migrations.CreateModel(
            name='ConsentRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('subscriber_id', models.BigIntegerField()),
                ('act', models.TextField(help_text='consent.ledger.Act')),
                ('source', models.TextField(blank=True, default='', help_text='form, embedded form, api, cli, import:N, one-click, page …')),
                ('proof', models.TextField(help_text='consent.ledger.Proof: what showed that the address is theirs')),
                ('detail', models.JSONField(default=dict)),
                ('list', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='subscribers.mailinglist')),
                ('wording', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.consentwording')),
            ],
            options={
                'db_table': 'consent_record',
                'indexes': [models.Index(fields=['subscriber_id', 'id'], name='consent_record_person')],
            },
        ),
        migrations.CreateModel(
            name='NetworkCount',
            fields=[
                ('key', models.TextField(primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('requests', models.IntegerField()),
            ],
            options={
                'db_table': 'network_count',
                'indexes': [models.Index(fields=['began_at'], name='network_count_began')],
            },
        ),
        migrations.CreateModel(
            name='SignUpHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('requests', models.IntegerField(default=0)),
                ('list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.mailinglist')),
            ],
            options={
                'db_table': 'sign_up_hour',
                'constraints': [models.UniqueConstraint(fields=('list', 'hour'), name='sign_up_hour_once')],
            },
        ),
        migrations.CreateModel(
            name='SuppressedDomain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.TextField(help_text='as A-labels, lower case', unique=True)),
                ('detail', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField(help_text='then it ends by itself; NULL: never', null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'suppressed_domain',
            },
        ),
        migrations.CreateModel(
            name='FormerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16, unique=True)),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'former_address',
            },
        ),
        migrations.RunSQL(SQL),
    ]
