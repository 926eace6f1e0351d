"""Issues that were sent before Mailroom was in use, for the archives of their lists."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0015_campaign_approvals'),
        ('editorial', '0009_document_imports'),
        ('publication', '0009_mail_choices'),
        ('subscribers', '0009_consent'),
    ]

    operations = [
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
    ]
