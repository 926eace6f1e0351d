"""Every URL of Mailroom and who may open it, on one page. `web.access` explains the words and enforces them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from config.public_urls import (
    ADDRESS,
    ARCHIVE,
    CONFIRM,
    DESIGN,
    JOIN,
    MEDIA,
    PERSON,
    PREFERENCES,
    PRIVATE_LINK,
    RESET,
    REVIEW,
    SUBSCRIBE,
    UNSUBSCRIBE,
    VIEW,
)
from web.access import ANYONE, DOOR, FORM, LINK, OWN, SIGNATURE, STAFF, at
from web.console import audience_pages, problem_pages, staff_pages
from web.console.campaigns import (
    campaign_pages,
    draft_pages,
    override_page,
    people_pages,
    schedule_pages,
    uncertain_pages,
    why_page,
)
from web.console.campaigns.version_mail import VersionMail
from web.console.issues import issue_list, new_issue_page
from web.console.issues.importing import doubts_page, import_pages, past_issue_page
from web.console.issues.languages import language_forms, languages_page
from web.console.issues.pictures import crop_page, library_page
from web.console.issues.previewing import preview_mail, preview_pages
from web.console.issues.reviewing import comment_pages, differences_page, links_page, review_page
from web.console.issues.sending import send_page
from web.console.issues.writing import (
    markup_page,
    part_page,
    picture_pages,
    presence_endpoint,
    revision_pages,
    search_page,
    split_pages,
    writing_page,
)
from web.console.overview import home_page
from web.console.signing_in import (
    joining_page,
    language_choice,
    login_pages,
    own_account_pages,
    password_pages,
    second_factor_pages,
    session_pages,
)
from web.hooks import event_webhook
from web.public import design_files, error_pages, front_page, health_checks, picture_files
from web.public.archive import archive_pages, atom_feed, sitemap
from web.public.links import confirm_page, guest_review_page, unsubscribe_page
from web.public.links.view_in_browser import PersonalMail
from web.public.preferences import address_page, own_data_pages, preferences_page, private_link_page
from web.public.sign_up import json_endpoint, subscribe_page

ISSUE = f"{ARCHIVE}/<slug:slug>/<slug:issue>"
ISSUE_PAGE = "console/issues/<slug:slug>"
CAMPAIGN = "console/campaigns/<id:campaign_id>"
ACCOUNT = "console/account"
VERSION = "console/versions/<id:version_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    # ---------------------------------------------------------------------------------------------- anybody
    at("", front_page.front, ANYONE, "front"),
    at("robots.txt", front_page.robots, ANYONE, "robots"),
    at("health", health_checks.ready, ANYONE, "health"),
    at("health/live", health_checks.live, ANYONE, "health-live"),
    at("health/processes", health_checks.processes, ANYONE, "health-processes"),
    at(f"{MEDIA}/<str:name>", picture_files.picture, ANYONE, "media"),
    at(f"{DESIGN}/<slug:theme>/<str:name>", design_files.design_file, ANYONE, "design"),
    at("sitemap.xml", sitemap.sitemap, ANYONE, "sitemap"),
    at(f"{ARCHIVE}/", archive_pages.index, ANYONE, "archive"),
    at(f"{ARCHIVE}/<slug:slug>/", archive_pages.front, ANYONE, "archive-list"),
    at(f"{ARCHIVE}/<slug:slug>/feed.xml", atom_feed.feed, ANYONE, "archive-feed"),
    at(f"{ARCHIVE}/<slug:slug>/<int:year>/", archive_pages.year, ANYONE, "archive-year"),
    at(f"{ISSUE}/", archive_pages.issue, ANYONE, "archive-issue"),
    at(f"{ISSUE}/mail", archive_pages.ArchivedMail.as_view(), ANYONE, "archive-mail"),
    at(f"{ISSUE}/<slug:language>/", archive_pages.issue, ANYONE, "archive-issue-language"),
    at(f"{ISSUE}/<slug:language>/mail", archive_pages.ArchivedMail.as_view(), ANYONE, "archive-mail-language"),
    # ---------------------------------------------------------------------------------------------- subscribing
    at(f"{SUBSCRIBE}/", subscribe_page.index, ANYONE, "subscribe"),
    at(f"{SUBSCRIBE}/<slug:slug>/", subscribe_page.subscribe, FORM, "subscribe-list"),
    at(f"{SUBSCRIBE}/<slug:slug>/json", json_endpoint.endpoint, FORM, "subscribe-json"),
    # ---------------------------------------------------------------------------------------------- one person's link
    at(f"{UNSUBSCRIBE}/<str:token>", unsubscribe_page.leave, LINK, "unsubscribe"),
    at(f"{VIEW}/<str:token>", PersonalMail.as_view(), LINK, "view"),
    at(f"{CONFIRM}/<str:token>", confirm_page.confirm, LINK, "confirm"),
    at(f"{PREFERENCES}/<str:token>", preferences_page.of_mail, LINK, "preferences"),
    at(f"{PERSON}/<str:token>", preferences_page.private, LINK, "person"),
    at(f"{PERSON}/<str:token>/export", own_data_pages.export, LINK, "person-export"),
    at(f"{PERSON}/<str:token>/export.json", own_data_pages.download, LINK, "person-json"),
    at(f"{PERSON}/<str:token>/erase", own_data_pages.erase, LINK, "person-erase"),
    at(f"{ADDRESS}/<str:token>", address_page.address, LINK, "address"),
    at(f"{REVIEW}/<str:token>/", guest_review_page.review, LINK, "review"),
    at(f"{REVIEW}/<str:token>/mail/<id:number>", guest_review_page.ReviewedMail.as_view(), LINK, "review-mail"),
    at(f"{PRIVATE_LINK}/", private_link_page.ask, FORM, "private-link"),
    # ---------------------------------------------------------------------------------------------- the provider
    at("hooks/sendgrid", event_webhook.receive, SIGNATURE, "hook-sendgrid"),
    # ---------------------------------------------------------------------------------------------- staff
    # The names with underscores are those that django-allauth looks for.
    at("console/login/", login_pages.login, DOOR, "account_login"),
    at("console/login/code/", login_pages.second_step, DOOR, "mfa_authenticate"),
    at("console/login/passkey/", login_pages.passkey_login, DOOR, "mfa_login_webauthn"),
    at("console/logout/", login_pages.logout, DOOR, "logout"),
    at("console/language/", language_choice.choose_language, DOOR, "language"),
    at("console/password/", password_pages.ask, DOOR, "account_reset_password"),
    at("console/password/asked/", password_pages.asked, DOOR, "account_reset_password_done"),
    at(f"console/{RESET}/<base36:uidb36>-<str:key>/", password_pages.choose, DOOR, "account_reset_password_from_key"),
    at(f"console/{JOIN}/<str:token>/", joining_page.join, DOOR, "join"),
    at("console/staff/", staff_pages.listing, "auth.view_user", "staff"),
    at("console/staff/<id:account_id>/", staff_pages.account, "auth.change_user", "staff-account"),
    at("console/staff/invite/", staff_pages.invite, "auth.add_user", "staff-invite"),
    at("console/staff/invitations/<id:invitation_id>/revoke/", staff_pages.revoke, "auth.add_user", "invitation-revoke"),
    at("console/roles/", staff_pages.roles, STAFF, "roles"),
    at(f"{ACCOUNT}/", second_factor_pages.overview, OWN, "mfa_index"),
    at(f"{ACCOUNT}/mails/", own_account_pages.choose_mails, OWN, "own-mails"),
    at(f"{ACCOUNT}/editor-tour/", own_account_pages.end_tour, OWN, "editor-tour"),
    at(f"{ACCOUNT}/password/", own_account_pages.password, OWN, "own-password"),
    at(f"{ACCOUNT}/address/", own_account_pages.address, OWN, "own-address"),
    at(f"{ACCOUNT}/sessions/<id:session_id>/end/", own_account_pages.end_session, OWN, "session-end"),
    at(f"{ACCOUNT}/sessions/", session_pages.sessions, OWN, "usersessions_list"),
    at(f"{ACCOUNT}/confirm/", second_factor_pages.confirm_by_password, OWN, "account_reauthenticate"),
    at(f"{ACCOUNT}/confirm/code/", second_factor_pages.confirm_by_code, OWN, "mfa_reauthenticate"),
    at(f"{ACCOUNT}/confirm/passkey/", second_factor_pages.confirm_by_passkey, OWN, "mfa_reauthenticate_webauthn"),
    at(f"{ACCOUNT}/app/", second_factor_pages.set_up_app, OWN, "mfa_activate_totp"),
    at(f"{ACCOUNT}/app/code.svg", second_factor_pages.app_code, OWN, "app-code"),
    at(f"{ACCOUNT}/app/remove/", second_factor_pages.remove_app, OWN, "mfa_deactivate_totp"),
    at(f"{ACCOUNT}/recovery-codes/", second_factor_pages.recovery_codes, OWN, "mfa_view_recovery_codes"),
    at(f"{ACCOUNT}/recovery-codes/new/", second_factor_pages.new_recovery_codes, OWN, "mfa_generate_recovery_codes"),
    at(f"{ACCOUNT}/recovery-codes/file/", second_factor_pages.recovery_codes_file, OWN, "mfa_download_recovery_codes"),
    at(f"{ACCOUNT}/passkeys/", second_factor_pages.passkey_list, OWN, "mfa_list_webauthn"),
    at(f"{ACCOUNT}/passkeys/add/", second_factor_pages.add_passkey, OWN, "mfa_add_webauthn"),
    at(f"{ACCOUNT}/passkeys/<id:pk>/rename/", second_factor_pages.rename_passkey, OWN, "mfa_edit_webauthn"),
    at(f"{ACCOUNT}/passkeys/<id:pk>/remove/", second_factor_pages.remove_passkey, OWN, "mfa_remove_webauthn"),
    at("console/issues/", issue_list.listing, "editorial.view_issuerecord", "issues"),
    at("console/issues/new/", new_issue_page.begin, "editorial.add_issuerecord", "issue-new"),
    at("console/imports/", import_pages.upload_form, "editorial.add_issuerecord", "import-new"),
    at("console/uploads/documents/new/", import_pages.upload, "editorial.add_issuerecord", "import-upload"),
    at("console/imports/<id:import_id>/", import_pages.run_page, "editorial.add_issuerecord", "import"),
    at("console/imports/<id:import_id>/progress/", import_pages.progress, "editorial.add_issuerecord", "import-progress"),
    at(
        "console/imports/<id:import_id>/files/<id:file_id>/", import_pages.original, "editorial.change_issuerecord", "import-file"
    ),
    at("console/imports/<id:import_id>/report/", import_pages.report, "editorial.change_issuerecord", "import-report"),
    at(f"{ISSUE_PAGE}/doubts/", doubts_page.page, "editorial.view_issuerecord", "issue-doubts"),
    at("console/uploads/<slug:slug>/doubts/", doubts_page.describe, "editorial.change_issuerecord", "issue-doubt-picture"),
    at(f"{ISSUE_PAGE}/past/", past_issue_page.page, "campaigns.add_pastissue", "issue-past"),
    at("console/markup/", markup_page.marks, STAFF, "markup"),
    at(f"{ISSUE_PAGE}/", writing_page.show_outline, "editorial.view_issuerecord", "issue"),
    at(f"{ISSUE_PAGE}/part/", part_page.part, "editorial.view_issuerecord", "issue-part"),
    at(f"{ISSUE_PAGE}/part/add/", writing_page.add, "editorial.change_issuerecord", "issue-part-add"),
    at(f"{ISSUE_PAGE}/part/move/", writing_page.move, "editorial.change_issuerecord", "issue-part-move"),
    at(f"{ISSUE_PAGE}/part/delete/", writing_page.delete, "editorial.change_issuerecord", "issue-part-delete"),
    at(f"{ISSUE_PAGE}/part/split/", split_pages.split, "editorial.change_issuerecord", "issue-part-split"),
    at(f"{ISSUE_PAGE}/part/join/", split_pages.join, "editorial.change_issuerecord", "issue-part-join"),
    at(f"{ISSUE_PAGE}/part/undo/", split_pages.undo, "editorial.change_issuerecord", "issue-part-undo"),
    at(f"{ISSUE_PAGE}/search/", search_page.search, "editorial.view_issuerecord", "issue-search"),
    at(f"{ISSUE_PAGE}/pictures/", picture_pages.listing, "editorial.view_issuerecord", "issue-pictures"),
    at("console/uploads/<slug:slug>/", picture_pages.upload, "editorial.add_media", "picture-upload"),
    at(f"{ISSUE_PAGE}/pictures/delete/", picture_pages.delete, "editorial.add_media", "issue-picture-delete"),
    at(f"{ISSUE_PAGE}/pictures/crop/", crop_page.crop, "editorial.add_media", "issue-picture-crop"),
    at(f"{ISSUE_PAGE}/pictures/library/", library_page.library, "editorial.add_media", "issue-picture-library"),
    at(f"{ISSUE_PAGE}/pictures/describe/", picture_pages.describe, "editorial.change_issuerecord", "issue-picture-describe"),
    at(f"{ISSUE_PAGE}/pictures/<slug:digest>/", picture_pages.thumbnail, "editorial.view_issuerecord", "issue-thumbnail"),
    at(f"{ISSUE_PAGE}/revisions/", revision_pages.listing, "editorial.view_issuerecord", "issue-revisions"),
    at(f"{ISSUE_PAGE}/revisions/compare/", revision_pages.compare, "editorial.view_issuerecord", "issue-compare"),
    at(f"{ISSUE_PAGE}/revisions/restore/", revision_pages.restore, "editorial.change_issuerecord", "issue-restore"),
    at(f"{ISSUE_PAGE}/languages/", languages_page.side_by_side, "editorial.view_issuerecord", "issue-languages"),
    at(f"{ISSUE_PAGE}/languages/add/", language_forms.add, "editorial.change_issuerecord", "issue-language-add"),
    at(f"{ISSUE_PAGE}/languages/remove/", language_forms.remove, "editorial.change_issuerecord", "issue-language-remove"),
    at(f"{ISSUE_PAGE}/languages/part/", languages_page.add_part, "editorial.change_issuerecord", "issue-language-part"),
    at(
        f"{ISSUE_PAGE}/languages/picture/",
        languages_page.take_over_figure,
        "editorial.change_issuerecord",
        "issue-language-picture",
    ),
    at(f"{ISSUE_PAGE}/presence/", presence_endpoint.note, "editorial.view_issuerecord", "issue-presence"),
    at(f"{ISSUE_PAGE}/preview/", preview_pages.preview, "editorial.view_issuerecord", "issue-preview"),
    at(f"{ISSUE_PAGE}/preview/live/", preview_pages.live, "editorial.view_issuerecord", "issue-preview-live"),
    at(f"{ISSUE_PAGE}/preview/mail/", preview_mail.PreviewMail.as_view(), "editorial.view_issuerecord", "issue-preview-mail"),
    at(f"{ISSUE_PAGE}/preview/pictures/<str:name>", preview_mail.picture, "editorial.view_issuerecord", "issue-preview-picture"),
    at(f"{ISSUE_PAGE}/review/", review_page.review, "editorial.view_review", "issue-review"),
    at(f"{ISSUE_PAGE}/review/ask/", review_page.ask, "editorial.add_review", "issue-review-ask"),
    at(f"{ISSUE_PAGE}/review/take-back/", review_page.take_back, "editorial.change_review", "issue-review-take-back"),
    at(f"{ISSUE_PAGE}/review/decide/", review_page.decide, "editorial.add_decision", "issue-review-decide"),
    at(f"{ISSUE_PAGE}/differences/", differences_page.differences, "editorial.view_review", "issue-differences"),
    at(f"{ISSUE_PAGE}/comments/", comment_pages.listing, "editorial.view_comment", "issue-comments"),
    at(f"{ISSUE_PAGE}/comments/add/", comment_pages.add, "editorial.add_comment", "issue-comment-add"),
    at(f"{ISSUE_PAGE}/comments/<id:comment_id>/answer/", comment_pages.answer, "editorial.add_comment", "issue-comment-answer"),
    at(
        f"{ISSUE_PAGE}/comments/<id:comment_id>/resolve/",
        comment_pages.resolve,
        "editorial.change_comment",
        "issue-comment-resolve",
    ),
    at(
        f"{ISSUE_PAGE}/comments/<id:comment_id>/reopen/", comment_pages.reopen, "editorial.change_comment", "issue-comment-reopen"
    ),
    at(f"{ISSUE_PAGE}/links/", links_page.links, "editorial.add_reviewlink", "issue-links"),
    at(f"{ISSUE_PAGE}/links/<id:link_id>/revoke/", links_page.revoke, "editorial.add_reviewlink", "issue-link-revoke"),
    at("console/", home_page.home, STAFF, "home"),
    at("console/sending/", home_page.sending, "campaigns.view_campaign", "home-sending"),
    at("console/campaigns/", campaign_pages.overview, "campaigns.view_campaign", "campaigns"),
    at(f"{ISSUE_PAGE}/send/", send_page.send, "campaigns.add_campaign", "issue-send"),
    at(f"{CAMPAIGN}/", campaign_pages.campaign, "campaigns.view_campaign", "campaign"),
    at(f"{CAMPAIGN}/numbers/", campaign_pages.numbers, "campaigns.view_campaign", "campaign-numbers"),
    at(f"{CAMPAIGN}/people/<slug:outcome>/", people_pages.listing, "subscribers.view_subscriber", "campaign-people"),
    at(f"{CAMPAIGN}/people/<slug:outcome>/csv", people_pages.download, "subscribers.view_subscriber", "campaign-people-csv"),
    at(f"{CAMPAIGN}/why/", why_page.explain, "subscribers.view_subscriber", "campaign-why"),
    at(f"{CAMPAIGN}/schedule/", schedule_pages.schedule, "campaigns.change_campaign", "campaign-schedule"),
    at(f"{CAMPAIGN}/send-now/", schedule_pages.send_now, "campaigns.change_campaign", "campaign-send-now"),
    at(f"{CAMPAIGN}/unschedule/", schedule_pages.unschedule, "campaigns.change_campaign", "campaign-unschedule"),
    at(f"{CAMPAIGN}/audience/", draft_pages.audience, "campaigns.change_campaign", "campaign-audience"),
    at(f"{CAMPAIGN}/delete/", draft_pages.delete, "campaigns.change_campaign", "campaign-delete"),
    at(f"{CAMPAIGN}/override/", override_page.override, "campaigns.override_checks", "campaign-override"),
    at(f"{CAMPAIGN}/pause/", campaign_pages.pause, "campaigns.change_campaign", "campaign-pause"),
    at(f"{CAMPAIGN}/resume/", campaign_pages.resume, "campaigns.change_campaign", "campaign-resume"),
    at(f"{CAMPAIGN}/cancel/", campaign_pages.cancel, "campaigns.change_campaign", "campaign-cancel"),
    at(f"{CAMPAIGN}/uncertain/", uncertain_pages.listing, "campaigns.view_campaign", "campaign-uncertain"),
    at(f"{CAMPAIGN}/uncertain/settle/", uncertain_pages.settle, "campaigns.change_campaign", "campaign-settle"),
    at(f"{VERSION}/<id:number>/mail", VersionMail.as_view(), "editorial.view_issueversion", "variant-mail"),
    at(f"{VERSION}/mail", VersionMail.as_view(), "editorial.view_issueversion", "version-mail"),
    at("console/subscribers/", audience_pages.subscribers, "subscribers.view_subscriber", "subscribers"),
    at("console/subscribers/count/", audience_pages.count_subscribers, "subscribers.view_subscriber", "subscribers-count"),
    at("console/segments/", audience_pages.segment_list, "subscribers.view_segment", "segments"),
    at("console/segments/<id:segment_id>/count/", audience_pages.count_segment, "subscribers.view_segment", "segment-count"),
]


def _forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_pages.forbidden(request) or error_pages.forbidden(request)


def _not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_pages.not_found(request) or error_pages.not_found(request)


# Django looks for these names.
handler400 = error_pages.bad_request
handler403 = _forbidden
handler404 = _not_found
handler500 = error_pages.server_error
