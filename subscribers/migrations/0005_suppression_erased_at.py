"""Store when a suppressed person was erased, separately from the reason, which a later bounce may replace."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0004_advertises_in_china")]
    operations = [
        migrations.AddField(
            model_name="suppression",
            name="erased_at",
            field=models.DateTimeField(null=True, help_text="when the person was erased; only their own consent empties it"),
        ),
        migrations.RunSQL(
            "UPDATE suppression SET erased_at = created_at WHERE reason = 'erased'", migrations.RunSQL.noop
        ),
    ]
