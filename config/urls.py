"""Django's root: every URL stands in web/urls.py."""

from web.urls import urlpatterns

__all__ = ["urlpatterns"]
