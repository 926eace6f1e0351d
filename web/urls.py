"""Every URL of Mailroom and who may open it, on one page. `web.access` explains the words and enforces them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from web.access import ANYONE, LINK, SIGNATURE, at
from web.hooks import sendgrid
from web.mail import PersonalMail
from web.public import confirm, front, health, media, unsubscribe

urlpatterns: list[URLPattern | URLResolver] = [
    # ---------------------------------------------------------------------------------------------- anybody
    at("", front.front, ANYONE, "front"),
    at("robots.txt", front.robots, ANYONE, "robots"),
    at("health", health.ready, ANYONE, "health"),
    at("health/live", health.live, ANYONE, "health-live"),
    at("media/<str:name>", media.picture, ANYONE, "media"),
    # ---------------------------------------------------------------------------------------------- one person's link
    at("u/<str:token>", unsubscribe.leave, LINK, "unsubscribe"),
    at("v/<str:token>", PersonalMail.as_view(), LINK, "view"),
    at("c/<str:token>", confirm.confirm, LINK, "confirm"),
    # ---------------------------------------------------------------------------------------------- the provider
    at("hooks/sendgrid", sendgrid.receive, SIGNATURE, "hook-sendgrid"),
]
