"""Store changes of the provider's suppression lists, synchronisations with them, and suppressions that staff are lifting.

Removals from the bounce list that the older code planned or made are copied. Its table `unlisting` stays, because workers of
the older code read it at every beat until they are restarted; nothing uses it any more.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


COPY = """
INSERT INTO provider_list_change (list, change, address_key, address, state, detail, tries, not_before, planned_at, ended_at)
SELECT 'bounces', 'remove', address_key, '', state, detail, tries, not_before, planned_at, ended_at FROM unlisting
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0013_attach_without_grants'),
        ('publication', '0004_sign_in_limits'),
    ]

    operations = [
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
            ],
            options={
                'db_table': 'sync_part',
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
            ],
            options={
                'db_table': 'sync_run',
            },
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name='Unlisting')]),
        migrations.AlterField(
            model_name='testsend',
            name='state',
            field=models.TextField(choices=[('held', 'Held'), ('planned', 'Planned'), ('claimed', 'Claimed'), ('in_flight', 'In Flight'), ('accepted', 'Accepted'), ('unknown', 'Unknown'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='planned'),
        ),
        migrations.AddIndex(
            model_name='providerlistchange',
            index=models.Index(condition=models.Q(('state', 'planned')), fields=['change', 'id'], name='list_change_open'),
        ),
        migrations.AddConstraint(
            model_name='providerlistchange',
            constraint=models.UniqueConstraint(fields=('address_key', 'list'), name='provider_list_change_once'),
        ),
        migrations.AddConstraint(
            model_name='providerlistentry',
            constraint=models.UniqueConstraint(fields=('address_key', 'list'), name='provider_list_entry_once'),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor'),
        ),
        migrations.AddField(
            model_name='syncpart',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='campaigns.syncrun'),
        ),
        migrations.AddIndex(
            model_name='syncrun',
            index=models.Index(condition=models.Q(('state__in', ['planned', 'running'])), fields=['id'], name='sync_run_open'),
        ),
        migrations.AddConstraint(
            model_name='syncpart',
            constraint=models.UniqueConstraint(fields=('run', 'list'), name='sync_part_once'),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
    ]
