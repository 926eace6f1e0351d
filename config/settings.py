"""Django's settings, from the environment variables that `config.env` reads. The only settings file."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import log_masking, media_storage, private_files, public_urls
from config.embedded import server_paths
from config.env import EMAIL_THEMES as EMAIL_THEMES
from config.env import LOOPBACK, ROOT, Network, SettingsError, load
from config.pages.shared_settings import INSTALLED_APPS as INSTALLED_APPS
from config.pages.shared_settings import LANGUAGE_CODE as LANGUAGE_CODE
from config.pages.shared_settings import LANGUAGES as LANGUAGES
from config.pages.shared_settings import LOCALE_PATHS as LOCALE_PATHS
from config.pages.shared_settings import STATIC_URL as STATIC_URL
from config.pages.shared_settings import STATICFILES_DIRS as STATICFILES_DIRS
from config.pages.shared_settings import TEMPLATE_FOLDER

ENV = load()
# Files written by a process that handles personal data are readable only by its owner, whatever umask it inherits.
os.umask(private_files.UMASK)
log_masking.mask_structured_lines()

BASE_DIR = ROOT
DATA_DIR = ENV["DATA_DIR"]
# Outside the database: docs/operations.md, "After a restore".
MARK_DIR: Path = ENV["MARK_DIR"] or DATA_DIR / "run"
DEBUG = ENV["DEBUG"]
SECRET_KEY = ENV.require_secret("SECRET_KEY")
LINK_KEYS: list[str] = ENV["LINK_KEYS"] or [ENV.require_secret("LINK_KEYS")]
PUBLIC_URL: str = ENV["PUBLIC_URL"]
PUBLIC_HOST: str = urlsplit(PUBLIC_URL).hostname or "localhost"
ALLOWED_HOSTS = sorted({*LOOPBACK, "[::1]", PUBLIC_HOST, *ENV["ALLOWED_HOSTS"]})

SENDGRID_API_KEY: str | None = ENV["SENDGRID_API_KEY"]
SENDGRID_HOST: str = ENV["SENDGRID_HOST"]
SENDGRID_WEBHOOK_KEYS: list[str] = ENV["SENDGRID_WEBHOOK_KEYS"]
ATTEMPT_SIZE: int = ENV["ATTEMPT_SIZE"]
SEND_SLOTS: int = ENV["SEND_SLOTS"]
SEND_RATE: int | None = ENV["SEND_RATE"]
PROBE_ADDRESS: str | None = ENV["PROBE_ADDRESS"]
SOFT_BOUNCE_LIMIT: int = ENV["SOFT_BOUNCE_LIMIT"]
BIND: str = ENV["BIND"]
TRUSTED_PROXIES: list[Network] = ENV["TRUSTED_PROXIES"]
FAILPOINTS: str | None = ENV["FAILPOINTS"]
CLOCK_FILE: Path | None = ENV["CLOCK_FILE"]
LOG_LEVEL: str = ENV["LOG_LEVEL"].upper()

if ENV.faults:
    raise SettingsError(ENV.faults)

_paths = server_paths.EmbeddedPaths.of(DATA_DIR)
_database: dict[str, Any] = ENV["DATABASE_URL"] or _paths.django_database()
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **_database,
        # Each thread keeps one connection, so that the hot path does not spend time on connecting.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "mailroom",
            "connect_timeout": 10,
            # Over TCP: a lost server or network is detected within a minute instead of two hours.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            **_database.get("OPTIONS", {}),
        },
    }
}
BROKER_URL: str = ENV["BROKER_URL"] or _paths.broker_url

MIDDLEWARE = [
    # First, because later middleware may use the forwarded address and scheme only if a trusted proxy sent them.
    "web.middleware.trusted_proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.security_headers.SecurityHeaders",
    "web.middleware.failing_requests.DatabaseUnavailable",
    "web.middleware.staff_sessions.SessionCookies",
    "django.middleware.locale.LocaleMiddleware",
    "web.middleware.failing_requests.ReadableRequests",
    "web.middleware.trusted_proxies.HealthHosts",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "web.middleware.staff_sessions.StaffSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "web.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [TEMPLATE_FOLDER],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

USE_TZ = True
TIME_ZONE = "UTC"

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = private_files.FILE, private_files.FOLDER
STORAGES = media_storage.storages(ENV.values)
PREVIEW_FOLDER = Path()  # config.pages.folder_preview sets another
MEDIA_URL = (ENV["MEDIA_URL"] or f"{PUBLIC_URL}/{public_urls.MEDIA}") + "/"

LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Signing in by django-allauth (docs/decisions/second-factors.md). Its limits count in a cache of each process, and its lock shuts
# an account after other people's failures: publication.staff.sign_in_limits takes their place.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_ADAPTER = "web.console.signing_in.account_adapter.AccountAdapter"
MFA_ADAPTER = "web.console.signing_in.account_adapter.SecondFactorAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # sign-up is closed; a check of the library compares the two settings
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "publication.staff.staff_links.ResetTokens"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = 2 * 3600  # seconds
MFA_FORMS = {
    "authenticate": "web.console.signing_in.code_forms.SignInCodeForm",
    "reauthenticate": "web.console.signing_in.code_forms.ConfirmingCodeForm",
    "activate_totp": "web.console.signing_in.code_forms.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # periods of 30 s: telephones whose clock is a little off (RFC 6238, 5.2)
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-mailroom" if _https else "mailroom"
CSRF_COOKIE_NAME = "__Host-mailroom-csrf" if _https else "mailroom-csrf"
DEVICE_COOKIE_NAME = "__Host-mailroom-device" if _https else "mailroom-device"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "web.public.error_pages.forged"
# Our own pages, even if X-Forwarded-Proto is ignored because MAILROOM_TRUSTED_PROXIES does not name the front server.
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(PUBLIC_URL))]
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-mailroom-language" if _https else "mailroom-language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = _https, True, "Lax"
# Kept in the session, which saves a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
# The one-click unsubscribe must answer without a redirect, so the front server rejects http, and nothing redirects it here.
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
X_FRAME_OPTIONS = "DENY"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.log_masking.MaskingFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"client_faults": {"()": "config.log_masking.ClientFaults"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["client_faults"],
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"mailroom": {"level": LOG_LEVEL}},
}
