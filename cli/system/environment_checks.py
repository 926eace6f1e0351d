"""The checks of `mailroom system doctor` without a database: the machine, the data directory and the settings."""

import base64
import ipaddress
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.hazmat.primitives import serialization

from cli import output
from cli.system import service_processes
from cli.system.diagnosis import Diagnosis, DiagnosisLevel
from cli.texts.printed_values import near_path
from config import untrusted_proxy
from config.env import GUESSABLE, LOOPBACK, NEW_KEY_HINT, PREFIX, Environment, Network, networks
from config.processes import child_processes
from transport.errors import OperatorError, ProviderError
from transport.key_purposes import KeyPurpose
from transport.outcomes import Cause, Outcome
from worker import provider_clients

DISK_WARNS, DISK_FAULT = 2 * 1024**3, 200 * 1024**2


def _python(environment: Environment) -> Iterator[Diagnosis]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Diagnosis("python", "ok", f"{version} on {sysconfig.get_platform()}")


def _disk(environment: Environment) -> Iterator[Diagnosis]:
    folder: Path = environment["DATA_DIR"]
    existing = next(path for path in [folder, *folder.parents] if path.exists())
    free = shutil.disk_usage(existing).free
    level: DiagnosisLevel = "fault" if free < DISK_FAULT else "warn" if free < DISK_WARNS else "ok"
    remedy = "" if level == "ok" else "free some space, or move MAILROOM_DATA_DIR to another disk"
    yield Diagnosis("disk", level, f"{free / 1024**3:.1f} GiB free for {near_path(folder)}", remedy)


def _zones(environment: Environment) -> Iterator[Diagnosis]:
    try:
        ZoneInfo("Asia/Shanghai")
    except (ZoneInfoNotFoundError, OSError):
        yield Diagnosis("time zones", "fault", "this machine has no time zone data", "install the package tzdata")
    else:
        yield Diagnosis("time zones", "ok", "time zone data found")


def _keys(environment: Environment) -> Iterator[Diagnosis]:
    for name in environment.guessable_secrets:
        remedy = f"{NEW_KEY_HINT}. A new SECRET_KEY signs everybody out; put a new LINK_KEYS in front of the old one"
        yield Diagnosis("keys", "fault", f"the value of {name} {GUESSABLE}", remedy)
    if not environment.guessable_secrets:
        yield Diagnosis("keys", "ok", "long enough")


def _public_url(environment: Environment) -> Iterator[Diagnosis]:
    url: str = environment["PUBLIC_URL"]
    if url.startswith("https://"):
        yield Diagnosis("public address", "ok", url)
    else:
        remedy = "set MAILROOM_PUBLIC_URL to an https:// address"
        yield Diagnosis("public address", "warn", f"{url} works only on this machine", remedy)


def _proxies(environment: Environment) -> Iterator[Diagnosis]:
    trusted: list[Network] = environment["TRUSTED_PROXIES"]
    if not environment.environ.get(f"{PREFIX}TRUSTED_PROXIES", "").strip():
        together = child_processes.running_owner(environment["DATA_DIR"] / "run" / "up.json") is not None
        trusted = networks(service_processes.THIS_MACHINE) if together else []
    hint = untrusted_proxy.read(environment["DATA_DIR"])
    if hint is not None and not any(ipaddress.ip_address(hint.peer) in network for network in trusted):
        finding = f"X-Forwarded-For came from {hint.peer}, which is not trusted; last at {output.moment(hint.at)}"
        remedy = (
            f"if that is your front server, set MAILROOM_TRUSTED_PROXIES={hint.peer}; if not, do nothing: the header was ignored"
        )
        yield Diagnosis("trusted proxies", "warn", finding, remedy)
    elif trusted:
        yield Diagnosis("trusted proxies", "ok", ", ".join(map(str, trusted)))
    elif environment["PUBLIC_URL"].startswith("https://"):
        finding = "none is set, so every sign-in seems to come from the front server"
        yield Diagnosis("trusted proxies", "warn", finding, "set MAILROOM_TRUSTED_PROXIES to the front server's address")
    else:
        yield Diagnosis("trusted proxies", "ok", "none")


