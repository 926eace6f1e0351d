"""/health for load balancers and monitoring, /health/processes for monitoring only. The answers name the failing part alone."""

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import KombuError

from publication import heartbeats
from publication.database import schema_sql
from worker.app import app


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 if both answer, else 503 with the names of those that do not."""
    failing = [part for part, answers in (("database", schema_sql.answers), ("broker", _broker_answers)) if not answers()]
    if failing:
        return JsonResponse({"status": "failing", "failing": failing}, status=503)
    return JsonResponse({"status": "ok"})


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers; database and broker are not checked."""
    return JsonResponse({"status": "ok"})


@never_cache
def processes(request: HttpRequest) -> JsonResponse:
    """200 if a process of each kind is alive, else 503 with the kinds that are missing, and nothing else: anybody may ask.

    Not for load balancers: web servers must go on answering, above all unsubscribes, when another process has died.
    """
    try:
        missing = [status.kind for status in heartbeats.missing()]
    except Error:
        return JsonResponse({"status": "failing", "failing": ["database"]}, status=503)
    if missing:
        return JsonResponse({"status": "failing", "missing": missing}, status=503)
    return JsonResponse({"status": "ok"})


def _broker_answers() -> bool:
    try:
        with app.connection_for_write() as broker:
            # A Redis transport does not connect before a channel is opened.
            broker.ensure_connection(max_retries=1, timeout=2)
            return broker.default_channel is not None
    except (KombuError, OSError):
        return False
