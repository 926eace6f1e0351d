"""What the console's settings need: texts for readers in each language, confirmations of senders, checks of the provider.

The code of before works beside it: it leaves the new columns at their defaults.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("publication", "0001_schema")]

    operations = [
        migrations.AlterModelOptions(
            name="publication", options={"permissions": [("see_settings", "Can see the settings")]}
        ),
        migrations.AddField(
            model_name="publication", name="description",
            field=models.TextField(blank=True, db_default="", default="", help_text="what it is about, for readers"),
        ),
        migrations.AddField(
            model_name="publication", name="texts",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="sender", name="is_default",
            field=models.BooleanField(
                db_default=False, default=False, help_text="sends confirmations and mails to staff"
            ),
        ),
        migrations.AddField(model_name="sender", name="must_confirm", field=models.BooleanField(db_default=False, default=False)),
        migrations.AddField(model_name="sender", name="confirmed_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="sender", name="confirmed_by",
            field=models.TextField(blank=True, choices=[("mail", "Mail"), ("domain", "Domain")], db_default="", default=""),
        ),
        migrations.AddField(
            model_name="sender", name="link_asked_at",
            field=models.DateTimeField(null=True, help_text="when its newest link was mailed; the link is valid from then"),
        ),
        migrations.AddField(
            model_name="sender", name="domain_asked_by",
            field=models.ForeignKey(
                help_text="who waits for the provider's list of domains", null=True, on_delete=django.db.models.deletion.PROTECT,
                to="publication.actor",
            ),
        ),
        migrations.AddField(
            model_name="sender", name="domain_refused_at",
            field=models.DateTimeField(null=True, help_text="when the provider's list did not have its domain"),
        ),
        migrations.AddConstraint(
            model_name="sender",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("is_default",), name="sender_one_default"
            ),
        ),
        migrations.CreateModel(
            name="ProviderCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(help_text="when staff last wanted to know", null=True)),
                ("checked_at", models.DateTimeField(help_text="when it was last asked, whatever came of it", null=True)),
                ("answered_at", models.DateTimeField(help_text="when it last answered", null=True)),
                ("fault", models.TextField(blank=True, default="", help_text="why there was no answer: a code")),
                ("key_end", models.TextField(blank=True, default="", help_text="the last four characters of the key")),
                ("permissions", models.JSONField(default=list, help_text="what the key may do, by the provider's names")),
                ("missing", models.JSONField(default=dict, help_text="purpose -> the permissions that the key lacks for it")),
                ("domains", models.JSONField(
                    default=list, help_text="authenticated domains; null if the key may not read them", null=True,
                )),
            ],
            options={
                "db_table": "provider_check",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="provider_check_one_row")],
            },
        ),
    ]
