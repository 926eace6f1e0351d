"""The approvals that a campaign's content had when it was scheduled. Existing campaigns have none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0014_provider_lists'),
        ('editorial', '0007_reviews'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='approvals',
            field=models.ManyToManyField(help_text='that its content had when it was scheduled', to='editorial.decision'),
        ),
    ]
