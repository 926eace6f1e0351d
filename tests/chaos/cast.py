"""The people and campaigns of a chaos run, and the database triggers that keep a record for the judge.

Needs Django. The triggers exist only in the run's own database. They record each gate's commit time, each state change of a
slice and each second fact of a delivery. judging.py reads the record; it changes nothing.
"""

import io
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
import redis
from django.db import DatabaseError, InterfaceError, connection

from campaigns import launch
from campaigns.drafts import draft_changes
from campaigns.models import Campaign
from publication import audit
from subscribers import addresses
from subscribers.models import MailingList
from tests.chaos import clicking
from tests.support import people

Result = TypeVar("Result")

RECORD = """
CREATE TABLE chaos_gate (attempt_id bigint PRIMARY KEY, begun timestamptz DEFAULT now());  -- the start of its transaction
CREATE TABLE chaos_move (id bigserial PRIMARY KEY, slice_id bigint, campaign_id bigint, count int, old text, new text, proof text,
    old_attempt bigint, new_attempt bigint, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE chaos_fact (campaign_id bigint, subscriber_id bigint, old text, new text, proof text);
CREATE TABLE chaos_left (subscriber_id bigint, at timestamptz, how text);
CREATE TABLE chaos_halt (campaign_id bigint, since timestamptz, until timestamptz, how text);
CREATE TABLE chaos_stop (pid bigint, since timestamptz, until timestamptz);
CREATE FUNCTION chaos_note_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO chaos_gate VALUES (NEW.id); RETURN NULL; END';
CREATE FUNCTION chaos_note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO chaos_move (slice_id, campaign_id, count, old, new, proof, old_attempt, new_attempt) VALUES
     (NEW.id, NEW.campaign_id, NEW.count, OLD.state, NEW.state, NEW.proof, OLD.current_attempt_id, NEW.current_attempt_id);
     RETURN NULL; END';
CREATE FUNCTION chaos_note_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO chaos_fact VALUES (NEW.campaign_id, NEW.subscriber_id, OLD.state, NEW.state, NEW.proof); RETURN NULL; END';
CREATE TRIGGER chaos_gate AFTER INSERT ON attempt FOR EACH ROW EXECUTE FUNCTION chaos_note_gate();
CREATE TRIGGER chaos_move AFTER UPDATE ON slice FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.current_attempt_id IS DISTINCT FROM NEW.current_attempt_id)
    EXECUTE FUNCTION chaos_note_move();
CREATE TRIGGER chaos_fact AFTER UPDATE ON delivery FOR EACH ROW
    WHEN (OLD.state IS NOT NULL AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos_note_fact();
GRANT SELECT, INSERT, UPDATE, DELETE ON chaos_left, chaos_halt, chaos_stop TO mailroom_app;
"""
# Local parts for which the sandbox does something other than deliver, and their frequency: one in this many people.
STORIES = {"bounce": 100, "defer": 150, "soft": 170, "complain": 300, "drop": 350, "silent": 130}


def steady(call: Callable[[], Result], seconds: float = 60.0) -> Result:
    """Repeat `call` until database and broker are available; only for calls that may be repeated."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except (DatabaseError, InterfaceError, psycopg.Error, redis.ConnectionError, redis.TimeoutError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


LANGUAGES, COUNTRIES = ("en", "zh-CN", "fr"), ("CN", "", "GB", "")


def keep_record(database: psycopg.Connection[Any]) -> None:
    database.execute(RECORD)


def canary(number: int, prefix: str) -> str:
    """A name that nobody else has."""
    return f"Canary {prefix}{number:07d} {random.Random(f'{prefix}{number}').getrandbits(40):010x}"


def make_people(database: psycopg.Connection[Any], count: int, slug: str, prefix: str, stories: bool = True) -> MailingList:
    """`count` confirmed people on a new list, by COPY: two in three get variant 0 or 1, the others 2 (people.THREE)."""
    mailing_list = people.make_list(slug)
    first = database.execute("SELECT COALESCE(max(id), 0) + 1 FROM subscriber").fetchone()[0]  # type: ignore[index]
    hasher = addresses.hasher()
    rows, standings = io.StringIO(), io.StringIO()
    for number in range(count):
        story = next((word for word, one_in in STORIES.items() if stories and number % one_in == one_in - 1), "")
        address = f"{story + '-' if story else ''}{prefix}{number}@people.example"
        found = addresses.read(address, hasher)
        key = f"\\\\x{bytes(found.key).hex()}"
        rows.write(f"{first + number}\t{found.address}\t{key}\t{found.domain}\t{canary(number, prefix)}\t")
        rows.write(f"{LANGUAGES[number % 3]}\t{COUNTRIES[number % 4]}\t\t{{}}\n")
        standings.write(f"{first + number}\t{mailing_list.pk}\tconfirmed\tchaos\t\t\tnow\tnow\n")
    with database.cursor() as cursor:
        with cursor.copy(
            "COPY subscriber (id, address, address_key, domain, name, language, country, zone, attributes) FROM STDIN"
        ) as copy:
            copy.write(rows.getvalue())
        columns = "subscriber_id, list_id, state, source, consent, unsubscribed_how, joined_at, confirmed_at"
        with cursor.copy(f"COPY subscription ({columns}) FROM STDIN") as copy:
            copy.write(standings.getvalue())
    database.execute("SELECT setval(pg_get_serial_sequence('subscriber', 'id'), (SELECT max(id) FROM subscriber))")
    database.execute("ANALYZE subscriber")
    database.execute("ANALYZE subscription")
    return mailing_list


def make_campaign(mailing_list: MailingList, attempt_size: int, strict: bool = False) -> Campaign:
    """A draft to everybody on the list."""
    # The composed issue is short: other tests cover composing.
    html = clicking.HTML.replace("News for", f"News of {mailing_list.slug} for")
    campaign = launch.create(
        audit.system(), version=people.make_version(html, choices=people.THREE), lists=[mailing_list], sender=people.make_sender(),
        name=mailing_list.slug,
    )  # fmt: skip
    draft_changes.set_strict(audit.system(), campaign.pk, strict)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=attempt_size)
    campaign.refresh_from_db()
    return campaign


def send(campaign: Campaign) -> None:
    """Send as staff would: during a quarantine, wait until it is lifted."""
    deadline = time.monotonic() + 30
    while True:
        try:
            launch.schedule(audit.system(), campaign.pk)
        except launch.CampaignActionError as refused:
            if refused.code != "quarantine" or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return
