"""Django's registration of this app."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from publication.database.statement_sql import bound_session


def _prepare(connection: Any, **_: Any) -> None:
    bound_session(connection)


class PublicationConfig(AppConfig):
    name = "publication"

    def ready(self) -> None:
        from publication import personal_data  # noqa: PLC0415 - they need the models
        from publication.staff import invitations  # noqa: PLC0415
        from publication.staff.lost_rights import rights_lost  # noqa: PLC0415

        rights_lost.connect(invitations.end_with_rights)
        connection_created.connect(_prepare, dispatch_uid="publication")
        personal_data.load()
