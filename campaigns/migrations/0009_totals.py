"""Totals of large campaigns. A trigger writes them, because deliveries have several writers, and a total that one of them forgets is
wrong for ever."""

from django.db import migrations, models

DETAIL = "CASE state WHEN 'bounced' THEN split_part(coalesce(reason, ''), ':', 1) WHEN 'skipped' THEN coalesce(reason, '') ELSE '' END"
SQL = f"""
CREATE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO slice_total (campaign_id, slice, variant, state, detail, people)
    SELECT d.campaign_id, d.slice, d.variant, d.state, d.detail, sum(d.people) FROM (
        SELECT campaign_id, slice, variant, state, {DETAIL} AS detail, -1 AS people FROM before WHERE state IS NOT NULL
        UNION ALL
        SELECT campaign_id, slice, variant, state, {DETAIL}, 1 FROM after WHERE state IS NOT NULL
    ) d JOIN campaign c ON c.id = d.campaign_id AND c.has_totals
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(d.people) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_counted AFTER UPDATE ON delivery
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
"""
BACKWARDS = "DROP TRIGGER delivery_counted ON delivery; DROP FUNCTION count_deliveries();"


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0008_questions")]

    operations = [
        migrations.AddField(
            "campaign", "has_totals",
            models.BooleanField(db_default=False, default=False, help_text="large: its numbers are kept in slice_total"),
        ),
        migrations.CreateModel(
            name="SliceTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("campaign_id", models.BigIntegerField()),
                ("slice", models.IntegerField(help_text="number of the slice within the campaign")),
                ("variant", models.SmallIntegerField()),
                ("state", models.TextField()),
                ("detail", models.TextField(help_text="of a bounce: hard or soft; of somebody who was skipped: the reason")),
                ("people", models.BigIntegerField()),
                ("is_new", models.BooleanField(db_default=True, default=True, help_text="not added up with the others yet")),
            ],
            options={
                "db_table": "slice_total",
                "indexes": [
                    models.Index(fields=["campaign_id", "slice"], name="slice_total_slice"),
                    models.Index(condition=models.Q(("is_new", True)), fields=["id"], name="slice_total_new"),
                ],
            },
        ),
        migrations.RunSQL(SQL, BACKWARDS),
    ]
