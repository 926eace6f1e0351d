"""Mark lists whose mail advertises in China, where the subject must say so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0003_archive")]
    operations = [
        migrations.AddField(model_name="mailinglist", name="advertises_in_china", field=models.BooleanField(default=False)),
    ]
