"""Store sign-up settings, the consent ledger, pauses, address changes, merges, and where a suppression comes from."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


# The function is of publication.0002.
APPEND_ONLY = """
CREATE TRIGGER consent_record_append_only BEFORE UPDATE OR DELETE ON consent_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_wording_append_only BEFORE UPDATE OR DELETE ON consent_wording
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER consent_record_append_only ON consent_record;
DROP TRIGGER consent_wording_append_only ON consent_wording;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('publication', '0004_sign_in_limits'),
        ('subscribers', '0008_suppression_evidence'),
    ]

    operations = [
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
            ],
            options={
                'db_table': 'address_change',
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
            ],
            options={
                'db_table': 'consent_record',
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
            name='NetworkCount',
            fields=[
                ('key', models.TextField(primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('requests', models.IntegerField()),
            ],
            options={
                'db_table': 'network_count',
            },
        ),
        migrations.CreateModel(
            name='SignUpHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('requests', models.IntegerField(default=0)),
            ],
            options={
                'db_table': 'sign_up_hour',
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
            ],
            options={
                'db_table': 'suppressed_domain',
            },
        ),
        migrations.AddField(
            model_name='mailinglist',
            name='requests_held_at',
            field=models.DateTimeField(help_text='since when requests wait for staff because there were far too many', null=True),
        ),
        migrations.AddField(
            model_name='mailinglist',
            name='sign_up',
            field=models.TextField(choices=[('closed', 'Closed'), ('unlisted', 'Unlisted'), ('open', 'Open')], db_default='closed', default='closed'),
        ),
        migrations.AddField(
            model_name='mailinglist',
            name='welcome',
            field=models.BooleanField(db_default=False, default=False, help_text='mail a welcome to people who confirm'),
        ),
        migrations.AddField(
            model_name='subscriber',
            name='merged_into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.subscriber'),
        ),
        migrations.AddField(
            model_name='subscriber',
            name='paused_until',
            field=models.DateTimeField(help_text="no campaign before then, at the person's own wish", null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='unsubscribed_comment',
            field=models.TextField(blank=True, db_default='', default='', help_text='in their own words'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='unsubscribed_reason',
            field=models.TextField(blank=True, db_default='', default='', help_text='code, if they gave one'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='expires_at',
            field=models.DateTimeField(help_text='then it ends by itself; NULL: never', null=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='origin',
            field=models.TextField(blank=True, choices=[('staff', 'Staff'), ('person', 'Person'), ('event', 'Event'), ('provider', 'Provider')], db_default='', default='', help_text='empty: made by an older version'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='state',
            field=models.TextField(choices=[('held', 'Held'), ('planned', 'Planned'), ('claimed', 'Claimed'), ('in_flight', 'In Flight'), ('accepted', 'Accepted'), ('unknown', 'Unknown'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='planned'),
        ),
        migrations.AlterField(
            model_name='storedcount',
            name='figures',
            field=models.JSONField(help_text='NULL: no count came to its end yet', null=True),
        ),
        migrations.AlterField(
            model_name='storedcount',
            name='gave_up_after',
            field=models.FloatField(default=0, help_text='seconds, where the last try was stopped; else 0'),
        ),
        migrations.AlterField(
            model_name='storedcount',
            name='name',
            field=models.TextField(help_text='audience, or segment:ID', primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='storedcount',
            name='of',
            field=models.TextField(blank=True, default='', help_text='what was counted: the text of the segment then'),
        ),
        migrations.AlterField(
            model_name='storedcount',
            name='seconds',
            field=models.FloatField(default=0, help_text='what the last finished count took'),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='subscriber_merged'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='suppression_expiring'),
        ),
        migrations.AddField(
            model_name='addresschange',
            name='subscriber',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='subscribers.subscriber'),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='list',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='subscribers.mailinglist'),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='wording',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='subscribers.consentwording'),
        ),
        migrations.AddIndex(
            model_name='networkcount',
            index=models.Index(fields=['began_at'], name='network_count_began'),
        ),
        migrations.AddField(
            model_name='signuphour',
            name='list',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='subscribers.mailinglist'),
        ),
        migrations.AddField(
            model_name='suppresseddomain',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor'),
        ),
        migrations.AddConstraint(
            model_name='addresschange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('subscriber',), name='address_change_one_open'),
        ),
        migrations.AddIndex(
            model_name='consentrecord',
            index=models.Index(fields=['subscriber_id', 'id'], name='consent_record_person'),
        ),
        migrations.AddConstraint(
            model_name='signuphour',
            constraint=models.UniqueConstraint(fields=('list', 'hour'), name='sign_up_hour_once'),
        ),
        migrations.RunSQL(APPEND_ONLY, BACKWARD),
    ]
