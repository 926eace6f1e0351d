"""Store where an issue may be shown and which picture each figure uses; in older versions the picture is found by name."""

import re
from pathlib import PurePosixPath

from django.db import migrations, models

FIGURE = re.compile(r"!\[(?:[^\]\\]|\\.)*\]\(<?([^()<>\s]+)>?\)")


def name_pictures(apps, schema_editor):
    """Match figures with pictures by name: the name of a picture is the name of its file followed by a digest."""
    for version in apps.get_model("editorial", "IssueVersion").objects.filter(pictures=[]).prefetch_related("media"):
        stems = {re.sub(r"-[0-9a-f]{12}\.[a-z]+$", "", media.path): media.path for media in version.media.all()}
        pairs = set()
        for src in {found for text in version.sources.values() for found in FIGURE.findall(text)}:
            stem = re.sub(r"[^a-z0-9]+", "-", PurePosixPath(src).stem.lower()).strip("-")[:40] or "picture"
            if stem in stems:
                pairs.add((src, stems[stem]))
        version.pictures = sorted(pairs)
        version.save(update_fields=["pictures"])


class Migration(migrations.Migration):
    dependencies = [("editorial", "0002_variants")]

    operations = [
        migrations.AddField(
            model_name="issuerecord",
            name="archive",
            field=models.TextField(
                choices=[("usual", "Usual"), ("shown", "Shown"), ("withheld", "Withheld")], db_default="usual", default="usual"
            ),
        ),
        migrations.AddField(model_name="issueversion", name="pictures", field=models.JSONField(default=list)),
        migrations.RunPython(name_pictures, migrations.RunPython.noop),
    ]
