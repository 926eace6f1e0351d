"""The checks of `mailroom system doctor` with a database: servers, schema, the publication's setup. Needs Django set up."""

import os
from collections.abc import Iterator
from typing import Any

from django import db

from campaigns.marks import high_water_mark
from campaigns.measuring import click_spool, missing_clicks
from campaigns.provider_lists import list_changes
from campaigns.sending import quarantine
from campaigns.suppression_sync import sync_runs
from campaigns.tracking import unasked_events, webhook_health
from campaigns.tracking.bounces import bounce_texts, domain_rejections
from cli import output, schema_migrations
from cli.system.diagnosis import Diagnosis, DiagnosisLevel
from cli.texts.printed_values import near_path
from config.env import Environment
from config.processes import process_commands
from editorial import media_store
from publication import installation, models
from publication.database import schema_sql
from publication.staff import sign_in_limits
from subscribers import attribute_declarations, attributes
from subscribers.models import MailingList, Segment
from subscribers.segments import saved_segments
from subscribers.sign_up import held_requests
from worker.app import app as celery

OLDEST_POSTGRES = 160000


def _database(environment: Environment) -> Iterator[Diagnosis]:
    number = db.connection.pg_version  # type: ignore[attr-defined]
    server = "embedded" if environment.embedded_database else "your own"
    finding = f"{server}, PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST_POSTGRES:
        yield Diagnosis("database", "fault", finding, "install PostgreSQL 16 or newer")
    else:
        yield Diagnosis("database", "ok", finding)


def _database_role(environment: Environment) -> Iterator[Diagnosis]:
    name, superuser = schema_sql.role()
    if superuser:
        remedy = "use a role that owns nothing; see docs/operations.md, Database roles"
        yield Diagnosis(
            "database role", "warn", f"{name} is a superuser, so a bug in Mailroom could do anything on the server", remedy
        )
    else:
        yield Diagnosis("database role", "ok", name)
    if os.getuid() == 0 and environment.embedded_database and environment["EMBEDDED_USER"] == "nobody":
        finding = "the embedded servers run as the user nobody; every other daemon of that user can read all subscribers"
        yield Diagnosis("embedded user", "warn", finding, "unset MAILROOM_EMBEDDED_USER, run mailroom down and start again")


def _durability(environment: Environment) -> Iterator[Diagnosis]:
    if off := schema_sql.forgetful():
        # The other settings lose data only with the whole machine, and then the whole database may be lost.
        level: DiagnosisLevel = "fault" if "synchronous_commit" in off else "warn"
        finding = f"{', '.join(off)} off: a crash may undo committed data, and people would be mailed twice"
        yield Diagnosis("durability", level, finding, "switch it on in postgresql.conf, or for this database and role")
    else:
        yield Diagnosis("durability", "ok", "committed data is on the disk")


def _connections(environment: Environment) -> Iterator[Diagnosis]:
    most, held = schema_sql.connection_limits()
    needed = process_commands.connections(environment["SEND_SLOTS"])
    finding = f"{most} allowed, {held} open, {needed} needed by one machine with {environment['SEND_SLOTS']} send slots"
    if needed > most:
        yield Diagnosis("connections", "fault", finding, "raise max_connections, or lower MAILROOM_SEND_SLOTS")
    elif needed > most - held:
        remedy = "if Mailroom is not running now: raise max_connections, or lower MAILROOM_SEND_SLOTS"
        yield Diagnosis("connections", "warn", finding, remedy)
    else:
        yield Diagnosis("connections", "ok", finding)


def _migrations(environment: Environment) -> Iterator[Diagnosis]:
    missing = schema_migrations.pending()
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        finding = f"{output.count(len(missing), 'migration')} {verb} missing: {', '.join(missing[:5])}"
        yield Diagnosis("schema", "fault", finding, "run: mailroom system migrate")
    else:
        yield Diagnosis("schema", "ok", "up to date")


def _broker(environment: Environment) -> Iterator[Diagnosis]:
    broker = "embedded" if environment.embedded_broker else "your own"
    try:
        with celery.connection_for_write(connect_timeout=5) as connection:
            channel: Any = connection.default_channel  # of kombu's redis transport: has the client as an attribute
            client = channel.client
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
            version = client.info("server").get("redis_version", "?")
    except Exception as error:  # of kombu, redis or the network; all mean the same to the reader
        remedy = "correct MAILROOM_BROKER_URL or start the broker; until then mails are sent later, when beat finds them"
        yield Diagnosis("broker", "fault", f"{broker}, does not answer ({type(error).__name__})", remedy)
        return
    yield Diagnosis("broker", "ok", f"{broker}, version {version}")
    if policy == "noeviction":
        yield Diagnosis("broker policy", "ok", policy)
    else:
        remedy = "set it to noeviction, because other policies lose queues"
        yield Diagnosis("broker policy", "fault", f"maxmemory-policy is {policy or 'unknown'}", remedy)


