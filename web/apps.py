"""Django's registration of this app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class WebConfig(AppConfig):
    name = "web"

    def ready(self) -> None:
        from web.middleware import staff_sessions  # noqa: PLC0415 - models can be imported only now

        user_logged_in.connect(staff_sessions.begin, dispatch_uid="web.middleware.staff_sessions")
