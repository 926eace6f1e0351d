"""Links of mails that are counted, and clicks; what a campaign measures; links to its report."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0004_tester_groups"), ("publication", "0004_audit_indexes")]

    operations = [
        migrations.AddField(model_name="campaign", name="measuring", field=models.TextField(db_default="off", default="off", help_text="off, anonymous, individual: the policy when it was scheduled")),
        migrations.AddField(model_name="campaign", name="opens", field=models.BooleanField(db_default=False, default=False, help_text="whether a picture counts opens, likewise")),
        migrations.CreateModel(
            name="MeasuredLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version_id", models.BigIntegerField()),
                ("variant", models.SmallIntegerField(help_text="number of the variant in the version")),
                ("position", models.SmallIntegerField(help_text="in the order of the mail, from 1; the picture has 0")),
                ("url", models.TextField(blank=True, default="")),
                ("text", models.TextField(blank=True, default="", help_text="of the first link there; empty if that is a picture")),
            ],
            options={
                "db_table": "measured_link",
                "constraints": [models.UniqueConstraint(fields=("version_id", "variant", "position"), name="measured_link_once")],
            },
        ),
        migrations.CreateModel(
            name="Click",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("campaign_id", models.BigIntegerField()),
                ("link_id", models.BigIntegerField()),
                ("subscriber_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("reasons", models.SmallIntegerField(db_default=0, help_text="why it may be a machine's; 0: a person's")),
            ],
            options={
                "db_table": "click",
                "indexes": [
                    models.Index(fields=["campaign_id", "subscriber_id"], name="click_campaign"),
                    models.Index(fields=["subscriber_id", "at"], name="click_person"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClickCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("campaign_id", models.BigIntegerField()),
                ("link_id", models.BigIntegerField()),
                ("hour", models.DateTimeField(help_text="its beginning, UTC")),
                ("reasons", models.SmallIntegerField(help_text="as in Click, of what one request alone shows")),
                ("clicks", models.BigIntegerField()),
            ],
            options={
                "db_table": "click_count",
                "constraints": [models.UniqueConstraint(fields=("campaign_id", "link_id", "hour", "reasons"), name="click_count_once")],
            },
        ),
        migrations.CreateModel(
            name="ClickBatch",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("stored_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "click_batch"},
        ),
        migrations.CreateModel(
            name="LostClicks",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("clicks", models.BigIntegerField()),
            ],
            options={"db_table": "lost_clicks"},
        ),
        migrations.CreateModel(
            name="ReportLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(help_text="whom it is for")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="publication.actor")),
                ("campaign", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="report_links", to="campaigns.campaign")),
            ],
            options={"db_table": "report_link"},
        ),
    ]
