"""Campaigns with many recipients and what came of them, made by the server. Numbers decide everything, so each run makes the same."""

from django.db import connection

SLICE = 200
# Of a thousand recipients: 900 delivered, 50 bounced, 2 complained, 10 skipped; the others are accepted.
STATE = """
    CASE WHEN h < 900 THEN 'delivered' WHEN h < 950 THEN 'bounced' WHEN h < 952 THEN 'complained' WHEN h < 962 THEN 'skipped' END
"""
REASON = """
    CASE WHEN h BETWEEN 900 AND 929 THEN 'hard: 5.1.1 no such user' WHEN h BETWEEN 930 AND 949 THEN 'soft: 4.2.2 mailbox full'
         WHEN h BETWEEN 952 AND 961 THEN 'unsubscribed' END
"""


def run(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def let_some_agree() -> None:
    """Two of five people agree to be measured."""
    run("UPDATE subscriber SET measured_since = now() - interval '90 days' WHERE id % 5 < 2")


def fill(campaign: int, count: int, variants: int) -> None:
    """The deliveries and slices of a campaign to the first `count` people, with every outcome, and its requests."""
    table, name = f"filling.delivery_{campaign}", f"delivery_{campaign}"
    run(
        f"""
        CREATE TABLE {table} AS
        SELECT {campaign}::bigint AS campaign_id, id AS subscriber_id,
               dense_rank() OVER (ORDER BY variant, part)::int - 1 AS slice, variant::smallint AS variant, 0::smallint AS wave,
               address_key, {STATE} AS state, {REASON} AS reason, NULL::text AS proof,
               CASE WHEN h < 900 THEN now() - interval '9 days' END AS delivered_at
        FROM (SELECT p.*, (row_number() OVER (PARTITION BY variant ORDER BY id) - 1) / {SLICE} AS part
              FROM (SELECT id, address_key, id % {variants} AS variant, (hashint8(id + {campaign}) & 2147483647) % 1000 AS h
                    FROM subscriber WHERE id <= {count}) p) q
        """
    )
    run(
        f"""
        ALTER TABLE {table} ALTER campaign_id SET NOT NULL, ALTER subscriber_id SET NOT NULL, ALTER slice SET NOT NULL,
        ALTER variant SET NOT NULL, ALTER wave SET NOT NULL, ALTER address_key SET NOT NULL,
        ALTER variant SET DEFAULT 0, ALTER wave SET DEFAULT 0,
        ADD CONSTRAINT {name}_only CHECK (campaign_id = {campaign}), ADD CONSTRAINT {name}_pkey PRIMARY KEY (campaign_id, subscriber_id),
        ADD CONSTRAINT {name}_once UNIQUE (campaign_id, address_key)
        """
    )
    run(
        f"""
        INSERT INTO slice (campaign_id, number, variant, wave, first_subscriber_id, last_subscriber_id, count, state)
        SELECT campaign_id, slice, variant, wave, min(subscriber_id), max(subscriber_id), count(*), 'accepted'
        FROM {table} GROUP BY 1, 2, 3, 4
        """
    )
    run("SELECT attach_delivery(%s)", campaign)
    run(
        f"""
        WITH made AS (
            INSERT INTO attempt (slice_id, campaign_id, worker, size, gate_at, ended_at, outcome, http_status, message_id, detail)
            SELECT id, campaign_id, 'w', count, now() - interval '9 days', now() - interval '9 days', 'accepted', 202, '', ''
            FROM slice WHERE campaign_id = {campaign} RETURNING id, slice_id)
        UPDATE slice s SET current_attempt_id = m.id, attempt_count = 1 FROM made m WHERE m.slice_id = s.id
        """
    )
    run(
        f"""
        INSERT INTO event (key, kind, at, campaign_id, subscriber_id, attempt_id, single, detail, effect, applied_at)
        SELECT decode(md5('{campaign}:' || d.subscriber_id), 'hex'),
               CASE WHEN d.state = 'complained' THEN 'complained' WHEN d.reason LIKE 'hard%' THEN 'bounced_hard' ELSE 'bounced_soft' END,
               now() - interval '9 days', {campaign}, d.subscriber_id, NULL, '', '{{}}', '', now()
        FROM delivery d WHERE d.campaign_id = {campaign} AND d.state IN ('bounced', 'complained')
        """
    )


def leave(campaign: int, count: int, list_id: int) -> None:
    """One person of five hundred left through the campaign."""
    run(
        f"""
        UPDATE subscription SET state = 'unsubscribed', unsubscribed_at = now(), unsubscribed_how = 'page', unsubscribed_campaign = {campaign}
        WHERE list_id = {list_id} AND subscriber_id <= {count} AND (subscriber_id + {campaign}) % 500 = 0
          AND unsubscribed_campaign IS NULL
        """
    )


def make_links(version: int, variants: int) -> None:
    run(
        f"""
        INSERT INTO measured_link (version_id, variant, position, url, text)
        SELECT {version}, v, p, 'https://example.org/' || p, 'Article ' || p
        FROM generate_series(0, {variants - 1}) v, generate_series(1, 12) p
        """
    )


def click(campaign: int, version: int, count: int) -> None:
    """Of the people who agreed, a fifth clicked twice; the clicks of others by hour, of people and of machines."""
    run(
        f"""
        INSERT INTO click (campaign_id, link_id, subscriber_id, at, reasons)
        SELECT {campaign}, l.id, s.id, now() - interval '9 days' + make_interval(mins => ((s.id * 7) % 9000)::int),
               CASE WHEN s.id % 11 = 0 THEN 16 ELSE 0 END
        FROM subscriber s CROSS JOIN generate_series(0, 1) n
        JOIN measured_link l ON l.version_id = {version} AND l.variant = 0 AND l.position = 1 + (s.id * (n + 3) + n) % 12
        WHERE s.id <= {count} AND s.id % 5 < 2 AND (s.id / 5) % 5 = 0
        """
    )
    run(
        f"""
        INSERT INTO click_count (campaign_id, link_id, hour, reasons, clicks)
        SELECT {campaign}, l.id, date_trunc('hour', now() - interval '9 days', 'UTC') + make_interval(hours => h), r, 1 + {count} / 50000
        FROM measured_link l, generate_series(0, 150) h, generate_series(0, 2) r WHERE l.version_id = {version}
        """
    )


def begin_half(campaign: int) -> None:
    """As if the campaign were being sent: the later half of its slices waits, and nobody there has a state."""
    run(
        f"UPDATE delivery SET state = NULL, reason = NULL, delivered_at = NULL WHERE campaign_id = {campaign} "
        f"AND subscriber_id > (SELECT max(subscriber_id) / 2 FROM delivery WHERE campaign_id = {campaign})"
    )
    run(
        f"UPDATE slice SET state = 'planned', current_attempt_id = NULL, attempt_count = 0 WHERE campaign_id = {campaign} "
        f"AND first_subscriber_id > (SELECT max(last_subscriber_id) / 2 FROM slice WHERE campaign_id = {campaign})"
    )
