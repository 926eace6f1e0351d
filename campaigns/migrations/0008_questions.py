"""Questions to readers and their answers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0007_follow_ups")]

    operations = [
        migrations.CreateModel(
            name="MailQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(help_text="as in the issue and in the addresses of its answers")),
                ("position", models.SmallIntegerField(help_text="in the issue, from 1")),
                ("texts", models.JSONField(help_text="language, text and answers of each language of the issue")),
                ("key", models.BinaryField(help_text="random; deleted when the question closes", null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("campaign", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="campaigns.campaign")),
            ],
            options={
                "db_table": "mail_question",
                "constraints": [models.UniqueConstraint(fields=("campaign", "name"), name="mail_question_once")],
            },
        ),
        migrations.CreateModel(
            name="MailAnswer",
            fields=[
                ("voter", models.UUIDField(help_text="keyed hash of question and person; random once nobody may look it up", primary_key=True, serialize=False)),
                ("answer", models.SmallIntegerField(help_text="its number, from 1")),
                ("question", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.mailquestion")),
            ],
            options={"db_table": "mail_answer"},
        ),
        migrations.CreateModel(
            name="NamedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subscriber_id", models.BigIntegerField(db_index=True)),
                ("answer", models.SmallIntegerField(help_text="its number, from 1")),
                ("at", models.DateTimeField()),
                ("question", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.mailquestion")),
            ],
            options={
                "db_table": "named_answer",
                "constraints": [models.UniqueConstraint(fields=("question", "subscriber_id"), name="named_answer_once")],
            },
        ),
    ]
