"""Settings of Django that pages need and that depend on no environment variable: apps, languages, templates, static files."""

from pathlib import Path

import django_prose_editor

from config.env import INTERFACE_LANGUAGES, LANGUAGE_CODES, ROOT

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "publication",
    "subscribers",
    "editorial",
    "campaigns",
    "web",
]
LANGUAGE_CODE = "en"
LANGUAGES = list(zip(LANGUAGE_CODES, INTERFACE_LANGUAGES.values(), strict=True))
LOCALE_PATHS = [ROOT / "config" / "locale"]
TEMPLATE_FOLDER = ROOT / "templates" / "web"
STATIC_URL = "/static/"
# No STATIC_ROOT: the few files are served from the source folder, so nobody has to run collectstatic.
STATICFILES_DIRS = [
    ROOT / "templates" / "static",
    # The package is no application here: only its bundle is used.
    ("rich-text", Path(str(django_prose_editor.__file__)).parent / "static" / "django_prose_editor"),
]
