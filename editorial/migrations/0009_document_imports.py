"""Imports of documents in the console: their states, results and files."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0008_picture_crops'),
        ('publication', '0009_mail_choices'),
    ]

    operations = [
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
        migrations.AddIndex(
            model_name='documentimport',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'reading'])), fields=['id'], name='document_import_open'),
        ),
    ]
