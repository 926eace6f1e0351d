"""An index of the attempts of which the provider keeps a cancel, or may have to: strict mode reads it every two seconds."""

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
