"""Django's registration of this app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import forgetting  # noqa: PLC0415 - it needs the models
        from subscribers.signals import address_forgotten, person_erased  # noqa: PLC0415

        person_erased.connect(forgetting.forget_person)
        address_forgotten.connect(forgetting.forget_texts)
