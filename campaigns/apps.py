"""Django's registration of this app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        import campaigns.reporting.delivery_fields  # noqa: PLC0415, F401 - it adds its fields
        from campaigns.lost_rights import affected_campaigns  # noqa: PLC0415 - they need the models
        from campaigns.provider_lists import lifting  # noqa: PLC0415
        from campaigns.sending import quarantine  # noqa: PLC0415
        from publication.staff.lost_rights import rights_lost  # noqa: PLC0415
        from subscribers.signals import lifted_by_consent, people_exported, people_imported  # noqa: PLC0415

        lifted_by_consent.connect(lifting.follow_consent)
        people_exported.connect(quarantine.highest_ids)
        people_imported.connect(quarantine.continue_ids)
        rights_lost.connect(affected_campaigns.end_with_rights)
