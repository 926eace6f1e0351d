"""Content-Security-Policy of every kind of page (docs/security.md): public pages, the console, and mails shown in a browser."""

from urllib.parse import urlsplit

from django.conf import settings

_CLOSED = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Public pages and whatever sets nothing itself.
PUBLIC_POLICY = _CLOSED
# Staff pages: our one script file, its requests, and the frame with the mail. No inline anything.
CONSOLE_POLICY = f"{_CLOSED}; script-src 'self'; connect-src 'self'; frame-src 'self'"


def _elsewhere() -> str:
    """The origin of pictures where it is not ours."""
    media = urlsplit(settings.MEDIA_URL)
    public = urlsplit(settings.PUBLIC_URL)
    return f" {media.scheme}://{media.netloc}" if media.netloc and media.netloc != public.netloc else ""


def public_policy() -> str:
    """Of public pages that show pictures of issues."""
    return PUBLIC_POLICY.replace("img-src 'self'", f"img-src 'self'{_elsewhere()}")


def review_policy() -> str:
    """Of the page of a review link: as public pages, and it shows the mail in a frame."""
    return f"{PUBLIC_POLICY}; frame-src 'self'"


def mail_policy(*, keeps_origin: bool = False) -> str:
    """Mail bytes in a browser: the one exception, because a mail has nothing but inline styles. It may do nothing else.

    `keeps_origin`: a page of the console may read what somebody selects in it (docs/decisions/preview-frames.md)."""
    sandbox = "sandbox allow-same-origin" if keeps_origin else "sandbox"
    allowed = f"default-src 'none'; img-src 'self'{_elsewhere()}; style-src 'unsafe-inline'"
    return f"{sandbox}; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


def preview_page_policy() -> str:
    """Of a page for readers in a preview of the console: in the same frame as the mail, with the style sheets of such pages."""
    return preview_policy(pictures=True).replace("style-src 'unsafe-inline'", "style-src 'self'")


def preview_policy(*, pictures: bool) -> str:
    """Of the mail in a preview of the console. It may run nothing, as every mail. It keeps the origin of the console: otherwise
    its pictures, which need a session, would be requested without the cookie, and the page could not keep the scroll position
    (docs/decisions/preview-frames.md)."""
    source = "'self'" if pictures else "'none'"
    allowed = f"default-src 'none'; img-src {source}; style-src 'unsafe-inline'"
    return f"sandbox allow-same-origin; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