def _media(environment: Environment) -> Iterator[Diagnosis]:
    store = media_store.location()
    try:
        media_store.probe()
    except media_store.StoreError as fault:
        # Mailroom itself never deletes a picture, because mails that are years old still show them.
        level: DiagnosisLevel = "warn" if fault.step == "deleted" else "fault"
        remedy = "set MAILROOM_DATA_DIR to a folder that every process may write to"
        if environment["MEDIA_S3_BUCKET"]:
            remedy = "check the settings MAILROOM_MEDIA_S3_…; docs/operations.md, Pictures, lists the rights that the key needs"
        yield Diagnosis("media store", level, f"{store}: a probe could not be {fault.step}: {fault.reason}", remedy)
    else:
        yield Diagnosis("media store", "ok", f"{store}: a probe was written, read and deleted")


def _postal_address(environment: Environment) -> Iterator[Diagnosis]:
    if installation.publication().postal_address:
        yield Diagnosis("postal address", "ok", "set")
    else:
        remedy = "mail laws require it in every mail: mailroom publication set --postal-address TEXT"
        yield Diagnosis("postal address", "warn", "the publication has none", remedy)


def _organisation(environment: Environment) -> Iterator[Diagnosis]:
    if installation.publication().organisation:
        yield Diagnosis("organisation", "ok", "set")
    elif MailingList.objects.exclude(sign_up=MailingList.SignUp.CLOSED).exists():
        remedy = "a consent must name who gets it: mailroom publication set --organisation NAME"
        yield Diagnosis("organisation", "warn", "people can subscribe, and the sentence that they agree to names none", remedy)
    else:
        yield Diagnosis("organisation", "ok", "none set; needed when people can subscribe on the web")


def _senders(environment: Environment) -> Iterator[Diagnosis]:
    count = models.Sender.objects.count()
    if count:
        yield Diagnosis("senders", "ok", str(count))
    else:
        yield Diagnosis("senders", "warn", "none: confirmation mails cannot be sent", "mailroom sender add EMAIL --name NAME")


def _mark(environment: Environment) -> Iterator[Diagnosis]:
    comparison = quarantine.compare()
    folder = high_water_mark.folder()
    if not high_water_mark.is_writable():
        yield Diagnosis(
            "mark", "fault", f"cannot write to {near_path(folder)}", "set MAILROOM_MARK_DIR to a folder that workers can write to"
        )
    elif comparison is None or not comparison.known.exists:
        yield Diagnosis("mark", "ok", f"none yet in {near_path(folder)}; the workers create it")
    elif comparison.signs:
        yield Diagnosis("mark", "fault", "; ".join(comparison.signs), "run: mailroom system restore-check")
    else:
        mark_folder = near_path(folder)
        yield Diagnosis(
            "mark", "ok", f"attempt {comparison.known.attempt_id}, timeline {comparison.identity.timeline}, in {mark_folder}"
        )


def _quarantine(environment: Environment) -> Iterator[Diagnosis]:
    row = installation.publication()
    if row.quarantined_at is None:
        yield Diagnosis("quarantine", "ok", "none")
    else:
        finding = f"since {output.moment(row.quarantined_at)}: {row.quarantine_reason}"
        yield Diagnosis("quarantine", "fault", finding, "see what happened and what to do: mailroom system restore-check")


def _webhook(environment: Environment) -> Iterator[Diagnosis]:
    state = webhook_health.webhook_health()
    if state.level != "red":
        yield Diagnosis("webhook", "ok", state.explanation)
    elif not environment["SENDGRID_WEBHOOK_KEYS"]:
        yield Diagnosis(
            "webhook", "warn", state.explanation, "without events, uncertain recipients need your decision: mailroom uncertain ls"
        )
    else:
        remedy = "check that the provider can reach the web server, the upkeep worker runs, and the key is the provider's"
        yield Diagnosis("webhook", "fault", state.explanation, remedy)


def _rejections(environment: Environment) -> Iterator[Diagnosis]:
    rejections = domain_rejections.latest()
    if not rejections:
        yield Diagnosis("rejections", "ok", "no receiving domain rejected a campaign because of its sender within the last day")
    for rejection in rejections:
        mails = output.count(rejection.rejected, "mail")
        finding = (
            f"{rejection.domain} rejected {mails} of campaign {rejection.campaign} ({rejection.cause}): {rejection.sample[:120]}"
        )
        remedy = bounce_texts.REMEDIES.get(rejection.remedy) or f"mailroom campaign show {rejection.campaign}"
        yield Diagnosis("rejections", "warn", finding, remedy)


