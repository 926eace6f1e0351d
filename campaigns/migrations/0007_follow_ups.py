"""Follow-ups of campaigns, and who was chosen for one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0006_brakes")]

    operations = [
        migrations.AddField(model_name="campaign", name="followed", field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="campaigns.campaign")),
        migrations.AddField(model_name="campaign", name="follow_up", field=models.TextField(blank=True, db_default="", default="", help_text="one of follow_ups.followed_people.KINDS")),
        migrations.AddField(model_name="campaign", name="archived", field=models.BooleanField(db_default=True, default=True, help_text="False: a follow-up that archives do not show")),
        migrations.CreateModel(
            name="FollowUpRecipient",
            fields=[
                ("pk", models.CompositePrimaryKey("followed_id", "kind", "subscriber_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("followed_id", models.BigIntegerField()),
                ("kind", models.TextField(help_text="as Campaign.follow_up")),
                ("subscriber_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField(help_text="the follow-up")),
            ],
            options={"db_table": "follow_up_recipient"},
        ),
    ]
