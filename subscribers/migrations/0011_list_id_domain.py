"""The domain of each list's List-Id. Existing lists keep the one that they had: the host of the public address."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations, models


def keep_present_domain(apps: Any, schema_editor: Any) -> None:
    host = re.sub(r"^\w+://(\[[^\]]*\]|[^/:]*).*$", r"\1", settings.PUBLIC_URL).strip("[]").lower()
    apps.get_model("subscribers", "MailingList").objects.filter(list_id_domain="").update(list_id_domain=host)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscribers", "0010_imports_from_other_systems")]
    operations: ClassVar = [
        migrations.AddField(
            "mailinglist",
            "list_id_domain",
            models.TextField(
                blank=True, db_default="", default="",
                help_text="the domain of List-Id for the list's life; empty until a campaign",
            ),
        ),
        migrations.RunPython(keep_present_domain, migrations.RunPython.noop),
    ]  # fmt: skip
