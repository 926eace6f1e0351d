"""Campaigns: deliveries, slices, attempts, events, and what the provider's lists say.

`attach_delivery` attaches a campaign's table to `delivery` as the owner, so that the sending role need not own any table.

The application creates a campaign's table in the schema `filling`, where it has the right to; the function moves it. From then
on the table belongs to the owner, so any code of the application attached to the table would run with the owner's rights.

The function trusts nothing about that table, and uses no list of dangerous objects. It accepts exactly what the fill
creates and rejects everything else:

- a plain, logged table with the columns of `delivery`, on which roles have only the rights that they have on `delivery` too
  (rights on a partition add to them);
- one check constraint, the one that spares ATTACH PARTITION a scan, and plain keys and constant defaults;
- no dependency in either direction between the table's parts and anything outside it. PostgreSQL records every use of a
  function, operator, type, collation, operator class or access method in pg_depend, except of its own (pinned) ones. It also
  records every trigger, rule, policy, view, statistics object, inheritance and sequence as depending on the table.

Catalogue queries use the transaction's snapshot, but ALTER TABLE uses the newest state. Above READ COMMITTED the checks could
see a table as it was before another session changed it, so such a transaction is rejected.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# One table of deliveries per campaign: it is filled and removed as a whole, and no campaign slows down another.
DELIVERY = """
CREATE TABLE delivery (
    campaign_id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    slice integer NOT NULL,
    variant smallint NOT NULL DEFAULT 0,
    wave smallint NOT NULL DEFAULT 0,
    address_key bytea NOT NULL,
    state text,
    reason text,
    proof text,
    delivered_at timestamp with time zone,
    CONSTRAINT delivery_pkey PRIMARY KEY (campaign_id, subscriber_id),
    CONSTRAINT delivery_once_per_address UNIQUE (campaign_id, address_key)
) PARTITION BY LIST (campaign_id);
"""
# The view defines the state of a delivery; the sequence gives the fencing tokens of claims.
SQL = """
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
# Names in the function's body resolve only in pg_catalog: nothing that a caller creates can replace them.
ATTACH = """
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


class Migration(migrations.Migration):

    initial = True
    # A database at the last state of these is at this one.
    replaces = [
        ("campaigns", "0001_initial"),
        ("campaigns", "0002_delivery_state"),
        ("campaigns", "0003_schedule_and_release"),
        ("campaigns", "0004_evidence"),
        ("campaigns", "0005_held_back"),
        ("campaigns", "0006_claim_indexes"),
        ("campaigns", "0007_partitions"),
        ("campaigns", "0008_test_of_a_variant"),
        ("campaigns", "0009_override"),
        ("campaigns", "0010_attach_as_owner"),
        ("campaigns", "0011_bounce_causes"),
        ("campaigns", "0012_causes_of_old_bounces"),
        ("campaigns", "0013_attach_without_grants"),
        ("campaigns", "0014_provider_lists"),
        ("campaigns", "0015_campaign_approvals"),
        ("campaigns", "0016_past_issues"),
        ("campaigns", "0017_lost_campaigns"),
        ("campaigns", "0018_drop_unlisting"),
    ]
    dependencies = [("publication", "0001_schema"), ("subscribers", "0001_schema"), ("editorial", "0001_schema")]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('segment_text', models.TextField(blank=True, default='', help_text='the segment as it was when the campaign was scheduled')),
                ('state', models.TextField(default='draft')),
                ('held_reason', models.TextField(blank=True, default='', help_text='one of states.HELD_REASONS')),
                ('held_detail', models.TextField(blank=True, default='')),
                ('digest', models.TextField(blank=True, default='', help_text="the version's digest at scheduling; the gate compares")),
                ('attempt_size', models.IntegerField(default=200)),
                ('scheduled_at', models.DateTimeField(null=True)),
                ('zone', models.TextField(blank=True, default='', help_text='the zone the time was given in')),
                ('recipients', models.BigIntegerField(help_text='N: rows of the fill', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('segment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.segment')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.sender')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='editorial.issueversion')),
                ('local_time', models.BooleanField(default=False, help_text="at that hour in each recipient's own zone, through waves")),
                ('strict', models.BooleanField(default=False, help_text='every attempt waits 20 min at the provider and can be taken back')),
                ('override', models.JSONField(default=dict)),
                ('lists', models.ManyToManyField(to='subscribers.mailinglist')),
                ('approvals', models.ManyToManyField(help_text='that its content had when it was scheduled', to='editorial.decision')),
            ],
            options={
                'db_table': 'campaign',
                'indexes': [models.Index(condition=models.Q(('state__in', ['scheduled', 'filling', 'sending', 'held', 'paused'])), fields=['state'], name='campaign_open')],
                'permissions': [('override_checks', 'Can send although checks found errors')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('campaign', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='campaigns.campaign')),
                        ('subscriber_id', models.BigIntegerField()),
                        ('slice', models.IntegerField(help_text='number of its slice within the campaign')),
                        ('variant', models.SmallIntegerField(db_default=0)),
                        ('wave', models.SmallIntegerField(db_default=0)),
                        ('address_key', models.BinaryField(max_length=16)),
                        ('state', models.TextField(null=True)),
                        ('reason', models.TextField(null=True)),
                        ('proof', models.TextField(null=True)),
                        ('delivered_at', models.DateTimeField(help_text="time of the last `delivered` event, by the provider's clock", null=True)),
                        ('pk', models.CompositePrimaryKey('campaign_id', 'subscriber_id', blank=True, editable=False, primary_key=True, serialize=False)),
                    ],
                    options={
                        'db_table': 'delivery',
                        'constraints': [models.UniqueConstraint(fields=('campaign', 'address_key'), name='delivery_once_per_address')],
                    },
                ),
            ],
            database_operations=[migrations.RunSQL(DELIVERY)],
        ),
        migrations.CreateModel(
            name='DeliveryLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.TextField()),
                ('campaign_id', models.BigIntegerField(null=True)),
                ('slice_id', models.BigIntegerField(null=True)),
                ('attempt_id', models.BigIntegerField(null=True)),
                ('subscriber_id', models.BigIntegerField(null=True)),
                ('detail', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'delivery_log',
                'indexes': [models.Index(fields=['campaign_id', 'kind'], name='delivery_log_campaign')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BinaryField(max_length=16, unique=True)),
                ('kind', models.TextField()),
                ('at', models.DateTimeField()),
                ('campaign_id', models.BigIntegerField(null=True)),
                ('subscriber_id', models.BigIntegerField(null=True)),
                ('attempt_id', models.BigIntegerField(null=True)),
                ('address_key', models.BinaryField(max_length=16, null=True)),
                ('single', models.TextField(blank=True, default='', help_text='notice:ID or test_send:ID for an event of a single mail')),
                ('detail', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('applied_at', models.DateTimeField(null=True)),
                ('effect', models.TextField(blank=True, default='')),
                ('cause', models.TextField(blank=True, db_default='', default='', help_text='of a bounce, drop or deferral: docs/bounces.md')),
            ],
            options={
                'db_table': 'event',
                'indexes': [models.Index(condition=models.Q(('applied_at__isnull', True)), fields=['id'], name='event_unapplied'), models.Index(fields=['campaign_id', 'kind'], name='event_campaign_kind'), models.Index(condition=models.Q(('cause', ''), _negated=True), fields=['address_key'], name='event_with_cause')],
            },
        ),
        migrations.CreateModel(
            name='ProviderPayload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('body', models.BinaryField(null=True)),
                ('split_at', models.DateTimeField(null=True)),
                ('event_count', models.IntegerField(default=0)),
                ('faults', models.JSONField(default=list, help_text='elements that are not events: index and reason')),
            ],
            options={
                'db_table': 'provider_payload',
                'indexes': [models.Index(condition=models.Q(('split_at__isnull', True)), fields=['id'], name='payload_unsplit')],
            },
        ),
        migrations.CreateModel(
            name='Slice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('variant', models.SmallIntegerField(db_default=0)),
                ('wave', models.SmallIntegerField(db_default=0)),
                ('first_subscriber_id', models.BigIntegerField()),
                ('last_subscriber_id', models.BigIntegerField()),
                ('count', models.IntegerField()),
                ('state', models.TextField(db_default='planned')),
                ('reason', models.TextField(null=True)),
                ('proof', models.TextField(null=True)),
                ('current_attempt_id', models.BigIntegerField(null=True)),
                ('attempt_count', models.IntegerField(db_default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('claim', models.BigIntegerField(help_text='fencing token of the claim: each claim draws a new one', null=True)),
                ('worker', models.TextField(null=True)),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='campaigns.campaign')),
                ('parent', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='campaigns.slice')),
            ],
            options={
                'db_table': 'slice',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'claimed', 'in_flight', 'unknown', 'held'])), fields=['campaign', 'state', 'number'], name='slice_open'), models.Index(condition=models.Q(('state', 'planned')), fields=['campaign', 'wave', 'number', 'first_subscriber_id'], name='slice_planned'), models.Index(condition=models.Q(('state__in', ['claimed', 'in_flight'])), fields=['id'], name='slice_busy')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'split'), _negated=True), fields=('campaign', 'number', 'first_subscriber_id'), name='slice_once')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign_id', models.BigIntegerField()),
                ('worker', models.TextField()),
                ('size', models.IntegerField(help_text='recipients in the body')),
                ('gate_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.TextField(null=True)),
                ('http_status', models.IntegerField(null=True)),
                ('message_id', models.TextField(blank=True, default='')),
                ('detail', models.TextField(blank=True, default='')),
                ('slice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='campaigns.slice')),
                ('batch_id', models.TextField(help_text="the provider's handle to take the request back", null=True)),
                ('fenced_at', models.DateTimeField(help_text='when the provider confirmed that it will not release it', null=True)),
                ('send_at', models.DateTimeField(help_text='when the provider is to release it; NULL: at once', null=True)),
                ('evidence_at', models.DateTimeField(help_text='when the first event that names it was applied', null=True)),
            ],
            options={
                'db_table': 'attempt',
                'indexes': [models.Index(condition=models.Q(('batch_id__isnull', False), models.Q(('outcome__isnull', True), ('outcome__in', ['unknown', 'fencing', 'fenced', 'recalling', 'recalled']), _connector='OR')), fields=['send_at'], name='attempt_held_back')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('slice',), name='attempt_one_open')],
            },
        ),
        migrations.CreateModel(
            name='TestSend',
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
                ('campaign', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='campaigns.campaign')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.sender')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='editorial.issueversion')),
                ('variant', models.SmallIntegerField(db_default=0, help_text='of the version')),
            ],
            options={
                'db_table': 'test_send',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'claimed', 'in_flight'])), fields=['id'], name='test_send_open')],
                'constraints': [models.UniqueConstraint(fields=('purpose', 'token'), name='test_send_once')],
            },
        ),
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(help_text='the moment, UTC')),
                ('local', models.TextField(blank=True, default='', help_text='as staff wrote it')),
                ('zone', models.TextField(blank=True, default='')),
                ('state', models.TextField(default='waiting', help_text='waiting, started, asked, withdrawn')),
                ('decided_at', models.DateTimeField(help_text='when it left `waiting`, by the clock of wall-time decisions', null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='campaigns.campaign')),
            ],
            options={
                'db_table': 'occurrence',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['at'], name='occurrence_waiting')],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'at'), name='occurrence_once')],
            },
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField()),
                ('release_at', models.DateTimeField()),
                ('batch_id', models.TextField(blank=True, default='', help_text="the provider's handle to take it back until 10 min before")),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='campaigns.campaign')),
            ],
            options={
                'db_table': 'wave',
                'constraints': [models.UniqueConstraint(fields=('campaign', 'number'), name='wave_once')],
            },
        ),
        migrations.CreateModel(
            name='Rejection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign_id', models.BigIntegerField()),
                ('domain', models.TextField()),
                ('cause', models.TextField()),
                ('remedy', models.TextField(blank=True, default='', help_text='code of what to fix')),
                ('rejected', models.IntegerField(default=0)),
                ('deferred', models.IntegerField(default=0)),
                ('dropped', models.IntegerField(default=0)),
                ('outcomes', models.IntegerField(default=0)),
                ('fresh', models.IntegerField(default=0, help_text='rejections since the last check')),
                ('sample', models.TextField(blank=True, default='', help_text='one answer of the domain, without addresses')),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('judged_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'rejection',
                'indexes': [models.Index(condition=models.Q(('fresh__gt', 0)), fields=['campaign_id'], name='rejection_fresh')],
                'constraints': [models.UniqueConstraint(fields=('campaign_id', 'domain', 'cause', 'remedy'), name='rejection_once')],
            },
        ),
        migrations.CreateModel(
            name='LiftRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16, unique=True)),
                ('reason', models.TextField(help_text="the suppression's when they asked; a stronger one that comes later stays")),
                ('asked_at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'lift_request',
            },
        ),
        migrations.CreateModel(
            name='ProviderListChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list', models.TextField(help_text='transport.provider_lists.ProviderList')),
                ('change', models.TextField(help_text='add, remove')),
                ('address_key', models.BinaryField(max_length=16)),
                ('address', models.TextField(blank=True, default='', help_text='only if no subscriber has it; emptied when done')),
                ('state', models.TextField(default='planned', help_text='planned, done, failed')),
                ('detail', models.TextField(blank=True, default='')),
                ('tries', models.IntegerField(default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('planned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'provider_list_change',
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['change', 'id'], name='list_change_open')],
                'constraints': [models.UniqueConstraint(fields=('address_key', 'list'), name='provider_list_change_once')],
            },
        ),
        migrations.CreateModel(
            name='ProviderListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16)),
                ('list', models.TextField(help_text='transport.provider_lists.ProviderList')),
                ('listed_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'provider_list_entry',
                'constraints': [models.UniqueConstraint(fields=('address_key', 'list'), name='provider_list_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='SyncRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pulls', models.BooleanField(default=True)),
                ('pushes', models.BooleanField(default=True)),
                ('full', models.BooleanField(default=False, help_text='all entries, not only those since the run before')),
                ('dry_run', models.BooleanField(default=False)),
                ('state', models.TextField(default='planned', help_text='planned, running, done, failed')),
                ('pushed', models.IntegerField(help_text='addresses planned for the global unsubscribes', null=True)),
                ('detail', models.TextField(blank=True, default='', help_text="the provider's last rejection")),
                ('tries', models.IntegerField(default=0, help_text='failed calls since the last page')),
                ('not_before', models.DateTimeField(null=True)),
                ('planned_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'sync_run',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'running'])), fields=['id'], name='sync_run_open')],
            },
        ),
        migrations.CreateModel(
            name='SyncPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list', models.TextField(help_text='transport.provider_lists.ProviderList')),
                ('since', models.DateTimeField(help_text='NULL: from the beginning', null=True)),
                ('until', models.DateTimeField()),
                ('position', models.TextField(blank=True, default='', help_text="the provider's; emptied at the end")),
                ('counts', models.JSONField(default=dict)),
                ('ended_at', models.DateTimeField(null=True)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='campaigns.syncrun')),
            ],
            options={
                'db_table': 'sync_part',
                'constraints': [models.UniqueConstraint(fields=('run', 'list'), name='sync_part_once')],
            },
        ),
        migrations.CreateModel(
            name='PastIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text="when it was sent, in the publication's zone")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='past_issues', to='subscribers.mailinglist')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='past', to='editorial.issueversion')),
            ],
            options={
                'db_table': 'past_issue',
                'constraints': [models.UniqueConstraint(fields=('version', 'list'), name='past_issue_once')],
            },
        ),
        migrations.CreateModel(
            name='LostCampaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign_id', models.BigIntegerField(help_text='its id in the part of the database that was lost')),
                ('campaign_created_at', models.DateTimeField(help_text='tells it from a later campaign with the same id')),
                ('digest', models.TextField(help_text='of the issue version')),
                ('name', models.TextField()),
                ('subjects', models.JSONField(default=list, help_text='of all variants')),
                ('lists', models.JSONField(default=list, help_text='short names')),
                ('first_at', models.DateTimeField(help_text='when its first request went out')),
                ('people', models.JSONField(default=dict)),
                ('confirmed', models.JSONField(default=dict, help_text='`people` as an operator confirmed them when lifting the quarantine')),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('repeats', models.ManyToManyField(help_text='may send the same issue to the same lists again', to='campaigns.campaign')),
            ],
            options={
                'db_table': 'lost_campaign',
                'constraints': [models.UniqueConstraint(fields=('campaign_id', 'campaign_created_at'), name='lost_campaign_once')],
            },
        ),
        migrations.RunSQL(SQL),
        migrations.RunSQL(ATTACH),
    ]
