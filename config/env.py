"""Reads the settings from the environment: every variable, its type and default; reports all faults at once.

The table `SETTINGS` is the only source; a test compares docs/settings.md with it.
"""

import ipaddress
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config import media_storage, private_files

PREFIX = "MAILROOM_"
KEPT_SECRETS = ("secret_key", "link_keys", "valkey_password")  # files that `keep_secret` makes in secrets/
ROOT = Path(__file__).resolve().parent.parent
EMAIL_THEMES = ROOT / "templates" / "email"
# Where pictures of mails are as long as they are not stored. It is as long as real addresses, so that the sizes are right.
UNSTORED_MEDIA_URL = "https://media.invalid/"
# The languages of pages, of mails to staff, and of what people get as a page: BCP 47 tag -> the language's own name.
INTERFACE_LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}
LANGUAGE_CODES = tuple(tag.lower() for tag in INTERFACE_LANGUAGES)  # as Django, cookies and URLs write them
NEW_KEY_HINT = "Create a value with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
GUESSABLE = "can be guessed: a key needs at least 32 characters, five of them different"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """One or more settings are wrong; `faults` has one sentence for each, for the operator."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Setting:
    """One variable: its `name` without the prefix, the function that parses it, and its default."""

    name: str
    read: Callable[[str], Any]
    default: Any
    meaning: str
    secret: bool = False


def text(value: str) -> str:
    return value.strip()


def names(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def networks(value: str) -> list[Network]:
    """Addresses and networks, separated by commas; `none` for none. A network of all addresses is rejected."""
    return [] if value.strip().lower() == "none" else [_network(part) for part in names(value)]


def _network(part: str) -> Network:
    try:
        network = ipaddress.ip_network(part.strip("[]"), strict=False)
    except ValueError:
        raise ValueError(f'must be addresses or networks such as 10.0.0.5 or 10.0.0.0/8; "{part}" is neither') from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        network = ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen == 0:
        raise ValueError(f'must name only your front servers; with "{part}" every client could choose its own address')
    return network


def folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number from {lowest} to {highest}") from None
        if not lowest <= number <= highest:
            raise ValueError(f"must be from {lowest} to {highest}")
        return number

    return read


def yes_or_no(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in {"1", "yes", "true", "on"}:
        return True
    if lowered in {"0", "no", "false", "off", ""}:
        return False
    raise ValueError("must be yes or no")


def one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.strip() not in choices:
            raise ValueError("must be " + " or ".join(choices))
        return value.strip()

    return read


def address_and_port(value: str) -> str:
    host, _, port = value.strip().rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ValueError("must be an address and a port such as 127.0.0.1:8025")
    return value.strip()


def public_url(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a full address such as https://news.example.org")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://, because mailbox providers reject one-click unsubscribe links without it")
    if parts.query or parts.fragment:
        raise ValueError("must not contain ? or #")
    return value.strip().rstrip("/")


def api_address(example: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"must be a full address such as {example}")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https://; plain http would expose the key and is allowed on this machine only")
        return value.strip().rstrip("/")

    return read


provider_host = api_address("https://api.sendgrid.com")
store_address = api_address("https://s3.example.org")


def database_url(value: str) -> dict[str, Any]:
    """postgresql://user:password@host:port/name[?host=/socket/folder&sslmode=require] -> Django's dictionary."""
    parts = urlsplit(value.strip())
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ValueError("must look like postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
    }


