"""Comments, reviews, decisions, review links, and who has an issue open. A decision never changes, so a trigger rejects it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER review_decision_append_only BEFORE UPDATE OR DELETE ON review_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER review_decision_append_only ON review_decision;"


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0006_first_revisions'),
        ('publication', '0008_guests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True, default='', help_text='what the reviewers should know')),
                ('due_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(help_text='when it was taken back, or when another review of the issue began', null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='editorial.issueversion')),
            ],
            options={
                'db_table': 'review',
            },
        ),
        migrations.CreateModel(
            name='ReviewLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('comment', 'Comment'), ('approve', 'Approve')])),
                ('name', models.TextField(help_text='of the person, or what the link is for')),
                ('address', models.TextField(blank=True, default='', help_text='only of an approving link')),
                ('language', models.TextField(blank=True, default='', help_text='of its mails and pages; empty: that of the publication')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('code', models.TextField(blank=True, default='', help_text='keyed hash of the code that was mailed last; empty: none is valid')),
                ('code_at', models.DateTimeField(null=True)),
                ('code_tries', models.IntegerField(default=0)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='editorial.issueversion')),
            ],
            options={
                'db_table': 'review_link',
                'permissions': [('add_approving_link', 'Can let somebody without an account approve')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('approve', 'Approve'), ('changes', 'Changes')])),
                ('text', models.TextField(blank=True, default='')),
                ('name', models.TextField(help_text='of the person, as they were called then')),
                ('network', models.TextField(blank=True, default='', help_text='the address of the client')),
                ('created_at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='editorial.issueversion')),
                ('link', models.ForeignKey(help_text='null: in the console', null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.reviewlink')),
            ],
            options={
                'db_table': 'review_decision',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.TextField(blank=True, default='', help_text='with `part`: its place; empty: the whole issue')),
                ('part', models.TextField(blank=True, default='')),
                ('quotation', models.TextField(blank=True, default='', help_text="words of the part's text")),
                ('text', models.TextField()),
                ('name', models.TextField(help_text='of the person, as they were called then')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('resolved_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='editorial.issuerecord')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='editorial.comment')),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='publication.actor')),
                ('version', models.ForeignKey(help_text='what the person saw; null: the source that is edited', null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.issueversion')),
                ('link', models.ForeignKey(help_text='null: in the console', null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.reviewlink')),
            ],
            options={
                'db_table': 'issue_comment',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.TextField(blank=True, default='', help_text='with `part`: what they edit; empty: nothing')),
                ('part', models.TextField(blank=True, default='')),
                ('seen_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='editorial.issuerecord')),
            ],
            options={
                'db_table': 'issue_presence',
                'constraints': [models.UniqueConstraint(fields=('issue', 'account'), name='issue_presence_once')],
            },
        ),
        migrations.CreateModel(
            name='ReviewRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_requests', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='editorial.review')),
            ],
            options={
                'db_table': 'review_request',
                'constraints': [models.UniqueConstraint(fields=('review', 'account'), name='review_request_once')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
