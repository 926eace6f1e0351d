"""Who of staff suppressed an address."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("publication", "0001_schema"), ("subscribers", "0003_people_indexes")]

    operations = [
        migrations.AddField(
            model_name="suppression",
            name="actor",
            field=models.ForeignKey(db_index=False, help_text="the staff who decided; NULL: nobody of staff", null=True, on_delete=django.db.models.deletion.PROTECT, to="publication.actor"),
        ),
    ]
