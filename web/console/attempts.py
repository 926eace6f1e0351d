"""How often a login may be tried: five times in 15 minutes per account and address, counted in the audit.

In the database, because every web process must count together and a restart must not forget. A try is written down before
it is counted, so that many at once cannot slip past; nothing more is written once the door is shut.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from publication import audit, clock
from publication.models import Actor, Audit

MOST = 5
WITHIN = timedelta(minutes=15)
TRY, SUCCESS = "login_try", "login"


@dataclass(frozen=True)
class LoginDoor:
    """One account name tried from one address, as a keyed hash: the audit holds neither what was typed nor from where."""

    pk: str

    @classmethod
    def of(cls, request: HttpRequest, account: str) -> LoginDoor:
        name = account.strip().casefold()[:150]
        return cls(salted_hmac("mailroom.login", f"{address_of(request)}\n{name}", algorithm="sha256").hexdigest()[:32])

    def may_try(self) -> bool:
        """Write one try down, and say whether it is within the limit."""
        if self._count() >= MOST:
            return False
        audit.record(audit.system(), TRY, self)
        return self._count() <= MOST

    def opened(self, actor: Actor) -> None:
        """The right password: earlier tries count no more."""
        audit.record(actor, SUCCESS, self)

    def _count(self) -> int:
        mine = Audit.objects.filter(object_kind=type(self).__name__.lower(), object_id=self.pk, at__gt=clock.now() - WITHIN)
        last = mine.filter(verb=SUCCESS).order_by("-id").values_list("id", flat=True).first()
        return mine.filter(verb=TRY, id__gt=last or 0).count()


def address_of(request: HttpRequest) -> str:
    """Who asks: behind a front server (https) the address it noted last; what stands before that anybody can write."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
