"""Ends the open invitations of accounts that were blocked or deleted before this release."""

from django.db import migrations
from django.db.models import Q
from django.utils import timezone


def end(apps, schema_editor):
    gone = apps.get_model("publication", "Actor").objects.filter(Q(user=None) | Q(user__is_active=False), kind="staff")
    invitations = apps.get_model("publication", "Invitation").objects.filter(invited_by__in=gone.values("pk"), ended_at=None)
    invitations.update(ended_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("publication", "0011_process_heartbeats")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
