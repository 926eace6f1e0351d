"""Django's registration of this app."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from publication.database.statement_sql import bound_session


def _prepare(connection: Any, **_: Any) -> None:
    bound_session(connection)


class PublicationConfig(AppConfig):
    name = "publication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        connection_created.connect(_prepare, dispatch_uid="publication")
