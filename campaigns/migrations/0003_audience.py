"""Exclusions of campaigns."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_lift_reason'),
        ('subscribers', '0005_lists_of_subscriptions'),
    ]

    operations = [
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
