"""Every URL that readers and programs open without an account. `web.urls` has the others."""

from django.urls import URLPattern

from config.public_urls import (
    ADDRESS,
    ANSWER,
    ARCHIVE,
    CLICK,
    CONFIRM,
    DESIGN,
    MEDIA,
    OPEN,
    PERSON,
    PREFERENCES,
    PRIVATE_LINK,
    READ,
    REPORT,
    REVIEW,
    SENDER,
    SUBSCRIBE,
    UNSUBSCRIBE,
    VIEW,
)
from web.access import ANY, ANYONE, FORM, GET, GET_POST, LINK, POST, at
from web.public import front_page, health_checks, picture_files
from web.public.archive import archive_pages, article_link, article_page, atom_feed, search_page
from web.public.links import (
    answer_page,
    confirm_page,
    guest_review_page,
    redirect_page,
    report_page,
    sender_page,
    unsubscribe_page,
)
from web.public.links.view_in_browser import PersonalMail
from web.public.preferences import address_page, own_data_pages, preferences_page, private_link_page
from web.public.sign_up import json_endpoint, subscribe_page

ISSUE = f"{ARCHIVE}/<slug:slug>/<slug:issue>"

READER_URLS: list[URLPattern] = [
    # ---------------------------------------------------------------------------------------------- anybody
    at("", front_page.front, ANYONE, "front", GET),
    at("robots.txt", front_page.robots, ANYONE, "robots", GET),
    at("health", health_checks.ready, ANYONE, "health", GET),
    at("health/live", health_checks.live, ANYONE, "health-live", GET),
    at("health/processes", health_checks.processes, ANYONE, "health-processes", GET),
    at(f"{MEDIA}/<str:name>", picture_files.picture, ANYONE, "media", GET),
    at(f"{DESIGN}/<slug:theme>/<str:name>", picture_files.design_file, ANYONE, "design", GET),
    at("sitemap.xml", atom_feed.sitemap, ANYONE, "sitemap", GET),
    at(f"{ARCHIVE}/", archive_pages.index, ANYONE, "archive", GET),
    at(f"{ARCHIVE}/<slug:slug>/", archive_pages.front, ANYONE, "archive-list", GET),
    at(f"{ARCHIVE}/<slug:slug>/feed.xml", atom_feed.feed, ANYONE, "archive-feed", GET),
    at(f"{ARCHIVE}/<slug:slug>/search/", search_page.search, ANYONE, "archive-search", GET),
    at(f"{ARCHIVE}/<slug:slug>/rss.xml", atom_feed.rss, ANYONE, "archive-rss", GET),
    at(f"{ARCHIVE}/<slug:slug>/latest/", archive_pages.latest, ANYONE, "archive-latest", GET),
    at(f"{ARCHIVE}/<slug:slug>/<int:year>/", archive_pages.year, ANYONE, "archive-year", GET),
    at(f"{ISSUE}/", archive_pages.issue, ANYONE, "archive-issue", GET),
    at(f"{ISSUE}/mail", archive_pages.ArchivedMail.as_view(), ANYONE, "archive-mail", GET),
    at(f"{ISSUE}/{READ}/<slug:article>/", article_page.article, ANYONE, "archive-article", GET),
    at(f"{ISSUE}/<slug:language>/{READ}/<slug:article>/", article_page.article, ANYONE, "archive-article-language", GET),
    at(f"{READ}/<slug:key>/<slug:article>", article_link.unlisted, ANYONE, "read", GET),
    at(f"{ISSUE}/<slug:language>/", archive_pages.issue, ANYONE, "archive-issue-language", GET),
    at(f"{ISSUE}/<slug:language>/mail", archive_pages.ArchivedMail.as_view(), ANYONE, "archive-mail-language", GET),
    # ---------------------------------------------------------------------------------------------- subscribing
    at(f"{SUBSCRIBE}/", subscribe_page.index, ANYONE, "subscribe", GET),
    at(f"{SUBSCRIBE}/<slug:slug>/", subscribe_page.subscribe, FORM, "subscribe-list", GET_POST),
    at(f"{SUBSCRIBE}/<slug:slug>/json", json_endpoint.endpoint, FORM, "subscribe-json", ANY),
    # ---------------------------------------------------------------------------------------------- one person's link
    at(f"{UNSUBSCRIBE}/<str:token>", unsubscribe_page.leave, LINK, "unsubscribe", GET_POST),
    at(f"{CLICK}/<id:link_id>/<str:value>", redirect_page.click, LINK, "click", GET),
    at(f"{OPEN}/<id:link_id>/<str:value>", redirect_page.opened, LINK, "open", GET),
    at(f"{ANSWER}/<str:token>/<slug:question>/<id:number>", answer_page.answer, LINK, "answer", GET_POST),
    at(f"{VIEW}/<str:token>", PersonalMail.as_view(), LINK, "view", GET),
    at(f"{CONFIRM}/<str:token>", confirm_page.confirm, LINK, "confirm", GET_POST),
    at(f"{PREFERENCES}/<str:token>", preferences_page.of_mail, LINK, "preferences", GET_POST),
    at(f"{PERSON}/<str:token>", preferences_page.private, LINK, "person", GET_POST),
    at(f"{PERSON}/<str:token>/export", own_data_pages.export, LINK, "person-export", GET),
    at(f"{PERSON}/<str:token>/export.json", own_data_pages.download, LINK, "person-json", POST),
    at(f"{PERSON}/<str:token>/erase", own_data_pages.erase, LINK, "person-erase", GET_POST),
    at(f"{ADDRESS}/<str:token>", address_page.address, LINK, "address", GET_POST),
    at(f"{REPORT}/<str:token>/", report_page.report, LINK, "report-link", GET),
    at(f"{REVIEW}/<str:token>/", guest_review_page.review, LINK, "review", GET_POST),
    at(f"{REVIEW}/<str:token>/mail/<id:number>", guest_review_page.ReviewedMail.as_view(), LINK, "review-mail", GET),
    at(f"{SENDER}/<str:token>/", sender_page.confirm, LINK, "sender", GET_POST),
    at(f"{PRIVATE_LINK}/", private_link_page.ask, FORM, "private-link", GET_POST),
]
