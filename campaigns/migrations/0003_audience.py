"""Exclusions of campaigns. The view of deliveries with their states is declared for queries; it is not changed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_lift_reason'),
        ('subscribers', '0005_lists_of_subscriptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeliveryState',
            fields=[
                ('pk', models.CompositePrimaryKey('campaign_id', 'subscriber_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('campaign_id', models.BigIntegerField()),
                ('subscriber_id', models.BigIntegerField()),
                ('state', models.TextField()),
            ],
            options={
                'db_table': 'delivery_state',
                'managed': False,
            },
        ),
        migrations.AddField(
            model_name='campaign',
            name='excluded_campaigns',
            field=models.ManyToManyField(related_name='excluding_campaigns', to='campaigns.campaign'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='excluded_lists',
            field=models.ManyToManyField(related_name='excluding_campaigns', to='subscribers.mailinglist'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='excluded_segments',
            field=models.ManyToManyField(related_name='excluding_campaigns', to='subscribers.segment'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='segment_text',
            field=models.TextField(blank=True, default='', help_text='segment and exclusions in one text, as they were when the campaign was scheduled'),
        ),
    ]
