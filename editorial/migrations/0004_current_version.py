"""Store which version of an issue is current: the one stored last, which is an older one if its content is stored again."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE issue SET current_id = (
    SELECT v.id FROM issue_version v WHERE v.issue_id = issue.id ORDER BY v.number DESC LIMIT 1)
"""


class Migration(migrations.Migration):
    dependencies = [("editorial", "0003_archive")]
    operations = [
        migrations.AddField(
            model_name="issuerecord",
            name="current",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="editorial.issueversion"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
