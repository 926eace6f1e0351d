"""The organisation behind the publication, which the sentence that people agree to names."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("publication", "0012_invitations_of_blocked_accounts")]
    operations: ClassVar = [
        migrations.AddField(
            "publication",
            "organisation",
            models.TextField(blank=True, db_default="", default="", help_text="who publishes it, as people agree to it"),
        )
    ]