def _provider(environment: Environment) -> Iterator[Diagnosis]:
    host: str = environment["SENDGRID_HOST"]
    where = "a stand-in on this machine" if urlsplit(host).hostname in LOOPBACK else host
    if not environment["SENDGRID_API_KEY"]:
        finding = "MAILROOM_SENDGRID_API_KEY is not set: nothing can be sent"
        yield Diagnosis("provider", "warn", finding, "set it, or use the sandbox: mailroom up")
        return
    try:
        missing = provider_clients.missing_permissions(environment["SENDGRID_API_KEY"], host)
    except OperatorError as error:
        yield Diagnosis("provider", "fault", str(error), "correct this setting")
        return
    except ProviderError as error:
        yield _no_answer(where, error.outcome)
        return
    yield Diagnosis("provider", "ok", f"{where}, accepts the key")
    for purpose, scopes in missing.items():
        level, use = _USES[purpose]
        remedy = "add these scopes to the key in SendGrid, under Settings, API Keys"
        yield Diagnosis("provider's key", level, f"lacks {', '.join(scopes)}: {use}", remedy)


def _no_answer(where: str, outcome: Outcome) -> Diagnosis:
    """Why the provider did not say what the key may do."""
    if outcome.cause is Cause.CREDENTIALS:
        remedy = "check MAILROOM_SENDGRID_API_KEY; if the key was deleted, create another one in SendGrid"
        return Diagnosis("provider", "fault", f"{where} rejects the key: {outcome.detail}", remedy)
    if outcome.status is not None:
        remedy = "try again in a few minutes; if it stays like this, look at SendGrid's status page"
        return Diagnosis("provider", "warn", f"{where} did not say what the key may do: {outcome.detail}", remedy)
    remedy = "check the network, its firewall and MAILROOM_SENDGRID_HOST; the key was not checked"
    return Diagnosis("provider", "fault", f"{where} cannot be reached: {outcome.detail}", remedy)


# What a key without the scopes for it cannot do. Strict mode and local hours are rarely used: many keys need not have theirs.
_USES: dict[KeyPurpose, tuple[DiagnosisLevel, str]] = {
    KeyPurpose.SEND: ("fault", "nothing can be sent"),
    KeyPurpose.READ_LISTS: ("warn", "bounces, complaints and unsubscribes that SendGrid knows cannot be read"),
    KeyPurpose.CHANGE_LISTS: ("warn", "suppressions cannot be passed on to SendGrid, and not be lifted there"),
    KeyPurpose.HOLD_MAIL: ("warn", "strict mode and sending at the local hour of each zone do not work"),
    KeyPurpose.READ_DOMAINS: ("warn", "senders cannot be confirmed by their domain, only by mail"),
}


def _webhook_keys(environment: Environment) -> Iterator[Diagnosis]:
    keys: list[str] = environment["SENDGRID_WEBHOOK_KEYS"]
    if not keys:
        remedy = "set MAILROOM_SENDGRID_WEBHOOK_KEYS; without it Mailroom never learns of bounces, complaints and deliveries"
        yield Diagnosis("webhook key", "warn", "none is set, so the provider's events are not accepted", remedy)
    for number, key in enumerate(keys, start=1):
        try:
            serialization.load_der_public_key(base64.b64decode(key, validate=True))
        except Exception:  # the library raises many kinds of errors for a text that is not a key
            remedy = "copy it again from the provider's settings of the signed event webhook"
            yield Diagnosis("webhook key", "fault", f"number {number} is not a public key", remedy)
        else:
            yield Diagnosis("webhook key", "ok", f"number {number} is valid")


def _fault_tests(environment: Environment) -> Iterator[Diagnosis]:
    for check, setting, usual, finding in (
        ("failpoints", "FAILPOINTS", "none", "MAILROOM_FAILPOINTS is set, so processes kill themselves"),
        ("clock", "CLOCK_FILE", "the system's", "MAILROOM_CLOCK_FILE is set: that file shifts the time of every decision"),
    ):
        if environment[setting]:
            yield Diagnosis(check, "fault", finding, "unset it; it is for fault tests only")
        else:
            yield Diagnosis(check, "ok", usual)


def _debug(environment: Environment) -> Iterator[Diagnosis]:
    if environment["DEBUG"]:
        yield Diagnosis(
            "debug", "warn", "MAILROOM_DEBUG is on, so error pages show internals", "unset it where subscribers can reach it"
        )


CHECKS = (_python, _disk, _zones, _keys, _public_url, _proxies, _provider, _webhook_keys, _fault_tests, _debug)
