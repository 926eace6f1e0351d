"""What became of a campaign's mail by receiving domain, and the domains without which staff went on."""

import django.db.models.deletion
from django.db import migrations, models

# Campaigns that can still be held, or whose late events still come, begin with what is known of them. A few events that the old
# release applies in the same moment are missing.
COUNT = """
    INSERT INTO domain_outcome (campaign_id, domain, delivered, complained, answered, hard_bounced,
                                known_delivered, known_complained, known_answered, known_hard_bounced)
    SELECT c.id, x.domain, count(*) FILTER (WHERE d.state <> 'bounced'), count(*) FILTER (WHERE d.state = 'complained'), count(*),
           count(*) FILTER (WHERE d.state = 'bounced' AND d.reason LIKE 'hard%'), 0, 0, 0, 0
    FROM campaign c JOIN delivery d ON d.campaign_id = c.id JOIN subscriber s ON s.id = d.subscriber_id
    CROSS JOIN LATERAL (VALUES (''), (NULLIF(s.domain, ''))) x (domain)
    WHERE c.started_at IS NOT NULL AND (c.finished_at IS NULL OR c.finished_at > now() - interval '30 days')
      AND d.state IN ('delivered', 'bounced', 'complained') AND x.domain IS NOT NULL
    GROUP BY c.id, x.domain
"""


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0005_measuring"), ("publication", "0004_audit_indexes")]

    operations = [
        migrations.CreateModel(
            name="DomainOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("campaign_id", models.BigIntegerField()),
                ("domain", models.TextField(blank=True, default="")),
                ("delivered", models.IntegerField(default=0, help_text="complaints included: that mail had arrived")),
                ("complained", models.IntegerField(default=0)),
                ("answered", models.IntegerField(default=0, help_text="delivered or bounced")),
                ("hard_bounced", models.IntegerField(default=0)),
                ("known_delivered", models.IntegerField(default=0)),
                ("known_complained", models.IntegerField(default=0)),
                ("known_answered", models.IntegerField(default=0)),
                ("known_hard_bounced", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "domain_outcome",
                "constraints": [models.UniqueConstraint(fields=("campaign_id", "domain"), name="domain_outcome_once")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("complained__gt", 0), ("hard_bounced__gt", 25), _connector="OR"),
                        fields=["campaign_id"], name="domain_outcome_bad",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeftOutDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("campaign_id", models.BigIntegerField()),
                ("domain", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="publication.actor")),
            ],
            options={
                "db_table": "left_out_domain",
                "constraints": [models.UniqueConstraint(fields=("campaign_id", "domain"), name="left_out_domain_once")],
            },
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