def broker_url(value: str) -> str:
    if urlsplit(value.strip()).scheme not in {"redis", "rediss", "redis+socket"}:
        raise ValueError("must look like redis://host:6379/0")
    return value.strip()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "PUBLIC_URL",
        public_url,
        None,
        "public address of the web server; every link in a mail begins with it; unset: http:// and BIND",
    ),
    Setting("DATA_DIR", folder, ROOT / "var", "folder of the embedded servers, pictures, generated secrets and logs"),
    Setting("MARK_DIR", folder, None, "folder of the mark that is kept outside the database; unset: run/ in DATA_DIR"),
    Setting("DATABASE_URL", database_url, None, "PostgreSQL 16 or newer; unset: the embedded server", secret=True),
    Setting("BROKER_URL", broker_url, None, "Redis 6.2 or newer, or Valkey; unset: the embedded server", secret=True),
    Setting(
        "SECRET_KEY",
        text,
        None,
        "signs sessions and forms; unset with the embedded database: created and kept in DATA_DIR",
        secret=True,
    ),
    Setting(
        "LINK_KEYS",
        names,
        None,
        "keys of the links in mails: the first one signs, all are accepted; unset: as SECRET_KEY",
        secret=True,
    ),
    Setting(
        "SENDGRID_API_KEY",
        text,
        None,
        "API key with the permissions Mail Send and Suppressions; unset: `mailroom up` uses the sandbox",
        secret=True,
    ),
    Setting(
        "SENDGRID_HOST",
        provider_host,
        "https://api.sendgrid.com",
        "address of the SendGrid API; https://api.eu.sendgrid.com for EU subusers",
    ),
    Setting("SENDGRID_WEBHOOK_KEYS", names, [], "public keys of the signed event webhook; two while a key is being replaced"),
    Setting("MEDIA_URL", public_url, None, "address at which the pictures of mails are served; unset: PUBLIC_URL/media"),
    Setting("MEDIA_S3_BUCKET", text, None, "bucket for the pictures of mails; unset: files in DATA_DIR/media"),
    Setting("MEDIA_S3_ENDPOINT", store_address, None, "address of the S3-compatible store; unset: Amazon S3 in MEDIA_S3_REGION"),
    Setting("MEDIA_S3_REGION", text, "us-east-1", "region of the bucket; many other stores accept any value"),
    Setting("MEDIA_S3_KEY", text, None, "ID of the access key that may write to the bucket", secret=True),
    Setting("MEDIA_S3_SECRET", text, None, "secret of that access key", secret=True),
    Setting("ATTEMPT_SIZE", whole_number(1, 1000), 200, "recipients in one request to the provider"),
    Setting("SEND_SLOTS", whole_number(1, 64), 8, "simultaneous requests of one sending worker"),
    Setting("SEND_RATE", whole_number(1, 10_000_000), None, "recipients per second over all workers; unset: no limit"),
    Setting(
        "PROBE_ADDRESS",
        text,
        None,
        "your address for the trial mail of a campaign that is on hold because of uncertain recipients; unset: the sender",
    ),
    Setting("ALLOWED_HOSTS", names, [], "further host names that the web server answers to"),
    Setting(
        "TRUSTED_PROXIES",
        networks,
        [],
        "addresses or networks of your front servers, whose X-Forwarded-For and -Proto are trusted; "
        "`none`: trust none; unset: none, but this machine in `mailroom up`",
    ),
    Setting("BIND", address_and_port, "127.0.0.1:8025", "address and port at which the web server listens"),
    Setting(
        "SOFT_BOUNCE_LIMIT",
        whole_number(1, 100),
        5,
        "consecutive campaigns that bounce at a mailbox before it is suppressed; the policy bounce_campaigns overrides it",
    ),
    Setting("LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info", "debug, info, warning or error"),
    Setting("DEBUG", yes_or_no, False, "error pages for developers; never switch it on where subscribers can connect"),
    Setting("EMBEDDED_USER", text, "mailroom", "system user that runs the embedded servers when Mailroom is started as root"),
    Setting("EMBEDDED_POSTGRES", one_of("18", "16"), "18", "major version of the embedded PostgreSQL"),
    Setting(
        "EMBEDDED_CHMOD",
        yes_or_no,
        True,
        "as root: may add o+x to the parent folders, so that this user can reach DATA_DIR",
    ),
    Setting("FAILPOINTS", text, None, "fault tests only: the places at which a process kills itself"),
    Setting("CLOCK_FILE", folder, None, "fault tests only: a file with the seconds by which the clock is shifted"),
)


class Values(dict[str, Any]):
    """Setting -> value. Its repr shows no values, because error pages and logs print the repr of variables."""

    def __repr__(self) -> str:
        return f"<values of {len(self)} settings>"


