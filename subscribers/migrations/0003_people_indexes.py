"""Indexes of the people's pages. Built beside running programs; what a broken-off build left is built again."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.db import migrations, models

INDEXES = {
    "subscriber_words": "subscriber USING gin (search_words(address, name))",
    "subscriber_language": "subscriber (language, id)",
    "subscriber_created": "subscriber (created_at, id)",
    "subscriber_paused": "subscriber (id) WHERE paused_until IS NOT NULL",
    "subscription_list_people": "subscription (list_id, state, subscriber_id)",
    "subscription_quoting": (
        "subscription (id) WHERE consent LIKE '%@%' OR consent LIKE '%\\%40%' OR unsubscribed_comment LIKE '%@%' "
        "OR unsubscribed_comment LIKE '%\\%40%'"
    ),
    "notice_held": "notice (list_id, id) WHERE state = 'held'",
    "notice_address": "notice (lower(address))",
}


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("subscribers", "0002_people")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(
                    migrations.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {columns}"])
                    for name, columns in INDEXES.items()
                ),
                migrations.RunSQL(["DROP INDEX CONCURRENTLY IF EXISTS subscription_list_state"]),
            ],
            state_operations=[
                migrations.RemoveIndex(
                    model_name='subscription',
                    name='subscription_list_state',
                ),
                migrations.AddIndex(
                    model_name='subscriber',
                    index=django.contrib.postgres.indexes.GinIndex(models.Func('address', 'name', function='search_words', output_field=django.contrib.postgres.search.SearchVectorField()), name='subscriber_words'),
                ),
                migrations.AddIndex(
                    model_name='subscriber',
                    index=models.Index(fields=['language', 'id'], name='subscriber_language'),
                ),
                migrations.AddIndex(
                    model_name='subscriber',
                    index=models.Index(fields=['created_at', 'id'], name='subscriber_created'),
                ),
                migrations.AddIndex(
                    model_name='subscriber',
                    index=models.Index(condition=models.Q(('paused_until__isnull', False)), fields=['id'], name='subscriber_paused'),
                ),
                migrations.AddIndex(
                    model_name='subscription',
                    index=models.Index(fields=['list', 'state', 'subscriber'], name='subscription_list_people'),
                ),
                migrations.AddIndex(
                    model_name='subscription',
                    index=models.Index(condition=models.Q(('consent__contains', '@'), ('consent__contains', '%40'), ('unsubscribed_comment__contains', '@'), ('unsubscribed_comment__contains', '%40'), _connector='OR'), fields=['id'], name='subscription_quoting'),
                ),
                migrations.AddIndex(
                    model_name='notice',
                    index=models.Index(condition=models.Q(('state', 'held')), fields=['list', 'id'], name='notice_held'),
                ),
                migrations.AddIndex(
                    model_name='notice',
                    index=models.Index(django.db.models.functions.text.Lower('address'), name='notice_address'),
                ),
            ],
        ),
    ]
