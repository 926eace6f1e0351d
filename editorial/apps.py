"""Django's registration of this app."""

from django.apps import AppConfig


class EditorialConfig(AppConfig):
    name = "editorial"

    def ready(self) -> None:
        from editorial.review import withdrawals  # noqa: PLC0415 - it needs the models
        from publication.staff.lost_rights import rights_lost  # noqa: PLC0415

        rights_lost.connect(withdrawals.end_with_rights)
