"""The source of issues: edits, revisions, originals. An edit never changes, so a trigger rejects UPDATE; old edits are pruned."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER issue_edit_unchanged BEFORE UPDATE ON issue_edit FOR EACH ROW EXECUTE FUNCTION refuse_update();
"""
BACKWARD = "DROP TRIGGER issue_edit_unchanged ON issue_edit; DROP FUNCTION refuse_update();"


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0004_current_version'),
        ('publication', '0004_sign_in_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='IssueSource',
            fields=[
                ('issue', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='source', serialize=False, to='editorial.issuerecord')),
                ('head', models.IntegerField(default=0, help_text='0: no edit yet')),
                ('revised', models.IntegerField(default=0, help_text='the head when its newest revision was named')),
                ('stored', models.IntegerField(default=0, help_text='the head when a folder that was not pulled was stored last')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'issue_source',
            },
        ),
        migrations.CreateModel(
            name='IssueRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField(help_text='from 1 on')),
                ('edit', models.IntegerField(help_text='the newest edit that belongs to it')),
                ('reason', models.TextField(choices=[('pause', 'Pause'), ('review', 'Review'), ('restore', 'Restore'), ('import', 'Import'), ('push', 'Push')])),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='editorial.issuerecord')),
            ],
            options={
                'db_table': 'issue_revision',
            },
        ),
        migrations.AddField(
            model_name='issueversion',
            name='revision',
            field=models.ForeignKey(help_text='whose source it was made of', null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.issuerevision'),
        ),
        migrations.CreateModel(
            name='Original',
            fields=[
                ('digest', models.TextField(help_text='SHA-256 of the file, hex; also its name in the store', primary_key=True, serialize=False)),
                ('kind', models.TextField(choices=[('picture', 'Picture'), ('document', 'Document'), ('import', 'Import')])),
                ('name', models.TextField(blank=True, default='', help_text='of the file when it was uploaded first')),
                ('byte_count', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'original',
            },
        ),
        migrations.CreateModel(
            name='IssueEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField(help_text='from 1 on, in the order in which edits were accepted')),
                ('kind', models.TextField(choices=[('text', 'Text'), ('outline', 'Outline'), ('picture', 'Picture')])),
                ('file', models.TextField(help_text='name of the file: issue.md and one more for each further language, or of the picture')),
                ('part', models.TextField(blank=True, default='', help_text='id of the part (composer/issue/parts); only of texts')),
                ('base', models.IntegerField(default=0, help_text='the edit of the same thing that this one replaces; 0: there was none')),
                ('text', models.TextField(help_text='null: the part is deleted', null=True)),
                ('outline', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='edits', to='editorial.issuerecord')),
                ('media', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.media')),
                ('original', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.original')),
            ],
            options={
                'db_table': 'issue_edit',
            },
        ),
        migrations.AddConstraint(
            model_name='issuerevision',
            constraint=models.UniqueConstraint(fields=('issue', 'number'), name='issue_revision_number'),
        ),
        migrations.AddIndex(
            model_name='issueedit',
            index=models.Index(fields=['issue', 'kind', 'file', 'part', '-number'], name='issue_edit_newest'),
        ),
        migrations.AddConstraint(
            model_name='issueedit',
            constraint=models.UniqueConstraint(fields=('issue', 'number'), name='issue_edit_number'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
