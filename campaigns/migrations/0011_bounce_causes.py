"""Add the cause of each bounce, the time of delivery, alarms about rejections, and removals from the provider's bounce list."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0010_attach_as_owner'),
    ]

    operations = [
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
            },
        ),
        migrations.CreateModel(
            name='Unlisting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.BinaryField(max_length=16, unique=True)),
                ('state', models.TextField(default='planned', help_text='planned, done, failed')),
                ('detail', models.TextField(blank=True, default='')),
                ('tries', models.IntegerField(default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('planned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'unlisting',
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='delivered_at',
            field=models.DateTimeField(help_text="time of the last `delivered` event, by the provider's clock", null=True),
        ),
        migrations.AddField(
            model_name='event',
            name='cause',
            field=models.TextField(blank=True, db_default='', default='', help_text='of a bounce, drop or deferral: docs/bounces.md'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('cause', ''), _negated=True), fields=['address_key'], name='event_with_cause'),
        ),
        migrations.AddIndex(
            model_name='rejection',
            index=models.Index(condition=models.Q(('fresh__gt', 0)), fields=['campaign_id'], name='rejection_fresh'),
        ),
        migrations.AddConstraint(
            model_name='rejection',
            constraint=models.UniqueConstraint(fields=('campaign_id', 'domain', 'cause', 'remedy'), name='rejection_once'),
        ),
        migrations.AddIndex(
            model_name='unlisting',
            index=models.Index(condition=models.Q(('state', 'planned')), fields=['id'], name='unlisting_open'),
        ),
    ]
