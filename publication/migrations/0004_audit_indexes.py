"""Indexes of the audit page. Built beside running programs; what a broken-off build left is built again."""

import django.db.models.deletion
from django.db import migrations, models

INDEXES = {
    "audit_at": "audit (at, id)",
    "audit_verb": "audit (verb, at, id)",
    "audit_actor": "audit (actor_id, verb, at, id)",
    "audit_thing": "audit (object_kind, object_id, at, id)",
}
REPLACED = ("audit_object", "audit_actor_id_ebd8f30e")


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("publication", "0003_temporary_password")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(
                    migrations.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {columns}"])
                    for name, columns in INDEXES.items()
                ),
                *(migrations.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}"]) for name in REPLACED),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name='audit', name='audit_object'),
                migrations.AlterField(
                    model_name='audit',
                    name='actor',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='publication.actor'),
                ),
                migrations.AddIndex(model_name='audit', index=models.Index(fields=['at', 'id'], name='audit_at')),
                migrations.AddIndex(model_name='audit', index=models.Index(fields=['verb', 'at', 'id'], name='audit_verb')),
                migrations.AddIndex(
                    model_name='audit',
                    index=models.Index(fields=['actor', 'verb', 'at', 'id'], name='audit_actor'),
                ),
                migrations.AddIndex(
                    model_name='audit',
                    index=models.Index(fields=['object_kind', 'object_id', 'at', 'id'], name='audit_thing'),
                ),
            ],
        ),
    ]
