"""An index of attempts that have a cancel at the provider, or may need one: strict mode queries it every two seconds."""

from django.db import migrations, models
from django.db.models import Q

HELD_BACK = ["unknown", "fencing", "fenced", "recalling", "recalled"]


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_evidence")]
    operations = [
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                fields=["send_at"],
                name="attempt_held_back",
                condition=Q(batch_id__isnull=False) & (Q(outcome__isnull=True) | Q(outcome__in=HELD_BACK)),
            ),
        ),
    ]
