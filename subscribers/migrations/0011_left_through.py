"""An index of the people who left through a campaign. Built beside running programs; what a broken-off build left is built again."""

from django.db import migrations, models

NAME = "subscription_left_through"


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("subscribers", "0010_last_click_from_clicks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                        f"CREATE INDEX CONCURRENTLY {NAME} ON subscription (unsubscribed_campaign, subscriber_id) "
                        "WHERE unsubscribed_campaign IS NOT NULL",
                    ]
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="subscription",
                    index=models.Index(
                        condition=models.Q(("unsubscribed_campaign__isnull", False)),
                        fields=["unsubscribed_campaign", "subscriber"], name=NAME,
                    ),
                )
            ],
        )
    ]
