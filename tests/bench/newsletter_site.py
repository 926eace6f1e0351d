"""Case (e), run by the Python of its own virtual environment: a site with django-newsletter, set up as in its documentation.

Settings and script are in one file, which imports only `people` and `telling` from this project. The newsletter has its own
templates (`newsletter/message/<slug>/`), which is how the package supports designs. They contain the same mail with the same
placeholders.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

SLUG = "cast-newsletter"
MAIL: dict[str, Any] = json.loads(Path(os.environ["BENCH_MAIL"]).read_text(encoding="utf-8"))
TEXT, HTML = (part["value"] for part in MAIL["shared"]["content"])
LINK = "http://127.0.0.1:8025/newsletter/{{ newsletter.slug }}/%s/{{ subscription.activation_code }}/"
PLACES = {"name": "{{ subscription.name|default:'reader' }}", "email": "{{ subscription.email }}",
          "unsubscribe_url": LINK % "unsubscribe", "view_url": LINK % "archive",
          "preferences_url": LINK % "update"}  # fmt: skip

SECRET_KEY = "of-the-bench"
ROOT_URLCONF = "newsletter_site"  # this file, loaded a second time as settings
urlpatterns: list[Any] = []
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "newsletter", "USER": "mailroom", "PORT": "5432",
        "HOST": os.environ["BENCH_DATABASE"],
    }
}  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.sites", "django.contrib.admin", "sorl.thumbnail", "newsletter",
]  # fmt: skip
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
SITE_ID = 1
NEWSLETTER_THUMBNAIL = "sorl-thumbnail"
NEWSLETTER_USE_HTTPS = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP"])
STATIC_URL, MEDIA_URL = "/static/", "/media/"
USE_TZ = True


def filled(template: str) -> str:
    for field in MAIL["fields"]:
        template = template.replace(field["tag"], PLACES[field["name"]])
    return template


TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    # Parsed once and kept, as Django does when DEBUG is off.
                    "django.template.loaders.cached.Loader",
                    [
                        (
                            "django.template.loaders.locmem.Loader",
                            {
                                f"newsletter/message/{SLUG}/message_subject.txt": "{{ message.title }}",
                                f"newsletter/message/{SLUG}/message.txt": "{% autoescape off %}"
                                + filled(TEXT)
                                + "{% endautoescape %}",
                                f"newsletter/message/{SLUG}/message.html": filled(HTML),
                            },
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def main(count: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.urls import include, path
    from django.utils import timezone
    from newsletter.models import Message, Newsletter, Submission, Subscription
    from people import people
    from telling import Clock

    sys.modules["newsletter_site"].urlpatterns = [path("newsletter/", include("newsletter.urls"))]  # type: ignore[attr-defined]
    call_command("migrate", verbosity=0, interactive=False)
    newsletter = Newsletter.objects.create(
        title="CAST Newsletter", slug=SLUG, email="newsletter@cast.example", sender="CAST Newsletter", send_html=True
    )
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(
            newsletter=newsletter, name_field=person.name[:30], email_field=person.address, subscribed=True, subscribe_date=now,
            activation_code=f"{number:040x}",
        )
        for number, person in enumerate(people(0, count))
    )  # fmt: skip
    message = Message.objects.create(title=MAIL["shared"]["subject"], slug="issue", newsletter=newsletter)
    clock = Clock()
    submission = Submission.from_message(message)
    submission.prepared = True
    submission.save()
    call_command("submit_newsletter", verbosity=0)
    clock.tell()


if __name__ == "__main__":
    main(int(sys.argv[1]))
