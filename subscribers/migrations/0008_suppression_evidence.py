"""Store which event suppressed an address and why, and which suppressions were lifted."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0007_stored_counts'),
    ]

    operations = [
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
            },
        ),
        migrations.AddField(
            model_name='suppression',
            name='cause',
            field=models.TextField(blank=True, db_default='', default='', help_text='of a bounce, as in docs/bounces.md'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='evidence_at',
            field=models.DateTimeField(help_text='time of the event that decided; NULL: not by an event', null=True),
        ),
        migrations.AlterField(
            model_name='subscriber',
            name='soft_bounces',
            field=models.IntegerField(db_default=0, help_text='campaigns that bounced at the mailbox since the last delivery'),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('soft_bounces__gt', 0)), fields=['id'], name='subscriber_bouncing'),
        ),
        migrations.AddConstraint(
            model_name='suppressionlift',
            constraint=models.UniqueConstraint(fields=('address_key', 'reason'), name='suppression_lift_once'),
        ),
    ]
