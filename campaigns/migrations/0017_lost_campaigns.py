"""Campaigns that were sent in a part of the database that a restore lost."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0016_past_issues'),
    ]

    operations = [
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
    ]
