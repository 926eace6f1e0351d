"""The diagnosis of an installation: one check a function, each ending in ok, a warning or a fault with its remedy."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli import bootstrap as house
from cli import error_reporting as faults
from cli.campaign import sender_rejections as alarms
from cli.later import later
from config import untrusted_proxy as proxy_hint
from config.env import LOOPBACK, PREFIX, Environment, Network, load, networks

if TYPE_CHECKING:
    import base64

    from cryptography.hazmat.primitives import serialization
    from django import db

    from campaigns.sending import high_water_mark as mark
    from campaigns.sending import quarantine as restoring
    from campaigns.tracking import webhook_health as health
    from campaigns.tracking.bounces import domain_rejections as rejections
    from campaigns.tracking.bounces import provider_bounce_list as unlisting
    from cli.system import service_processes as running
    from config.processes import child_processes as processes
    from config.processes import process_commands as commands
    from editorial import media_store
    from publication import installation, models
    from publication.database import schema_sql
    from publication.staff import sign_in_limits as sign_in
    from worker import app as celery
else:
    base64, serialization = later("base64"), later("cryptography.hazmat.primitives.serialization")
    db, commands, celery = later("django.db"), later("config.processes.process_commands"), later("worker.app")
    health, mark, restoring = (
        later(name)
        for name in ("campaigns.tracking.webhook_health", "campaigns.sending.high_water_mark", "campaigns.sending.quarantine")
    )
    rejections, unlisting = (
        later("campaigns.tracking.bounces.domain_rejections"),
        later("campaigns.tracking.bounces.provider_bounce_list"),
    )
    media_store = later("editorial.media_store")
    installation, models, schema_sql = (
        later(name) for name in ("publication.installation", "publication.models", "publication.database.schema_sql")
    )
    sign_in, processes, running = (
        later("publication.staff.sign_in_limits"),
        later("config.processes.child_processes"),
        later("cli.system.service_processes"),
    )

Level = Literal["ok", "warn", "fault"]
OLDEST_POSTGRES = 160000
DISK_WARNS, DISK_FAULT = 2 * 1024**3, 200 * 1024**2


@dataclass(frozen=True)
class Line:
    """What one check found. `remedy` is empty where all is well."""

    check: str
    level: Level
    found: str
    remedy: str = ""


def examine() -> list[Line]:
    """Every check, as far as it can be made: without settings nothing more is looked at, without a database less is."""
    environment = load()
    lines = list(_settings(environment))
    if environment.faults:
        return lines
    for check in (_python, _disk, _zones, _public_url, _proxies, _provider, _webhook_keys, _failpoints, _clock, _debug):
        lines += check(environment)
    lines += _after_entering(environment)
    return lines


def as_document(lines: list[Line]) -> dict[str, Any]:
    return {"ok": all(line.level != "fault" for line in lines), "checks": [asdict(line) for line in lines]}


def _after_entering(environment: Environment) -> Iterator[Line]:
    try:
        house.enter(migrated=False)
        db.connection.ensure_connection()
    except Exception as error:
        told = faults.tell(error)
        if told is None:
            raise
        remedy = "; ".join(told.lines[1:]) or "correct MAILROOM_DATABASE_URL, or start the server"
        yield Line("database", "fault", told.lines[0], remedy)
        return
    for check in (_database, _migrations, _broker, _media):
        yield from _guarded(check, environment)
    if not house.pending():
        for check in (_postal_address, _senders, _mark, _quarantine, _webhook, _rejections, _unlisting, _sign_in):
            yield from _guarded(check, environment)


def _guarded(check: Callable[[Environment], Iterator[Line]], environment: Environment) -> Iterator[Line]:
    try:
        yield from check(environment)
    except Exception as error:
        told = faults.tell(error)
        if told is None:
            raise
        yield Line(check.__name__.strip("_"), "fault", told.lines[0])


def _settings(environment: Environment) -> Iterator[Line]:
    for fault in environment.faults:
        yield Line("settings", "fault", fault, "docs/settings.md tells each setting")
    if not environment.faults:
        given = [name for name in environment.environ if name.startswith(PREFIX)]
        yield Line("settings", "ok", f"{len(given)} set in the environment, no fault")


def _python(environment: Environment) -> Iterator[Line]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Line("python", "ok", f"{version} on {sysconfig.get_platform()}")


def _disk(environment: Environment) -> Iterator[Line]:
    folder: Path = environment["DATA_DIR"]
    existing = next(place for place in [folder, *folder.parents] if place.exists())
    free = shutil.disk_usage(existing).free
    level: Level = "fault" if free < DISK_FAULT else "warn" if free < DISK_WARNS else "ok"
    remedy = "" if level == "ok" else "free some, or move MAILROOM_DATA_DIR"
    yield Line("disk", level, f"{free / 1024**3:.1f} GiB free for {folder}", remedy)


def _zones(environment: Environment) -> Iterator[Line]:
    try:
        ZoneInfo("Asia/Shanghai")
    except (ZoneInfoNotFoundError, OSError):
        yield Line("time zones", "fault", "there is no time zone data", "install the package tzdata")
    else:
        yield Line("time zones", "ok", "their data is there")


def _public_url(environment: Environment) -> Iterator[Line]:
    url: str = environment["PUBLIC_URL"]
    if url.startswith("https://"):
        yield Line("public address", "ok", url)
    else:
        remedy = "set MAILROOM_PUBLIC_URL to an https:// address"
        yield Line("public address", "warn", f"{url} works on this machine only", remedy)


def _proxies(environment: Environment) -> Iterator[Line]:
    trusted: list[Network] = environment["TRUSTED_PROXIES"]
    if not environment.environ.get(f"{PREFIX}TRUSTED_PROXIES", "").strip():
        together = processes.running_owner(environment["DATA_DIR"] / "run" / "up.json") is not None
        trusted = networks(running.THIS_MACHINE) if together else []
    hint = proxy_hint.read(environment["DATA_DIR"])
    if hint is not None and not any(ipaddress.ip_address(hint.peer) in network for network in trusted):
        found = f"X-Forwarded-For came from {hint.peer}, which is not trusted (last {hint.at:%Y-%m-%d %H:%M} UTC)"
        remedy = (
            f"if that is your front server: MAILROOM_TRUSTED_PROXIES={hint.peer}; if not, ignore it: the header did not count"
        )
        yield Line("trusted proxies", "warn", found, remedy)
    elif trusted:
        yield Line("trusted proxies", "ok", ", ".join(map(str, trusted)))
    elif environment["PUBLIC_URL"].startswith("https://"):
        found = "none is set: everybody who signs in seems to come from the front server"
        yield Line("trusted proxies", "warn", found, "MAILROOM_TRUSTED_PROXIES: the address of the server that speaks https")
    else:
        yield Line("trusted proxies", "ok", "none")


def _provider(environment: Environment) -> Iterator[Line]:
    host: str = environment["SENDGRID_HOST"]
    where = "a stand-in on this machine" if urlsplit(host).hostname in LOOPBACK else host
    if environment["SENDGRID_API_KEY"]:
        yield Line("provider", "ok", f"{where}, with a key")
    else:
        found = "MAILROOM_SENDGRID_API_KEY is not set: nothing can be sent"
        yield Line("provider", "warn", found, "set it; or mailroom up, with the sandbox")


def _webhook_keys(environment: Environment) -> Iterator[Line]:
    keys: list[str] = environment["SENDGRID_WEBHOOK_KEYS"]
    if not keys:
        remedy = "set MAILROOM_SENDGRID_WEBHOOK_KEYS: without it bounces, complaints and deliveries stay unknown"
        yield Line("webhook key", "warn", "none is set: the provider's events are refused", remedy)
    for number, key in enumerate(keys, start=1):
        try:
            serialization.load_der_public_key(base64.b64decode(key, validate=True))
        except Exception:  # the library raises many kinds for a text that is no key
            remedy = "copy it anew from the provider's signed event webhook"
            yield Line("webhook key", "fault", f"number {number} is no public key", remedy)
        else:
            yield Line("webhook key", "ok", f"number {number} can be read")


def _failpoints(environment: Environment) -> Iterator[Line]:
    if environment["FAILPOINTS"]:
        found = "MAILROOM_FAILPOINTS is set: processes kill themselves"
        yield Line("failpoints", "fault", found, "unset it; it is for fault tests only")
    else:
        yield Line("failpoints", "ok", "none")


def _clock(environment: Environment) -> Iterator[Line]:
    if environment["CLOCK_FILE"]:
        found = "MAILROOM_CLOCK_FILE is set: whoever writes that file moves the time of every decision"
        yield Line("clock", "fault", found, "unset it; it is for fault tests only")
    else:
        yield Line("clock", "ok", "the system's")


def _debug(environment: Environment) -> Iterator[Line]:
    if environment["DEBUG"]:
        yield Line("debug", "warn", "MAILROOM_DEBUG is on: error pages show what is inside", "unset it where subscribers come")


def _database(environment: Environment) -> Iterator[Line]:
    number = db.connection.pg_version  # type: ignore[attr-defined]
    place = "embedded" if environment.embedded_database else "given"
    words = f"{place}, PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST_POSTGRES:
        yield Line("database", "fault", words, "PostgreSQL 16 or newer is needed")
    else:
        yield Line("database", "ok", words)
    name, superuser = schema_sql.role()
    if superuser:
        remedy = "use a role that owns nothing: docs/operations.md, Database roles"
        yield Line("database role", "warn", f"{name} is a superuser: a fault in Mailroom could do anything on the server", remedy)
    else:
        yield Line("database role", "ok", name)
    if os.getuid() == 0 and environment.embedded_database and environment["EMBEDDED_USER"] == "nobody":
        found = "the embedded servers run as 'nobody', as other daemons do: each of them can read all subscribers"
        yield Line("embedded user", "warn", found, "unset MAILROOM_EMBEDDED_USER, then mailroom down and start again")
    if off := schema_sql.forgetful():
        # The others are lost with the machine alone, and then the whole database may be.
        level: Level = "fault" if "synchronous_commit" in off else "warn"
        found = f"{', '.join(off)} off: a crash may take back what was committed, and people would be sent to twice"
        yield Line("durability", level, found, "switch it on in postgresql.conf, or for this database and user")
    else:
        yield Line("durability", "ok", "what is committed is on the disk")
    most, held = schema_sql.connection_limits()
    needed = commands.connections(environment["SEND_SLOTS"])
    found = f"{most} allowed, {held} open, {needed} needed by one machine with {environment['SEND_SLOTS']} slots"
    if needed > most:
        yield Line("connections", "fault", found, "raise max_connections, or lower MAILROOM_SEND_SLOTS")
    elif needed > most - held:
        remedy = "if nothing of ours runs now: raise max_connections, or lower MAILROOM_SEND_SLOTS"
        yield Line("connections", "warn", found, remedy)
    else:
        yield Line("connections", "ok", found)


def _migrations(environment: Environment) -> Iterator[Line]:
    missing = house.pending()
    if missing:
        found = f"{len(missing)} migrations are missing: {', '.join(missing[:5])}"
        yield Line("schema", "fault", found, "mailroom system migrate")
    else:
        yield Line("schema", "ok", "up to date")


def _broker(environment: Environment) -> Iterator[Line]:
    place = "embedded" if environment.embedded_broker else "given"
    try:
        with celery.app.connection_for_write(connect_timeout=5) as connection:
            channel: Any = connection.default_channel  # of kombu's redis transport: has the client as an attribute
            client = channel.client
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
            version = client.info("server").get("redis_version", "?")
    except Exception as error:  # of kombu, redis or the network: all mean the same to the reader
        remedy = "MAILROOM_BROKER_URL says where it is; mails wait for beat as long as it is away"
        yield Line("broker", "fault", f"{place}, does not answer ({type(error).__name__})", remedy)
        return
    yield Line("broker", "ok", f"{place}, version {version}")
    if policy == "noeviction":
        yield Line("broker policy", "ok", policy)
    else:
        remedy = "set it to noeviction: others lose queues"
        yield Line("broker policy", "fault", f"maxmemory-policy is {policy or 'unknown'}", remedy)


def _media(environment: Environment) -> Iterator[Line]:
    place = media_store.place()
    try:
        media_store.probe()
    except media_store.StoreFault as fault:
        # Mailroom itself deletes no picture: mails that are years old still show them.
        level: Level = "warn" if fault.step == "deleted" else "fault"
        remedy = "MAILROOM_DATA_DIR: a folder that every process may write to"
        if environment["MEDIA_S3_BUCKET"]:
            remedy = "MAILROOM_MEDIA_S3_… name bucket and key; docs/operations.md, Pictures, tells what the key must be allowed"
        yield Line("media store", level, f"{place}: a probe could not be {fault.step}: {fault.reason}", remedy)
    else:
        yield Line("media store", "ok", f"{place}: a probe was written, read and deleted")


def _postal_address(environment: Environment) -> Iterator[Line]:
    if installation.publication().postal_address:
        yield Line("postal address", "ok", "set")
    else:
        remedy = "mailroom publication set --postal-address '…': mail law wants it in every mail"
        yield Line("postal address", "warn", "the publication has none", remedy)


def _senders(environment: Environment) -> Iterator[Line]:
    count = models.Sender.objects.count()
    if count:
        yield Line("senders", "ok", str(count))
    else:
        yield Line("senders", "warn", "none: confirmations cannot go out", "mailroom sender add EMAIL --name NAME")


def _mark(environment: Environment) -> Iterator[Line]:
    found = restoring.look()
    folder = mark.folder()
    if not mark.is_writable():
        yield Line("mark", "fault", f"{folder} cannot be written", "MAILROOM_MARK_DIR: a folder that the workers may write to")
    elif found is None or not found.known.exists:
        yield Line("mark", "ok", f"none yet in {folder}: the workers begin one")
    elif found.signs:
        yield Line("mark", "fault", "; ".join(found.signs), "mailroom system restore-check")
    else:
        yield Line("mark", "ok", f"attempt {found.known.attempt_id}, timeline {found.identity.timeline}, in {folder}")


def _quarantine(environment: Environment) -> Iterator[Line]:
    row = installation.publication()
    if row.quarantined_at is None:
        yield Line("quarantine", "ok", "none")
    else:
        found = f"since {row.quarantined_at:%Y-%m-%d %H:%M} UTC: {row.quarantine_reason}"
        yield Line("quarantine", "fault", found, "mailroom system restore-check tells what happened and what to do")


def _webhook(environment: Environment) -> Iterator[Line]:
    state = health.webhook_health()
    if state.level != "red":
        yield Line("webhook", "ok", state.words)
    elif not environment["SENDGRID_WEBHOOK_KEYS"]:
        yield Line("webhook", "warn", state.words, "what is uncertain stays so until an operator settles it: mailroom unknown ls")
    else:
        remedy = "is the web server reachable from the provider, does the upkeep worker run, is the key the provider's?"
        yield Line("webhook", "fault", state.words, remedy)


def _sign_in(environment: Environment) -> Iterator[Line]:
    attacked = sign_in.attacked_accounts()
    if not attacked:
        yield Line("sign-in", "ok", "no account is guessed at")
        return
    names = ", ".join(f"{name} ({tries})" for name, tries in attacked.items())
    remedy = "nobody is locked out; is the password a good one? docs/operations.md, Signing in"
    yield Line("sign-in", "warn", f"many failed sign-ins within a day, from unknown devices: {names}", remedy)


def _rejections(environment: Environment) -> Iterator[Line]:
    found = rejections.latest()
    if not found:
        yield Line("rejections", "ok", "no receiving domain refused a campaign because of its sender within a day")
    for each in found:
        words = f"{each.domain} rejected {each.rejected} mails of campaign {each.campaign}, {each.cause}: {each.sample[:120]}"
        yield Line("rejections", "warn", words, alarms.fix(each.remedy) or f"mailroom campaign show {each.campaign}")


def _unlisting(environment: Environment) -> Iterator[Line]:
    counts = unlisting.counts()
    if counts.failed:
        found = f"{counts.failed} addresses could not be taken off the provider's bounce list: {unlisting.last_fault()}"
        yield Line("provider's bounce list", "warn", found, "mailroom suppression unlisting --retry, once that is corrected")
    else:
        yield Line("provider's bounce list", "ok", f"{counts.planned} addresses to take off")
