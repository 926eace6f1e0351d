"""Answers health checks under any host name: load balancers and monitoring ask by the address of a machine."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

PATHS = ("/health", "/health/live", "/health/processes")


class HealthHosts(MiddlewareMixin):
    """Must come before CommonMiddleware, which refuses other hosts. These answers contain no address that is made of the host."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path in PATHS:
            request.META["HTTP_HOST"] = settings.PUBLIC_HOST
