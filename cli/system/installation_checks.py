"""What `mailroom system doctor` checks with a database: servers, schema, what the publication has set up. Needs Django set up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django import db

from campaigns.sending import high_water_mark, quarantine
from campaigns.tracking import webhook_health
from campaigns.tracking.bounces import bounce_texts, domain_rejections, provider_bounce_list
from cli import schema_migrations
from cli.system.diagnosis import Diagnosis, DiagnosisLevel
from config.env import Environment
from config.processes import process_commands
from editorial import media_store
from publication import installation, models
from publication.database import schema_sql
from publication.staff import sign_in_limits
from worker.app import app as celery

OLDEST_POSTGRES = 160000


def _database(environment: Environment) -> Iterator[Diagnosis]:
    number = db.connection.pg_version  # type: ignore[attr-defined]
    place = "embedded" if environment.embedded_database else "given"
    words = f"{place}, PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST_POSTGRES:
        yield Diagnosis("database", "fault", words, "PostgreSQL 16 or newer is needed")
    else:
        yield Diagnosis("database", "ok", words)


def _database_role(environment: Environment) -> Iterator[Diagnosis]:
    name, superuser = schema_sql.role()
    if superuser:
        remedy = "use a role that owns nothing: docs/operations.md, Database roles"
        yield Diagnosis(
            "database role", "warn", f"{name} is a superuser: a fault in Mailroom could do anything on the server", remedy
        )
    else:
        yield Diagnosis("database role", "ok", name)
    if os.getuid() == 0 and environment.embedded_database and environment["EMBEDDED_USER"] == "nobody":
        found = "the embedded servers run as 'nobody', as other daemons do: each of them can read all subscribers"
        yield Diagnosis("embedded user", "warn", found, "unset MAILROOM_EMBEDDED_USER, then mailroom down and start again")


def _durability(environment: Environment) -> Iterator[Diagnosis]:
    if off := schema_sql.forgetful():
        # The others are lost with the machine alone, and then the whole database may be.
        level: DiagnosisLevel = "fault" if "synchronous_commit" in off else "warn"
        found = f"{', '.join(off)} off: a crash may take back what was committed, and people would be sent to twice"
        yield Diagnosis("durability", level, found, "switch it on in postgresql.conf, or for this database and user")
    else:
        yield Diagnosis("durability", "ok", "what is committed is on the disk")


def _connections(environment: Environment) -> Iterator[Diagnosis]:
    most, held = schema_sql.connection_limits()
    needed = process_commands.connections(environment["SEND_SLOTS"])
    found = f"{most} allowed, {held} open, {needed} needed by one machine with {environment['SEND_SLOTS']} slots"
    if needed > most:
        yield Diagnosis("connections", "fault", found, "raise max_connections, or lower MAILROOM_SEND_SLOTS")
    elif needed > most - held:
        remedy = "if nothing of ours runs now: raise max_connections, or lower MAILROOM_SEND_SLOTS"
        yield Diagnosis("connections", "warn", found, remedy)
    else:
        yield Diagnosis("connections", "ok", found)


def _migrations(environment: Environment) -> Iterator[Diagnosis]:
    missing = schema_migrations.pending()
    if missing:
        found = f"{len(missing)} migrations are missing: {', '.join(missing[:5])}"
        yield Diagnosis("schema", "fault", found, "mailroom system migrate")
    else:
        yield Diagnosis("schema", "ok", "up to date")


def _broker(environment: Environment) -> Iterator[Diagnosis]:
    place = "embedded" if environment.embedded_broker else "given"
    try:
        with celery.connection_for_write(connect_timeout=5) as connection:
            channel: Any = connection.default_channel  # of kombu's redis transport: has the client as an attribute
            client = channel.client
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
            version = client.info("server").get("redis_version", "?")
    except Exception as error:  # of kombu, redis or the network: all mean the same to the reader
        remedy = "MAILROOM_BROKER_URL says where it is; mails wait for beat as long as it is away"
        yield Diagnosis("broker", "fault", f"{place}, does not answer ({type(error).__name__})", remedy)
        return
    yield Diagnosis("broker", "ok", f"{place}, version {version}")
    if policy == "noeviction":
        yield Diagnosis("broker policy", "ok", policy)
    else:
        remedy = "set it to noeviction: others lose queues"
        yield Diagnosis("broker policy", "fault", f"maxmemory-policy is {policy or 'unknown'}", remedy)


def _media(environment: Environment) -> Iterator[Diagnosis]:
    place = media_store.place()
    try:
        media_store.probe()
    except media_store.StoreFault as fault:
        # Mailroom itself deletes no picture: mails that are years old still show them.
        level: DiagnosisLevel = "warn" if fault.step == "deleted" else "fault"
        remedy = "MAILROOM_DATA_DIR: a folder that every process may write to"
        if environment["MEDIA_S3_BUCKET"]:
            remedy = "MAILROOM_MEDIA_S3_… name bucket and key; docs/operations.md, Pictures, tells what the key must be allowed"
        yield Diagnosis("media store", level, f"{place}: a probe could not be {fault.step}: {fault.reason}", remedy)
    else:
        yield Diagnosis("media store", "ok", f"{place}: a probe was written, read and deleted")


def _postal_address(environment: Environment) -> Iterator[Diagnosis]:
    if installation.publication().postal_address:
        yield Diagnosis("postal address", "ok", "set")
    else:
        remedy = "mailroom publication set --postal-address '…': mail law wants it in every mail"
        yield Diagnosis("postal address", "warn", "the publication has none", remedy)


def _senders(environment: Environment) -> Iterator[Diagnosis]:
    count = models.Sender.objects.count()
    if count:
        yield Diagnosis("senders", "ok", str(count))
    else:
        yield Diagnosis("senders", "warn", "none: confirmations cannot go out", "mailroom sender add EMAIL --name NAME")


def _mark(environment: Environment) -> Iterator[Diagnosis]:
    found = quarantine.look()
    folder = high_water_mark.folder()
    if not high_water_mark.is_writable():
        yield Diagnosis(
            "mark", "fault", f"{folder} cannot be written", "MAILROOM_MARK_DIR: a folder that the workers may write to"
        )
    elif found is None or not found.known.exists:
        yield Diagnosis("mark", "ok", f"none yet in {folder}: the workers begin one")
    elif found.signs:
        yield Diagnosis("mark", "fault", "; ".join(found.signs), "mailroom system restore-check")
    else:
        yield Diagnosis("mark", "ok", f"attempt {found.known.attempt_id}, timeline {found.identity.timeline}, in {folder}")


def _quarantine(environment: Environment) -> Iterator[Diagnosis]:
    row = installation.publication()
    if row.quarantined_at is None:
        yield Diagnosis("quarantine", "ok", "none")
    else:
        found = f"since {row.quarantined_at:%Y-%m-%d %H:%M} UTC: {row.quarantine_reason}"
        yield Diagnosis("quarantine", "fault", found, "mailroom system restore-check tells what happened and what to do")


def _webhook(environment: Environment) -> Iterator[Diagnosis]:
    state = webhook_health.webhook_health()
    if state.level != "red":
        yield Diagnosis("webhook", "ok", state.words)
    elif not environment["SENDGRID_WEBHOOK_KEYS"]:
        yield Diagnosis(
            "webhook", "warn", state.words, "what is uncertain stays so until an operator settles it: mailroom unknown ls"
        )
    else:
        remedy = "is the web server reachable from the provider, does the upkeep worker run, is the key the provider's?"
        yield Diagnosis("webhook", "fault", state.words, remedy)


def _rejections(environment: Environment) -> Iterator[Diagnosis]:
    found = domain_rejections.latest()
    if not found:
        yield Diagnosis("rejections", "ok", "no receiving domain refused a campaign because of its sender within a day")
    for each in found:
        words = f"{each.domain} rejected {each.rejected} mails of campaign {each.campaign}, {each.cause}: {each.sample[:120]}"
        remedy = bounce_texts.REMEDIES.get(each.remedy) or f"mailroom campaign show {each.campaign}"
        yield Diagnosis("rejections", "warn", words, remedy)


def _unlisting(environment: Environment) -> Iterator[Diagnosis]:
    counts = provider_bounce_list.counts()
    if counts.failed:
        found = (
            f"{counts.failed} addresses could not be taken off the provider's bounce list: {provider_bounce_list.last_fault()}"
        )
        yield Diagnosis("provider's bounce list", "warn", found, "mailroom suppression unlisting --retry, once that is corrected")
    else:
        yield Diagnosis("provider's bounce list", "ok", f"{counts.planned} addresses to take off")


def _sign_in(environment: Environment) -> Iterator[Diagnosis]:
    attacked = sign_in_limits.attacked_accounts()
    if not attacked:
        yield Diagnosis("sign-in", "ok", "no account is guessed at")
        return
    names = ", ".join(f"{name} ({tries})" for name, tries in attacked.items())
    remedy = "nobody is locked out; is the password a good one? docs/operations.md, Signing in"
    yield Diagnosis("sign-in", "warn", f"many failed sign-ins within a day, from unknown devices: {names}", remedy)


SERVER_CHECKS = (_database, _database_role, _durability, _connections, _migrations, _broker, _media)
# They read tables, so they run only when no migration is missing.
DATA_CHECKS = (_postal_address, _senders, _mark, _quarantine, _webhook, _rejections, _unlisting, _sign_in)
