"""Every URL of Mailroom and who may open it, on one page. `web.access` explains the words and enforces them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from web.access import ANYONE, DOOR, LINK, SIGNATURE, STAFF, at
from web.console import audience, campaigns, login, overriding, people, scheduling, uncertain
from web.hooks import sendgrid
from web.mail import PersonalMail, VersionMail
from web.public import archive, confirm, feed, front, health, media, sitemap, unsubscribe

urlpatterns: list[URLPattern | URLResolver] = [
    # ---------------------------------------------------------------------------------------------- anybody
    at("", front.front, ANYONE, "front"),
    at("robots.txt", front.robots, ANYONE, "robots"),
    at("health", health.ready, ANYONE, "health"),
    at("health/live", health.live, ANYONE, "health-live"),
    at("media/<str:name>", media.picture, ANYONE, "media"),
    at("sitemap.xml", sitemap.sitemap, ANYONE, "sitemap"),
    at("archive/", archive.index, ANYONE, "archive"),
    at("archive/<slug:slug>/", archive.front, ANYONE, "archive-list"),
    at("archive/<slug:slug>/feed.xml", feed.feed, ANYONE, "archive-feed"),
    at("archive/<slug:slug>/<int:year>/", archive.year, ANYONE, "archive-year"),
    at("archive/<slug:slug>/<slug:issue>/", archive.issue, ANYONE, "archive-issue"),
    at("archive/<slug:slug>/<slug:issue>/mail", archive.ArchivedMail.as_view(), ANYONE, "archive-mail"),
    at("archive/<slug:slug>/<slug:issue>/<slug:language>/", archive.issue, ANYONE, "archive-issue-language"),
    at(
        "archive/<slug:slug>/<slug:issue>/<slug:language>/mail",
        archive.ArchivedMail.as_view(),
        ANYONE,
        "archive-mail-language",
    ),
    # ---------------------------------------------------------------------------------------------- one person's link
    at("u/<str:token>", unsubscribe.leave, LINK, "unsubscribe"),
    at("v/<str:token>", PersonalMail.as_view(), LINK, "view"),
    at("c/<str:token>", confirm.confirm, LINK, "confirm"),
    # ---------------------------------------------------------------------------------------------- the provider
    at("hooks/sendgrid", sendgrid.receive, SIGNATURE, "hook-sendgrid"),
    # ---------------------------------------------------------------------------------------------- staff
    at("console/login/", login.login, DOOR, "login"),
    at("console/logout/", login.logout, DOOR, "logout"),
    at("console/language/", login.choose_language, STAFF, "language"),
    at("console/", campaigns.overview, "campaigns.view_campaign", "campaigns"),
    at("console/campaigns/<id:campaign_id>/", campaigns.campaign, "campaigns.view_campaign", "campaign"),
    at("console/campaigns/<id:campaign_id>/numbers/", campaigns.numbers, "campaigns.view_campaign", "campaign-numbers"),
    at(
        "console/campaigns/<id:campaign_id>/people/<slug:outcome>/",
        people.listing,
        "subscribers.view_subscriber",
        "campaign-people",
    ),
    at(
        "console/campaigns/<id:campaign_id>/people/<slug:outcome>/csv",
        people.download,
        "subscribers.view_subscriber",
        "campaign-people-csv",
    ),
    at("console/campaigns/<id:campaign_id>/schedule/", scheduling.schedule, "campaigns.change_campaign", "campaign-schedule"),
    at(
        "console/campaigns/<id:campaign_id>/unschedule/",
        scheduling.unschedule,
        "campaigns.change_campaign",
        "campaign-unschedule",
    ),
    at("console/campaigns/<id:campaign_id>/override/", overriding.override, "campaigns.override_checks", "campaign-override"),
    at("console/campaigns/<id:campaign_id>/pause/", campaigns.pause, "campaigns.change_campaign", "campaign-pause"),
    at("console/campaigns/<id:campaign_id>/resume/", campaigns.resume, "campaigns.change_campaign", "campaign-resume"),
    at("console/campaigns/<id:campaign_id>/cancel/", campaigns.cancel, "campaigns.change_campaign", "campaign-cancel"),
    at("console/campaigns/<id:campaign_id>/uncertain/", uncertain.listing, "campaigns.view_campaign", "campaign-uncertain"),
    at("console/campaigns/<id:campaign_id>/uncertain/settle/", uncertain.settle, "campaigns.change_campaign", "campaign-settle"),
    at(
        "console/versions/<id:version_id>/<id:number>/mail",
        VersionMail.as_view(),
        "editorial.view_issueversion",
        "variant-mail",
    ),
    at("console/versions/<id:version_id>/mail", VersionMail.as_view(), "editorial.view_issueversion", "version-mail"),
    at("console/subscribers/", audience.subscribers, "subscribers.view_subscriber", "subscribers"),
    at("console/subscribers/count/", audience.count_subscribers, "subscribers.view_subscriber", "subscribers-count"),
    at("console/segments/", audience.segment_list, "subscribers.view_segment", "segments"),
    at("console/segments/<id:segment_id>/count/", audience.count_segment, "subscribers.view_segment", "segment-count"),
]
