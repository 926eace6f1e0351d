"""Issues: their sources, versions, pictures, reviews and imported documents. Edits and decisions never change, so triggers reject it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = """
CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER issue_edit_unchanged BEFORE UPDATE ON issue_edit FOR EACH ROW EXECUTE FUNCTION refuse_update();
CREATE TRIGGER review_decision_append_only BEFORE UPDATE OR DELETE ON review_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    initial = True
    # A database at the last state of these is at this one.
    replaces = [
        ("editorial", "0001_initial"),
        ("editorial", "0002_variants"),
        ("editorial", "0003_archive"),
        ("editorial", "0004_current_version"),
        ("editorial", "0005_sources"),
        ("editorial", "0006_first_revisions"),
        ("editorial", "0007_reviews"),
        ("editorial", "0008_picture_crops"),
        ("editorial", "0009_document_imports"),
        ("editorial", "0010_revisions_before_replacing"),
        ("editorial", "0011_issue_crops"),
        ("editorial", "0012_withdrawn_decisions"),
    ]
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("publication", "0001_schema")]

    operations = [
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
            name='IssueRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.TextField(help_text='its number in the address bar and the CLI', unique=True)),
                ('title', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archive', models.TextField(choices=[('usual', 'Usual'), ('shown', 'Shown'), ('withheld', 'Withheld')], db_default='usual', default='usual')),
            ],
            options={
                'db_table': 'issue',
            },
        ),
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
                ('reason', models.TextField(choices=[('pause', 'Pause'), ('review', 'Review'), ('restore', 'Restore'), ('import', 'Import'), ('push', 'Push'), ('replace', 'Replace')])),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='editorial.issuerecord')),
            ],
            options={
                'db_table': 'issue_revision',
                'constraints': [models.UniqueConstraint(fields=('issue', 'number'), name='issue_revision_number')],
            },
        ),
        migrations.CreateModel(
            name='IssueVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('theme', models.TextField(default='cast', help_text='of issue.md')),
                ('subject', models.TextField(help_text='of variant 0, by which staff know the version')),
                ('digest', models.TextField(help_text='SHA-256 over everything that reaches a recipient and who gets what, hex')),
                ('findings', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='editorial.issuerecord')),
                ('sources', models.JSONField(default=dict, help_text='file name -> text, of every language')),
                ('choices', models.JSONField(default=list)),
                ('pictures', models.JSONField(default=list)),
                ('revision', models.ForeignKey(help_text='whose source it was made of', null=True, on_delete=django.db.models.deletion.PROTECT, to='editorial.issuerevision')),
            ],
            options={
                'db_table': 'issue_version',
                'constraints': [models.UniqueConstraint(fields=('issue', 'number'), name='issue_version_number')],
            },
        ),
        migrations.CreateModel(
            name='Media',
            fields=[
                ('digest', models.TextField(primary_key=True, serialize=False)),
                ('path', models.TextField(help_text="name in Django's default storage")),
                ('content_type', models.TextField()),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('byte_count', models.IntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('versions', models.ManyToManyField(related_name='media', to='editorial.issueversion')),
            ],
            options={
                'verbose_name_plural': 'media',
                'db_table': 'media',
            },
        ),
        migrations.CreateModel(
            name='IssueVariant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField(help_text='from 0 on, in the order of languages and outcomes')),
                ('language', models.TextField(default='en')),
                ('holds', models.JSONField(default=list)),
                ('subject', models.TextField()),
                ('preheader', models.TextField(blank=True, default='')),
                ('html', models.TextField()),
                ('text', models.TextField()),
                ('fields', models.JSONField(default=list)),
                ('digest', models.TextField(help_text='SHA-256 over everything of it that reaches a recipient, hex')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='variants', to='editorial.issueversion')),
            ],
            options={
                'db_table': 'issue_variant',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('version', 'number'), name='issue_variant_number')],
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
                'indexes': [models.Index(fields=['issue', 'kind', 'file', 'part', '-number'], name='issue_edit_newest')],
                'constraints': [models.UniqueConstraint(fields=('issue', 'number'), name='issue_edit_number')],
            },
        ),
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
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='review_requests', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='editorial.review')),
            ],
            options={
                'db_table': 'review_request',
                'constraints': [models.UniqueConstraint(fields=('review', 'account'), name='review_request_once')],
            },
        ),
        migrations.CreateModel(
            name='PictureCrop',
            fields=[
                ('cropped', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='crop', serialize=False, to='editorial.original')),
                ('left', models.IntegerField()),
                ('top', models.IntegerField()),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('focus_x', models.IntegerField(help_text='the point that a crop with a fixed shape keeps in its middle')),
                ('focus_y', models.IntegerField()),
                ('shape', models.TextField(help_text='one of SHAPES in editorial/sources/picture_crops.py')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('media', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='editorial.media')),
                ('original', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='crops', to='editorial.original')),
            ],
            options={
                'db_table': 'picture_crop',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DocumentImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField(choices=[('waiting', 'Waiting'), ('reading', 'Reading'), ('asking', 'Asking'), ('ready', 'Ready'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting')),
                ('file_name', models.TextField(help_text='of the document, as it was uploaded')),
                ('tracked', models.TextField(blank=True, default='', help_text='accept or reject; empty: nobody decided')),
                ('changes', models.JSONField(help_text='the tracked changes of the document', null=True)),
                ('result', models.JSONField(help_text='what was read: editorial.importing.import_results', null=True)),
                ('error', models.TextField(blank=True, default='', help_text='why it failed: a code of composer.importing.refusals')),
                ('detail', models.TextField(blank=True, default='', help_text='the same in English, with the place in the file')),
                ('tries', models.IntegerField(default=0, help_text='how often a worker began')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(help_text='when the state changed')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('issue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='editorial.issuerecord')),
                ('template', models.ForeignKey(help_text='its model', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='editorial.issuerecord')),
            ],
            options={
                'db_table': 'document_import',
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'reading'])), fields=['id'], name='document_import_open')],
            },
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.TextField(choices=[('document', 'Document'), ('picture', 'Picture'), ('found', 'Found')])),
                ('name', models.TextField(help_text='as it was uploaded, or the name that the import gave it')),
                ('original', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='editorial.original')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='editorial.documentimport')),
            ],
            options={
                'db_table': 'imported_file',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='IssueCrop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('left', models.IntegerField()),
                ('top', models.IntegerField()),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('focus_x', models.IntegerField(help_text='the point that a crop with a fixed shape keeps in its middle')),
                ('focus_y', models.IntegerField()),
                ('shape', models.TextField(help_text='one of SHAPES in editorial/sources/picture_crops.py')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('cropped', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issue_crops', to='editorial.original')),
                ('issue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='crops', to='editorial.issuerecord')),
                ('media', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='editorial.media')),
                ('original', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='editorial.original')),
            ],
            options={
                'db_table': 'issue_crop',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('issue', 'cropped'), name='issue_crop_once')],
            },
        ),
        migrations.CreateModel(
            name='WithdrawnDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(help_text='who took the right away', on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawn', to='editorial.decision')),
            ],
            options={
                'db_table': 'withdrawn_decision',
            },
        ),
        migrations.AddField(
            model_name='issuerecord',
            name='current',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='editorial.issueversion'),
        ),
        migrations.RunSQL(SQL),
    ]
