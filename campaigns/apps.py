"""Django's registration of this app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns.sending import single_mails  # noqa: PLC0415 - it needs the models
        from subscribers.signals import person_erased  # noqa: PLC0415

        person_erased.connect(single_mails.forget_address)
