"""/r/<link>/<value>: leads a click in a mail on to its page and counts it; /o/<link>/<value>: the picture that counts opens.

Nothing here waits for the database once the links are in memory, and nothing needs it to lead on.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from campaigns.measuring import machine_reasons
from campaigns.measuring.click_recorder import recorder
from campaigns.measuring.click_spool import Arrival
from publication import clock
from subscribers import tokens
from web.public.links.link_page import unknown_link

# A transparent GIF of one pixel.
_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def click(request: HttpRequest, link_id: int, value: str) -> HttpResponse:
    """Lead on to the destination of the link, and count the click. Only a value that we signed leads on."""
    claims = tokens.read(tokens.Purpose.CLICK, value)
    if claims is None:
        return unknown_link()
    url = recorder().url_of(link_id)
    if not url:
        return unknown_link()
    _record(request, link_id, claims, is_picture=False)
    return _never_stored(HttpResponseRedirect(url))


def opened(request: HttpRequest, link_id: int, value: str) -> HttpResponse:
    """Answer with the picture, and count the open."""
    claims = tokens.read(tokens.Purpose.CLICK, value)
    if claims is not None and recorder().url_of(link_id) == "":
        _record(request, link_id, claims, is_picture=True)
    return _never_stored(HttpResponse(_PIXEL, content_type="image/gif"))


def _record(request: HttpRequest, link_id: int, claims: tokens.Claims, *, is_picture: bool) -> None:
    reasons = machine_reasons.of_request(
        request.method or "", request.headers, request.META["REMOTE_ADDR"], is_picture=is_picture
    )  # fmt: skip
    arrival = Arrival(clock.now().timestamp(), link_id, claims.scope, claims.subject, int(reasons))
    recorder().add(arrival, is_picture=is_picture)


def _never_stored(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