def _tracking(environment: Environment) -> Iterator[Diagnosis]:
    reported = unasked_events.latest()
    if reported is None:
        yield Diagnosis("tracking", "ok", "the provider reports no opens and clicks that the mails forbid it to track")
        return
    finding = (
        f"the provider reported {output.count(reported.events, 'open or click')} of campaign {reported.campaign}, although every "
        "mail forbids it to track: it changes links and adds a picture. No number is made of these events"
    )
    remedy = "switch off Open Tracking and Click Tracking in the provider's account (SendGrid: Settings, Tracking)"
    yield Diagnosis("tracking", "warn", finding, remedy)


def _clicks(environment: Environment) -> Iterator[Diagnosis]:
    missing = missing_clicks.lately()
    if not missing:
        yield Diagnosis("clicks", "ok", "none were lost within the last week, and none wait to be stored")
    if missing.lost and missing.first and missing.last:
        span = f"between {output.moment(missing.first)} and {output.moment(missing.last)}"
        finding = f"{output.count(missing.lost, 'click')} could not be kept {span}; their readers reached the page"
        yield Diagnosis("clicks", "warn", finding, "make room on the disk of the data directory; reports name the number")
    if missing.waiting_since:
        folder = near_path(environment["DATA_DIR"] / click_spool.FOLDER)
        finding = f"clicks wait in {folder} since {output.moment(missing.waiting_since)}"
        yield Diagnosis("clicks", "warn", finding, "start the web server, which stores them; its log says why it does not")


def _segments(environment: Environment) -> Iterator[Diagnosis]:
    segments = {segment.pk: segment for segment in Segment.objects.order_by("slug")}
    faults = [(segments[pk].slug, fault) for pk, fault in saved_segments.faults_of([*segments.values()]).items()]
    # Declared before a release gave the name to a field.
    hidden = sorted(attributes.schema().keys() & attribute_declarations.RESERVED)
    if not faults and not hidden:
        yield Diagnosis("segments", "ok", "all can be used")
    for name in hidden:
        finding = f"the attribute {name} cannot be used, because Mailroom has a field or a column of this name"
        remedy = "mailroom publication set --attribute OTHER_NAME:TYPE, then import an export whose column has the other name"
        yield Diagnosis("segments", "warn", finding, remedy)
    for slug, fault in faults:
        remedy = f"mailroom segment change {slug} TEXT; campaigns that were scheduled with it are put on hold"
        yield Diagnosis("segments", "warn", f"{slug} cannot be used: {fault}", remedy)


def _provider_lists(environment: Environment) -> Iterator[Diagnosis]:
    counts, run = list_changes.counts(), sync_runs.latest()
    if counts.failed:
        finding = (
            f"{output.count(counts.failed, 'change')} could not be made at the provider's lists: {list_changes.last_fault()}"
        )
        yield Diagnosis("provider's lists", "warn", finding, "fix the cause, then: mailroom suppression provider --retry")
    elif run is not None and run.state == "failed":
        finding = f"the last synchronisation of suppressions failed: {run.detail}"
        remedy = "fix the cause (the API key needs the permission Suppressions), then: mailroom suppression sync"
        yield Diagnosis("provider's lists", "warn", finding, remedy)
    else:
        yield Diagnosis("provider's lists", "ok", f"{output.count(counts.planned, 'change')} to make")


def _sign_in(environment: Environment) -> Iterator[Diagnosis]:
    attacked = sign_in_limits.attacked_accounts()
    if not attacked:
        yield Diagnosis("sign-in", "ok", "nobody tries to guess a password")
        return
    names = ", ".join(f"{name} ({tries})" for name, tries in attacked.items())
    remedy = "make sure that the passwords are strong; no account is locked (docs/operations.md, Signing in)"
    yield Diagnosis("sign-in", "warn", f"many failed sign-ins from unknown devices within the last day: {names}", remedy)


def _sign_up(environment: Environment) -> Iterator[Diagnosis]:
    waiting = held_requests.lists_with_held()
    if not waiting:
        yield Diagnosis("requests to subscribe", "ok", "none wait for your decision")
    for mailing_list in waiting:
        held = held_requests.held(mailing_list)
        since = f"; all are held since {output.moment(held.since)}" if held.since else ""
        mails = output.count(held.waiting, "confirmation mail")
        finding = f"{mails} of {mailing_list.slug} wait, because there were far too many{since}"
        remedy = f"mailroom list requests {mailing_list.slug}, then with --release or --discard"
        yield Diagnosis("requests to subscribe", "warn", finding, remedy)


SERVER_CHECKS = (_database, _database_role, _durability, _connections, _migrations, _broker, _media)
# They read tables, so they run only when no migration is missing.
DATA_CHECKS = (
    _postal_address, _organisation, _senders, _mark, _quarantine, _webhook, _tracking, _clicks, _rejections, _segments,
    _provider_lists, _sign_in, _sign_up,
)  # fmt: skip
