"""Django's registration of this app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class WebConfig(AppConfig):
    name = "web"

    def ready(self) -> None:
        from allauth.mfa import signals  # noqa: PLC0415 - models can be imported only now

        from subscribers.signals import address_forgotten  # noqa: PLC0415
        from web.console.people import erased_searches  # noqa: PLC0415
        from web.console.signing_in import factor_changes  # noqa: PLC0415
        from web.middleware import staff_sessions  # noqa: PLC0415

        user_logged_in.connect(staff_sessions.begin, dispatch_uid="web.middleware.staff_sessions")
        user_logged_out.connect(staff_sessions.note_sign_out, dispatch_uid="web.middleware.staff_sessions")
        address_forgotten.connect(erased_searches.forget, dispatch_uid="web.console.people.erased_searches")
        signals.authenticator_added.connect(factor_changes.added, dispatch_uid="web.factor_added")
        signals.authenticator_removed.connect(factor_changes.removed, dispatch_uid="web.factor_removed")
        signals.authenticator_reset.connect(factor_changes.renewed, dispatch_uid="web.factor_renewed")
