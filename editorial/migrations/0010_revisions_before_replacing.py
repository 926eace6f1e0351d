from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0009_document_imports'),
    ]

    operations = [
        migrations.AlterField(
            model_name='issuerevision',
            name='reason',
            field=models.TextField(choices=[('pause', 'Pause'), ('review', 'Review'), ('restore', 'Restore'), ('import', 'Import'), ('push', 'Push'), ('replace', 'Replace')]),
        ),
    ]