@dataclass(repr=False, eq=False)
class Environment:
    """Reads the settings in the table from `environ` and collects all faults. Its repr shows no values."""

    environ: Mapping[str, str]
    values: Values = field(default_factory=Values)
    faults: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Environment of {len(self.values)} settings, {len(self.faults)} faults>"

    def __getstate__(self) -> object:
        raise TypeError("an Environment holds secrets and is not written anywhere; call config.env.load() where it is needed")

    def load(self) -> "Environment":
        for setting in SETTINGS:
            self.values[setting.name] = self._value(setting)
        known = {PREFIX + setting.name for setting in SETTINGS} | {PREFIX + s.name + "_FILE" for s in SETTINGS if s.secret}
        # MAILROOM_TEST_ variables are read only by the tests and are not settings.
        strangers = [n for n in self.environ if n.startswith(PREFIX) and n not in known and not n.startswith(PREFIX + "TEST_")]
        self._follow_running_sandbox()
        if self.values["PUBLIC_URL"] is None:
            self.values["PUBLIC_URL"] = f"http://{self.values['BIND']}"
        self.faults += media_storage.faults_of(self.values)
        if _is_new(self.values["DATA_DIR"]):
            self.faults += [f"{name}: its value {GUESSABLE}. {NEW_KEY_HINT}" for name in self.guessable_secrets]
        self.faults += [f"{name} is not a setting of Mailroom; see the list in docs/settings.md" for name in sorted(strangers)]
        return self

    def _follow_running_sandbox(self) -> None:
        """If no API key is set, use the sandbox of the `mailroom up` that runs on this data directory, and its web server."""
        if self.values["SENDGRID_API_KEY"] or self.environ.get(PREFIX + "SENDGRID_HOST"):
            return
        try:
            known = json.loads(private_files.read_secret(sandbox_file(self.values["DATA_DIR"])))
            host, ours = provider_host(known["SENDGRID_HOST"]), public_url(known["PUBLIC_URL"])
        except (OSError, ValueError, KeyError):
            return
        except private_files.NotPrivateError as fault:  # a planted file could redirect all mail and sign events
            self.faults.append(f"{PREFIX}DATA_DIR: {fault}")
            return
        if urlsplit(host).hostname in LOOPBACK:
            self.values.update(
                SENDGRID_HOST=host,
                SENDGRID_API_KEY=known["SENDGRID_API_KEY"],
                SENDGRID_WEBHOOK_KEYS=known["SENDGRID_WEBHOOK_KEYS"],
                PUBLIC_URL=self.values["PUBLIC_URL"] or ours,
            )

    def _value(self, setting: Setting) -> Any:
        name = PREFIX + setting.name
        raw = self.environ.get(name)
        if setting.secret and raw is None and (path := self.environ.get(name + "_FILE")):
            try:
                raw = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.faults.append(f"{name}_FILE: {path} cannot be read: {error.strerror}")
                return setting.default
        if raw is None or not raw.strip():
            return setting.default
        try:
            return setting.read(raw)
        except ValueError as error:
            self.faults.append(f"{name}: {_told(setting, raw, str(error))}")
            return setting.default

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def embedded_database(self) -> bool:
        return self.values["DATABASE_URL"] is None

    @property
    def embedded_broker(self) -> bool:
        return self.values["BROKER_URL"] is None

    @property
    def guessable_secrets(self) -> list[str]:
        """The variables with a key that can be guessed. An installation that was started with one goes on."""
        keys = {"SECRET_KEY": [self.values["SECRET_KEY"]], "LINK_KEYS": self.values["LINK_KEYS"]}
        return [PREFIX + name for name, given in keys.items() if any(key and _is_guessable(key) for key in given or [])]

    def require_secret(self, name: str) -> str:
        """A required secret: from the setting, or (with the embedded database) created once and kept with mode 0600."""
        value = self.values[name]
        if value:
            return value[0] if isinstance(value, list) else str(value)
        if not self.embedded_database:
            self.faults.append(f"{PREFIX}{name} is not set. {NEW_KEY_HINT}")
            return "unset"
        try:
            return keep_secret(self.values["DATA_DIR"] / "secrets" / name.lower())
        except private_files.NotPrivateError as fault:
            self.faults.append(f"{PREFIX}DATA_DIR: {fault}")
            return "unset"


def _is_guessable(key: str) -> bool:
    return len(key) < 32 or len(set(key)) < 5


def _is_new(data_dir: Path) -> bool:
    """Whether nothing was ever started with this data directory."""
    try:
        return not any(data_dir.iterdir())
    except OSError:
        return not data_dir.exists()


def _told(setting: Setting, raw: str, error: str) -> str:
    """The text of a fault, without any part of a secret: Python's own parser errors quote the rejected text."""
    if setting.secret:
        return f"its value {error}" if error.startswith("must") else "its value is not usable"
    shown = json.dumps(raw, ensure_ascii=False)
    return f"{shown} {error}" if "must" in error else f"{shown} is not usable: {error}"


def sandbox_file(data_dir: Path) -> Path:
    """The file in which a running `mailroom up` stores the address of its sandbox for other commands."""
    return data_dir / "run" / "sandbox.json"


def keep_secret(path: Path) -> str:
    """The secret in `path`; created if missing. Two processes at the same time get the same secret. Raises NotPrivateError."""
    data_dir, folder = path.parent.parent, path.parent.resolve()  # a link in our data directory is ours
    private_files.make_parents(path.parent)
    private_files.check_folder(data_dir)
    if not folder.exists():
        private_files.make_folder(folder)
    private_files.check_folder(folder, sticky=False)
    if not os.path.lexists(path):
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with private_files.create(draft) as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # fails if another process was first: then its secret is used
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return private_files.read_secret(path)


def load(environ: Mapping[str, str] | None = None) -> Environment:
    return Environment(os.environ if environ is None else environ).load()
