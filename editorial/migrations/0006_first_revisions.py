"""Every stored version becomes a revision of its issue's source, with the pictures that its mails show."""

from django.db import migrations

from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.splitting import split


def state_of(version, media):
    """(kind, file, part) -> what an edit stores: a text, an order of parts, or the digest of a picture."""
    found = {}
    for file, text in with_ids(version.sources).items():
        parts = split(text)
        found |= {("text", file, part.id): part.text for part in parts}
        found["outline", file, ""] = [part.id for part in parts]
    return found | {("picture", src, ""): media[name] for src, name in version.pictures if name in media}


def columns(kind, value):
    return {{"text": "text", "outline": "outline", "picture": "media_id"}[kind]: value}


def add_revisions(apps, schema_editor):
    record_model, version_model, media_model, source_model, edit_model, revision_model = (
        apps.get_model("editorial", name)
        for name in ("IssueRecord", "IssueVersion", "Media", "IssueSource", "IssueEdit", "IssueRevision")
    )
    media = dict(media_model.objects.values_list("path", "digest"))
    for record in record_model.objects.order_by("pk"):
        versions = list(version_model.objects.filter(issue=record).defer("findings").order_by("number"))
        if not versions:
            continue
        # The content that was stored last may be an older version.
        steps = [(version, version.created_at) for version in versions]
        current = next((version for version in versions if version.pk == record.current_id), versions[-1])
        if current is not versions[-1]:
            steps.append((current, versions[-1].created_at))
        state, newest, number = {}, {}, 0
        for at, (version, when) in enumerate(steps, 1):
            wanted = state_of(version, media)
            edits = []
            for thing in dict.fromkeys((*wanted, *state)):
                if state.get(thing) != wanted.get(thing):
                    number += 1
                    kind, file, part = thing
                    edits.append(edit_model(
                        issue=record, number=number, kind=kind, file=file, part=part, base=newest.get(thing, 0),
                        actor_id=version.actor_id, created_at=when, **columns(kind, wanted.get(thing)),
                    ))  # fmt: skip
                    newest[thing] = number
            edit_model.objects.bulk_create(edits)
            state = wanted
            made = revision_model.objects.create(
                issue=record, number=at, edit=number, reason="push", actor_id=version.actor_id, created_at=when
            )
            if at <= len(versions):
                version_model.objects.filter(pk=version.pk).update(revision=made)
        source_model.objects.create(issue=record, head=number, revised=number, stored=number, changed_at=steps[-1][1])


def remove_revisions(apps, schema_editor):
    apps.get_model("editorial", "IssueVersion").objects.update(revision=None)
    for name in ("IssueEdit", "IssueRevision", "IssueSource"):
        apps.get_model("editorial", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("editorial", "0005_sources")]
    operations = [migrations.RunPython(add_revisions, remove_revisions)]
