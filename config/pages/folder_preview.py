"""Django for `mailroom issue preview`: the console's templates and texts, without a database, accounts and settings."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from config.env import EMAIL_THEMES, ROOT, UNSTORED_MEDIA_URL
from config.pages import shared_settings


def application(folder: Path) -> WSGIHandler:
    """The application that shows the preview of an issue folder. Sets up Django in this process, which must not have done so."""
    settings.configure(
        **settings_of(folder),
        # The models that templates and texts know. Without DATABASES, whatever would read one is an error.
        INSTALLED_APPS=shared_settings.INSTALLED_APPS,
        LOGGING={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR"}},
            "root": {"handlers": ["stderr"]},
        },
        SECRET_KEY=secrets.token_urlsafe(48),
    )
    return get_wsgi_application()


def settings_of(folder: Path) -> dict[str, Any]:
    """What the pages of the preview read from the settings."""
    return {
        "PREVIEW_FOLDER": folder,
        # Pages of a foreign name that resolves to this machine would have the same origin (DNS rebinding).
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
        "APPEND_SLASH": False,
        "BASE_DIR": ROOT,
        "DATA_DIR": folder.resolve(),
        "EMAIL_THEMES": EMAIL_THEMES,
        "LANGUAGE_CODE": shared_settings.LANGUAGE_CODE,
        "LANGUAGES": shared_settings.LANGUAGES,
        "LOCALE_PATHS": shared_settings.LOCALE_PATHS,
        "MEDIA_URL": UNSTORED_MEDIA_URL,
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "web.middleware.security_headers.SecurityHeaders",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "allauth.account.middleware.AccountMiddleware",  # the app refuses to start without it
        ],
        "ROOT_URLCONF": "web.console.issues.previewing.folder_pages",
        "STATIC_URL": shared_settings.STATIC_URL,
        "STATICFILES_DIRS": shared_settings.STATICFILES_DIRS,
        "TEMPLATES": [
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [shared_settings.TEMPLATE_FOLDER]},
        ],
        "USE_TZ": True,
        "WHITENOISE_USE_FINDERS": True,
    }
