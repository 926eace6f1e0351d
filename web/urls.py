"""Every URL of Mailroom and who may open it; those of readers are in `web.reader_urls`. `web.access` explains the words and
enforces them."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from config.public_urls import (
    JOIN,
    RESET,
)
from web.access import DOOR, GET, GET_POST, OWN, PASSWORD, POST, SIGNATURE, STAFF, at
from web.console import problem_pages, staff_pages
from web.console.audit import audit_page
from web.console.campaigns import (
    campaign_pages,
    draft_pages,
    follow_up_pages,
    newsletter_pages,
    people_pages,
    question_pages,
    report_pages,
    resume_page,
    schedule_pages,
    uncertain_pages,
)
from web.console.campaigns.campaign_pages import VersionMail
from web.console.issues import issue_list
from web.console.issues.importing import import_pages, past_issue_page, questions_page
from web.console.issues.languages import language_forms, languages_page
from web.console.issues.pictures import crop_page, library_page
from web.console.issues.previewing import article_preview, preview_pages, wechat_pages
from web.console.issues.reviewing import comment_pages, links_page, review_page
from web.console.issues.sending import audience_people, send_page
from web.console.issues.writing import (
    digest_button,
    part_page,
    picture_pages,
    revision_pages,
    search_page,
    split_pages,
    writing_page,
)
from web.console.lists import archive_page, attribute_pages, list_forms, list_pages, request_pages, welcome_page
from web.console.overview import home_page
from web.console.people import action_pages, person_add, person_forms, person_page, person_records
from web.console.people import search_page as people_search_page
from web.console.people_imports import consent_pages, run_pages, upload_pages
from web.console.people_imports import draft_pages as draft_pages_of_imports
from web.console.segments import builder_page, segment_list, segment_page
from web.console.settings import (
    approval_suggestion,
    design_page,
    new_password_page,
    policy_pages,
    publication_page,
    roles_page,
    sender_pages,
    tester_pages,
)
from web.console.settings import provider_page as provider_settings_page
from web.console.settings.sections import SEE_POLICIES, SEE_SETTINGS
from web.console.signing_in import language_choice, login_pages, own_account_pages, password_pages, second_factor_pages
from web.console.suppressions import domain_pages, provider_page, suppression_forms, suppressions_page
from web.hooks import event_webhook
from web.public import error_pages
from web.reader_urls import READER_URLS

ISSUE_PAGE = "console/issues/<slug:slug>"
COMMENT = f"{ISSUE_PAGE}/comments/<id:comment_id>"
CAMPAIGN = "console/campaigns/<id:campaign_id>"
ASKED = f"{CAMPAIGN}/questions/<slug:question>"
ACCOUNT = "console/account"
VERSION = "console/versions/<id:version_id>"
LIST = "console/lists/<id:list_id>"
SEGMENT = "console/segments/<id:segment_id>"
SEE_ISSUES, EDIT_ISSUES = "editorial.view_issuerecord", "editorial.change_issuerecord"
SEE_SUPPRESSIONS, LIFT = "subscribers.view_suppression", "subscribers.delete_suppression"
DOMAINS, SUPPRESS = "console/suppressions/domains/", "subscribers.add_suppression"
SEE_REQUESTS, CHANGE_REQUESTS = "subscribers.view_subscription", "subscribers.change_subscription"
SEE_SEGMENTS, CHANGE_SEGMENTS = "subscribers.view_segment", "subscribers.change_segment"
SEE_LISTS, CHANGE_LISTS = "subscribers.view_mailinglist", "subscribers.change_mailinglist"
PERSON_PAGE = "console/subscribers/<id:person_id>"
SEE_PEOPLE, EDIT_PEOPLE = "subscribers.view_subscriber", "subscribers.change_subscriber"
TESTERS = "campaigns.change_testergroup"
SEE_CAMPAIGNS, SHARE_REPORTS = "campaigns.view_campaign", "campaigns.add_reportlink"
SEE_ADDRESSES, LEAVE = "subscribers.see_addresses", "subscribers.change_subscription"
PEOPLE_IMPORT = "console/people-imports/<id:run_id>"
SETTINGS, CHANGE_SETTINGS = "console/settings", "publication.change_publication"
SENDER_PAGE, POLICY_PAGE = f"{SETTINGS}/senders/<id:sender_id>", f"{SETTINGS}/policies/<slug:policy>"
SEE_IMPORTS, ADD_IMPORTS = "subscribers.view_importrun", "subscribers.add_importrun"

urlpatterns: list[URLPattern | URLResolver] = [
    *READER_URLS,
    # ---------------------------------------------------------------------------------------------- the provider
    at("hooks/sendgrid", event_webhook.receive, SIGNATURE, "hook-sendgrid", POST),
    # ---------------------------------------------------------------------------------------------- staff
    # The names with underscores are those that django-allauth looks for.
    at("console/login/", login_pages.login, DOOR, "account_login", GET_POST),
    at("console/login/code/", login_pages.second_step, DOOR, "mfa_authenticate", GET_POST),
    at("console/login/passkey/", login_pages.passkey_login, DOOR, "mfa_login_webauthn", GET_POST),
    at("console/logout/", login_pages.logout, DOOR, "logout", POST),
    at("console/language/", language_choice.choose_language, DOOR, "language", POST),
    at("console/password/", password_pages.ask, DOOR, "account_reset_password", GET_POST),
    at("console/password/asked/", password_pages.asked, DOOR, "account_reset_password_done", GET),
    at(f"console/{RESET}/<base36:uidb36>-<str:key>/", password_pages.choose, DOOR, "account_reset_password_from_key", GET_POST),
    at(f"console/{JOIN}/<str:token>/", password_pages.join, DOOR, "join", GET_POST),
    at("console/staff/", staff_pages.listing, "auth.view_user", "staff", GET),
    at("console/staff/<id:account_id>/", staff_pages.account, "auth.change_user", "staff-account", GET_POST),
    at("console/staff/invite/", staff_pages.invite, "auth.add_user", "staff-invite", POST),
    at("console/staff/invitations/<id:invitation_id>/revoke/", staff_pages.revoke, "auth.add_user", "invitation-revoke", POST),
    at("console/staff/<id:account_id>/password/", new_password_page.new_password, "auth.change_user", "staff-password", GET_POST),
    at("console/roles/", roles_page.roles, STAFF, "roles", GET),
    at(f"{SETTINGS}/policies/", policy_pages.listing, SEE_POLICIES, "settings-policies", GET),
    at(f"{SETTINGS}/policies/suggestion/", approval_suggestion.answer, CHANGE_SETTINGS, "settings-policies-suggestion", POST),
    at(f"{POLICY_PAGE}/", policy_pages.edit_policy, SEE_POLICIES, "settings-policies-edit", GET_POST, posting=CHANGE_SETTINGS),
    at(f"{SETTINGS}/retention/", policy_pages.retention, SEE_POLICIES, "settings-retention", GET),
    at(
        f"{SETTINGS}/retention/<slug:period>/",
        policy_pages.edit_period,
        SEE_POLICIES,
        "settings-retention-edit",
        GET_POST,
        posting=CHANGE_SETTINGS,
    ),
    # -- settings: names that begin with `settings` mark the section in the bar of every page; each has its line in `sections`
    at(f"{SETTINGS}/", publication_page.page, SEE_SETTINGS, "settings-publication", GET_POST, posting=CHANGE_SETTINGS),
    at(f"{SETTINGS}/design/", design_page.page, SEE_SETTINGS, "settings-design", GET_POST, posting=CHANGE_SETTINGS),
    at(f"{SETTINGS}/design/mail/", design_page.DesignMail.as_view(), SEE_SETTINGS, "settings-design-mail", GET),
    at(f"{SETTINGS}/design/pictures/<str:name>", design_page.picture, SEE_SETTINGS, "settings-design-picture", GET),
    at(f"{SETTINGS}/testers/", tester_pages.listing, TESTERS, "settings-testers", GET_POST),
    at(f"{SETTINGS}/testers/<id:group_id>/", tester_pages.group, TESTERS, "settings-testers-one", GET_POST),
    at(f"{SETTINGS}/senders/", sender_pages.listing, "publication.view_sender", "settings-sender", GET),
    at(f"{SETTINGS}/senders/new/", sender_pages.new, "publication.add_sender", "settings-sender-new", GET_POST),
    at(
        f"{SENDER_PAGE}/",
        sender_pages.sender_page,
        "publication.view_sender",
        "settings-sender-one",
        GET_POST,
        posting="publication.change_sender",
    ),
    at(f"{SENDER_PAGE}/delete/", sender_pages.delete, "publication.delete_sender", "settings-sender-delete", GET_POST),
    at(
        f"{SETTINGS}/provider/", provider_settings_page.page, SEE_SETTINGS, "settings-provider", GET_POST, posting=CHANGE_SETTINGS
    ),
    at("console/audit/", audit_page.listing, "publication.view_audit", "audit", GET),
    at("console/audit/csv", audit_page.download, "publication.view_audit", "audit-csv", GET),
    at(f"{ACCOUNT}/", second_factor_pages.overview, OWN, "mfa_index", GET),
    at(f"{ACCOUNT}/mails/", own_account_pages.choose_mails, OWN, "own-mails", POST),
    at(f"{ACCOUNT}/editor-tour/", own_account_pages.end_tour, OWN, "editor-tour", POST),
    at(f"{ACCOUNT}/password/", own_account_pages.password, PASSWORD, "own-password", GET_POST),
    at(f"{ACCOUNT}/address/", own_account_pages.address, OWN, "own-address", GET_POST),
    at(f"{ACCOUNT}/sessions/<id:session_id>/end/", own_account_pages.end_session, OWN, "session-end", POST),
    at(f"{ACCOUNT}/sessions/", own_account_pages.sessions, OWN, "usersessions_list", GET_POST),
    at(f"{ACCOUNT}/confirm/", second_factor_pages.confirm_by_password, OWN, "account_reauthenticate", GET_POST),
    at(f"{ACCOUNT}/confirm/code/", second_factor_pages.confirm_by_code, OWN, "mfa_reauthenticate", GET_POST),
    at(f"{ACCOUNT}/confirm/passkey/", second_factor_pages.confirm_by_passkey, OWN, "mfa_reauthenticate_webauthn", GET_POST),
    at(f"{ACCOUNT}/app/", second_factor_pages.set_up_app, OWN, "mfa_activate_totp", GET_POST),
    at(f"{ACCOUNT}/app/code.svg", second_factor_pages.app_code, OWN, "app-code", GET),
    at(f"{ACCOUNT}/app/remove/", second_factor_pages.remove_app, OWN, "mfa_deactivate_totp", GET_POST),
    at(f"{ACCOUNT}/recovery-codes/", second_factor_pages.recovery_codes, OWN, "mfa_view_recovery_codes", GET),
    at(f"{ACCOUNT}/recovery-codes/new/", second_factor_pages.new_recovery_codes, OWN, "mfa_generate_recovery_codes", GET_POST),
    at(f"{ACCOUNT}/recovery-codes/file/", second_factor_pages.recovery_codes_file, OWN, "mfa_download_recovery_codes", GET_POST),
    at(f"{ACCOUNT}/passkeys/", second_factor_pages.passkey_list, OWN, "mfa_list_webauthn", GET),
    at(f"{ACCOUNT}/passkeys/add/", second_factor_pages.add_passkey, OWN, "mfa_add_webauthn", GET_POST),
    at(f"{ACCOUNT}/passkeys/<id:pk>/rename/", second_factor_pages.rename_passkey, OWN, "mfa_edit_webauthn", GET_POST),
    at(f"{ACCOUNT}/passkeys/<id:pk>/remove/", second_factor_pages.remove_passkey, OWN, "mfa_remove_webauthn", GET_POST),
    at("console/issues/", issue_list.listing, SEE_ISSUES, "issues", GET),
    at("console/issues/new/", issue_list.begin, "editorial.add_issuerecord", "issue-new", GET_POST),
    at("console/imports/", import_pages.upload_form, "editorial.add_issuerecord", "import-new", GET),
    at("console/uploads/documents/new/", import_pages.upload, "editorial.add_issuerecord", "import-upload", POST),
    at("console/imports/<id:import_id>/", import_pages.run_page, "editorial.add_issuerecord", "import", GET_POST),
    at("console/imports/<id:import_id>/progress/", import_pages.progress, "editorial.add_issuerecord", "import-progress", GET),
    at("console/imports/<id:import_id>/files/<id:file_id>/", import_pages.original, EDIT_ISSUES, "import-file", GET),
    at("console/imports/<id:import_id>/report/", import_pages.report, EDIT_ISSUES, "import-report", GET),
    at(f"{ISSUE_PAGE}/doubts/", questions_page.page, SEE_ISSUES, "issue-questions", GET_POST, posting=EDIT_ISSUES),
    at("console/uploads/<slug:slug>/doubts/", questions_page.describe, EDIT_ISSUES, "issue-question-picture", POST),
    at(f"{ISSUE_PAGE}/past/", past_issue_page.page, "campaigns.add_pastissue", "issue-past", GET_POST),
    at("console/markup/", writing_page.marks, STAFF, "markup", GET),
    at(f"{ISSUE_PAGE}/", writing_page.show_outline, SEE_ISSUES, "issue", GET),
    at(f"{ISSUE_PAGE}/part/", part_page.part, SEE_ISSUES, "issue-part", GET_POST, posting=EDIT_ISSUES),
    at(f"{ISSUE_PAGE}/part/add/", writing_page.add, EDIT_ISSUES, "issue-part-add", GET_POST),
    at(f"{ISSUE_PAGE}/part/move/", writing_page.move, EDIT_ISSUES, "issue-part-move", POST),
    at(f"{ISSUE_PAGE}/part/delete/", writing_page.delete, EDIT_ISSUES, "issue-part-delete", GET_POST),
    at(f"{ISSUE_PAGE}/part/split/", split_pages.split, EDIT_ISSUES, "issue-part-split", GET_POST),
    at(f"{ISSUE_PAGE}/part/join/", split_pages.join, EDIT_ISSUES, "issue-part-join", GET_POST),
    at(f"{ISSUE_PAGE}/part/undo/", split_pages.undo, EDIT_ISSUES, "issue-part-undo", POST),
    at(f"{ISSUE_PAGE}/digest/", digest_button.make_digest, EDIT_ISSUES, "issue-digest", POST),
    at(f"{ISSUE_PAGE}/search/", search_page.search, SEE_ISSUES, "issue-search", GET_POST, posting=EDIT_ISSUES),
    at(f"{ISSUE_PAGE}/pictures/", picture_pages.listing, SEE_ISSUES, "issue-pictures", GET),
    at("console/uploads/<slug:slug>/", picture_pages.upload, "editorial.add_media", "picture-upload", POST),
    at(f"{ISSUE_PAGE}/pictures/delete/", picture_pages.delete, "editorial.add_media", "issue-picture-delete", GET_POST),
    at(f"{ISSUE_PAGE}/pictures/crop/", crop_page.crop, "editorial.add_media", "issue-picture-crop", GET_POST),
    at(f"{ISSUE_PAGE}/pictures/library/", library_page.library, "editorial.add_media", "issue-picture-library", GET_POST),
    at(f"{ISSUE_PAGE}/pictures/describe/", picture_pages.describe, EDIT_ISSUES, "issue-picture-describe", POST),
    at(f"{ISSUE_PAGE}/pictures/<slug:digest>/", picture_pages.thumbnail, SEE_ISSUES, "issue-thumbnail", GET),
    at(f"{ISSUE_PAGE}/revisions/", revision_pages.listing, SEE_ISSUES, "issue-revisions", GET),
    at(f"{ISSUE_PAGE}/revisions/compare/", revision_pages.compare, SEE_ISSUES, "issue-compare", GET),
    at(f"{ISSUE_PAGE}/revisions/restore/", revision_pages.restore, EDIT_ISSUES, "issue-restore", GET_POST),
    at(f"{ISSUE_PAGE}/languages/", languages_page.side_by_side, SEE_ISSUES, "issue-languages", GET),
    at(f"{ISSUE_PAGE}/languages/add/", language_forms.add, EDIT_ISSUES, "issue-language-add", GET_POST),
    at(f"{ISSUE_PAGE}/languages/remove/", language_forms.remove, EDIT_ISSUES, "issue-language-remove", GET_POST),
    at(f"{ISSUE_PAGE}/languages/part/", languages_page.add_part, EDIT_ISSUES, "issue-language-part", POST),
    at(f"{ISSUE_PAGE}/languages/picture/", languages_page.take_over_figure, EDIT_ISSUES, "issue-language-picture", POST),
    at(f"{ISSUE_PAGE}/presence/", writing_page.note, SEE_ISSUES, "issue-presence", POST),
    at(f"{ISSUE_PAGE}/preview/", preview_pages.preview, SEE_ISSUES, "issue-preview", GET_POST, posting=SEE_PEOPLE),
    at(f"{ISSUE_PAGE}/preview/live/", preview_pages.live, SEE_ISSUES, "issue-preview-live", GET_POST),
    at(f"{ISSUE_PAGE}/preview/mail/", preview_pages.PreviewMail.as_view(), SEE_ISSUES, "issue-preview-mail", GET),
    at(
        f"{ISSUE_PAGE}/preview/read/<slug:article>/",
        article_preview.ArticlePreview.as_view(),
        SEE_ISSUES,
        "issue-preview-article",
        GET,
    ),
    at(f"{ISSUE_PAGE}/preview/pictures/<str:name>", preview_pages.picture, SEE_ISSUES, "issue-preview-picture", GET),
    at(f"{ISSUE_PAGE}/wechat/", wechat_pages.page, SEE_ISSUES, "issue-wechat", GET),
    at(f"{ISSUE_PAGE}/wechat/article/", wechat_pages.WechatFrame.as_view(), SEE_ISSUES, "issue-wechat-article", GET),
    at(f"{ISSUE_PAGE}/wechat/files.zip", wechat_pages.download, SEE_ISSUES, "issue-wechat-files", GET),
    at(f"{ISSUE_PAGE}/review/", review_page.review, "editorial.view_review", "issue-review", GET),
    at(f"{ISSUE_PAGE}/review/ask/", review_page.ask, "editorial.add_review", "issue-review-ask", GET_POST),
    at(f"{ISSUE_PAGE}/review/take-back/", review_page.take_back, "editorial.change_review", "issue-review-take-back", POST),
    at(f"{ISSUE_PAGE}/review/decide/", review_page.decide, "editorial.add_decision", "issue-review-decide", POST),
    at(f"{ISSUE_PAGE}/differences/", review_page.differences, "editorial.view_review", "issue-differences", GET),
    at(f"{ISSUE_PAGE}/comments/", comment_pages.listing, "editorial.view_comment", "issue-comments", GET),
    at(f"{ISSUE_PAGE}/comments/add/", comment_pages.add, "editorial.add_comment", "issue-comment-add", POST),
    at(f"{COMMENT}/answer/", comment_pages.answer, "editorial.add_comment", "issue-comment-answer", POST),
    at(f"{COMMENT}/resolve/", comment_pages.resolve, "editorial.change_comment", "issue-comment-resolve", POST),
    at(f"{COMMENT}/reopen/", comment_pages.reopen, "editorial.change_comment", "issue-comment-reopen", POST),
    at(f"{ISSUE_PAGE}/links/", links_page.links, "editorial.add_reviewlink", "issue-links", GET_POST),
    at(f"{ISSUE_PAGE}/links/<id:link_id>/revoke/", links_page.revoke, "editorial.add_reviewlink", "issue-link-revoke", POST),
    at("console/", home_page.home, STAFF, "home", GET),
    at("console/sending/", home_page.sending, "campaigns.view_campaign", "home-sending", GET),
    at("console/campaigns/", campaign_pages.overview, "campaigns.view_campaign", "campaigns", GET),
    at(f"{ISSUE_PAGE}/send/", send_page.send, "campaigns.add_campaign", "issue-send", GET_POST),
    at("console/audience/people/", audience_people.listing, SEE_PEOPLE, "audience-people", GET),
    at("console/newsletters/", newsletter_pages.overview, SEE_CAMPAIGNS, "campaign-newsletters", GET),
    at("console/newsletters/<slug:kind>.csv", newsletter_pages.download, SEE_CAMPAIGNS, "campaign-newsletters-csv", GET),
    at("console/newsletters/<slug:kind>.svg", newsletter_pages.picture, SEE_CAMPAIGNS, "campaign-newsletters-picture", GET),
    at(f"{CAMPAIGN}/", campaign_pages.campaign, "campaigns.view_campaign", "campaign", GET),
    at(f"{CAMPAIGN}/numbers/", campaign_pages.numbers, "campaigns.view_campaign", "campaign-numbers", GET),
    at(f"{CAMPAIGN}/report/", report_pages.report, SEE_CAMPAIGNS, "campaign-report", GET),
    at(f"{CAMPAIGN}/report/mail/", report_pages.clicks_on_mail, SEE_CAMPAIGNS, "campaign-report-clicks", GET),
    at(f"{CAMPAIGN}/report/mail/<id:number>/", report_pages.ClicksOnMail.as_view(), SEE_CAMPAIGNS, "campaign-report-mail", GET),
    at(f"{CAMPAIGN}/report/<slug:kind>.csv", report_pages.download, SEE_CAMPAIGNS, "campaign-report-csv", GET),
    at(f"{CAMPAIGN}/report/<slug:kind>.svg", report_pages.picture, SEE_CAMPAIGNS, "campaign-report-picture", GET),
    at(f"{CAMPAIGN}/report/share/", report_pages.share, SHARE_REPORTS, "campaign-report-share", POST),
    at(f"{CAMPAIGN}/report/links/<id:link_id>/revoke/", report_pages.revoke, SHARE_REPORTS, "campaign-report-revoke", POST),
    at(f"{CAMPAIGN}/follow-up/<slug:kind>/", follow_up_pages.begin, "campaigns.add_campaign", "campaign-follow-up", GET_POST),
    at(f"{ASKED}/close/", question_pages.close, "campaigns.change_campaign", "campaign-question-close", GET_POST),
    at(f"{ASKED}/archive/", question_pages.show_in_archive, "campaigns.change_campaign", "campaign-question-archive", POST),
    at(f"{CAMPAIGN}/people/<slug:outcome>/", people_pages.listing, SEE_PEOPLE, "campaign-people", GET),
    at(f"{CAMPAIGN}/people/<slug:outcome>/csv", people_pages.download, SEE_ADDRESSES, "campaign-people-csv", GET),
    at(f"{CAMPAIGN}/why/", people_pages.explain, SEE_PEOPLE, "campaign-why", GET_POST),
    at(f"{CAMPAIGN}/schedule/", schedule_pages.schedule, "campaigns.change_campaign", "campaign-schedule", GET_POST),
    at(f"{CAMPAIGN}/send-now/", schedule_pages.send_now, "campaigns.change_campaign", "campaign-send-now", GET_POST),
    at(f"{CAMPAIGN}/unschedule/", schedule_pages.unschedule, "campaigns.change_campaign", "campaign-unschedule", POST),
    at(f"{CAMPAIGN}/audience/", draft_pages.audience, "campaigns.change_campaign", "campaign-audience", GET_POST),
    at(f"{CAMPAIGN}/delete/", draft_pages.delete, "campaigns.change_campaign", "campaign-delete", GET_POST),
    at(f"{CAMPAIGN}/override/", draft_pages.override, "campaigns.override_checks", "campaign-override", GET_POST),
    at(f"{CAMPAIGN}/pause/", campaign_pages.pause, "campaigns.change_campaign", "campaign-pause", POST),
    at(f"{CAMPAIGN}/resume/", resume_page.resume, "campaigns.change_campaign", "campaign-resume", GET_POST),
    at(f"{CAMPAIGN}/cancel/", campaign_pages.cancel, "campaigns.change_campaign", "campaign-cancel", GET_POST),
    at(f"{CAMPAIGN}/uncertain/", uncertain_pages.listing, "campaigns.view_campaign", "campaign-uncertain", GET),
    at(f"{CAMPAIGN}/uncertain/settle/", uncertain_pages.settle, "campaigns.change_campaign", "campaign-settle", POST),
    at(f"{VERSION}/<id:number>/mail", VersionMail.as_view(), "editorial.view_issueversion", "variant-mail", GET),
    at(f"{VERSION}/mail", VersionMail.as_view(), "editorial.view_issueversion", "version-mail", GET),
    # -- people: names that begin with `people` mark the section in the bar of every page
    at("console/subscribers/", people_search_page.people, SEE_PEOPLE, "people", GET_POST),
    at("console/subscribers/actions/", action_pages.listing, "subscribers.view_peopleaction", "people-actions", GET),
    at("console/subscribers/actions/choose/", action_pages.choose, "subscribers.add_peopleaction", "people-action-choose", POST),
    at("console/subscribers/actions/new/", action_pages.new, "subscribers.add_peopleaction", "people-action-new", GET_POST),
    at("console/subscribers/actions/<id:action_id>/", action_pages.action, "subscribers.view_peopleaction", "people-action", GET),
    at("console/subscribers/actions/<id:action_id>/file/", action_pages.download, SEE_ADDRESSES, "people-action-file", GET),
    at("console/suppressions/", suppressions_page.suppressions, SEE_SUPPRESSIONS, "people-suppressions", GET_POST),
    at("console/suppressions/add/", suppression_forms.add, SUPPRESS, "people-suppression-add", GET_POST),
    at("console/suppressions/lifted/", suppressions_page.lifted, SEE_SUPPRESSIONS, "people-suppression-lifted", GET),
    at("console/suppressions/<id:suppression_id>/lift/", suppression_forms.lift, LIFT, "people-suppression-lift", GET_POST),
    at(DOMAINS, domain_pages.domains, SEE_SUPPRESSIONS, "people-suppression-domains", GET_POST, posting=SUPPRESS),
    at(f"{DOMAINS}<id:domain_id>/lift/", domain_pages.lift, LIFT, "people-suppression-domain-lift", GET_POST),
    at(
        "console/suppressions/provider/",
        provider_page.provider,
        SEE_SUPPRESSIONS,
        "people-suppression-provider",
        GET_POST,
        posting="subscribers.change_suppression",
    ),
    at("console/lists/", list_pages.listing, SEE_LISTS, "people-lists", GET),
    at("console/lists/new/", list_forms.new, "subscribers.add_mailinglist", "people-list-new", GET_POST),
    at(f"{LIST}/", list_pages.one_list, SEE_LISTS, "people-list", GET),
    at(f"{LIST}/numbers/<slug:kind>.csv", list_pages.download, SEE_LISTS, "people-list-csv", GET),
    at(f"{LIST}/numbers/<slug:kind>.svg", list_pages.picture, SEE_LISTS, "people-list-picture", GET),
    at(f"{LIST}/edit/", list_forms.edit, CHANGE_LISTS, "people-list-edit", GET_POST),
    at(f"{LIST}/form/", list_forms.embed, SEE_LISTS, "people-list-form", GET),
    at(f"{LIST}/archive/", archive_page.archive, SEE_LISTS, "people-list-archive", GET_POST, posting=CHANGE_LISTS),
    at(f"{LIST}/welcome/", welcome_page.welcome, SEE_LISTS, "people-list-welcome", GET_POST, posting="campaigns.change_campaign"),
    at(f"{LIST}/delete/", list_forms.delete, "subscribers.delete_mailinglist", "people-list-delete", GET_POST),
    at(f"{LIST}/requests/", request_pages.listing, SEE_REQUESTS, "people-list-requests", GET_POST, posting=CHANGE_REQUESTS),
    at(f"{LIST}/requests/<id:request_id>/", request_pages.add, "subscribers.add_subscription", "people-list-request", GET_POST),
    at("console/attributes/", attribute_pages.listing, SEE_LISTS, "people-attributes", GET),
    at("console/attributes/new/", attribute_pages.new, CHANGE_LISTS, "people-attribute-new", GET_POST),
    at("console/attributes/<slug:attribute>/", attribute_pages.edit, CHANGE_LISTS, "people-attribute", GET_POST),
    at("console/attributes/<slug:attribute>/delete/", attribute_pages.delete, CHANGE_LISTS, "people-attribute-delete", GET_POST),
    at("console/segments/", segment_list.segment_list, SEE_SEGMENTS, "people-segments", GET),
    at("console/segments/new/", builder_page.new, "subscribers.add_segment", "people-segment-new", GET_POST),
    at("console/segments/follow/", builder_page.follow, "subscribers.add_segment", "people-segment-follow", POST),
    at("console/segments/preview/", builder_page.preview, "subscribers.add_segment", "people-segment-preview", POST),
    at(f"{SEGMENT}/", segment_page.segment, SEE_SEGMENTS, "people-segment", GET),
    at(f"{SEGMENT}/count/", segment_list.count_segment, SEE_SEGMENTS, "people-segment-count", POST),
    at(f"{SEGMENT}/edit/", builder_page.edit, CHANGE_SEGMENTS, "people-segment-edit", GET_POST),
    at(f"{SEGMENT}/restore/", segment_page.restore, CHANGE_SEGMENTS, "people-segment-restore", POST),
    at(f"{SEGMENT}/delete/", segment_page.delete, "subscribers.delete_segment", "people-segment-delete", GET_POST),
    at("console/subscribers/add/", person_add.add, "subscribers.add_subscriber", "people-person-add", GET_POST),
    at(f"{PERSON_PAGE}/", person_page.person, SEE_PEOPLE, "people-person", GET),
    at(f"{PERSON_PAGE}/edit/", person_forms.edit, EDIT_PEOPLE, "people-person-edit", GET_POST),
    at(f"{PERSON_PAGE}/unsubscribe/", person_forms.unsubscribe, LEAVE, "people-person-unsubscribe", GET_POST),
    at(f"{PERSON_PAGE}/address/", person_forms.address, EDIT_PEOPLE, "people-person-address", GET_POST),
    at(f"{PERSON_PAGE}/pause/", person_forms.pause, EDIT_PEOPLE, "people-person-pause", POST),
    at(f"{PERSON_PAGE}/measuring/", person_forms.measuring, EDIT_PEOPLE, "people-person-measuring", POST),
    at(f"{PERSON_PAGE}/data/", person_records.data, SEE_ADDRESSES, "people-person-data", GET_POST, posting=EDIT_PEOPLE),
    at(f"{PERSON_PAGE}/merge/", person_records.merge, EDIT_PEOPLE, "people-person-merge", GET_POST),
    at(f"{PERSON_PAGE}/erase/", person_records.erase, "subscribers.delete_subscriber", "people-person-erase", GET_POST),
    at("console/people-imports/", upload_pages.listing, SEE_IMPORTS, "people-imports", GET),
    at("console/people-imports/new/", upload_pages.upload_form, ADD_IMPORTS, "people-import-new", GET),
    at("console/uploads/people/new/", upload_pages.upload, ADD_IMPORTS, "people-import-upload", POST),
    at(f"{PEOPLE_IMPORT}/", run_pages.run_page, SEE_IMPORTS, "people-import", GET),
    at(f"{PEOPLE_IMPORT}/progress/", run_pages.progress, SEE_IMPORTS, "people-import-progress", GET),
    at(f"{PEOPLE_IMPORT}/columns/", draft_pages_of_imports.columns, ADD_IMPORTS, "people-import-columns", GET_POST),
    at(f"{PEOPLE_IMPORT}/consent/", consent_pages.consent, ADD_IMPORTS, "people-import-consent", GET_POST),
    at(f"{PEOPLE_IMPORT}/start/", draft_pages_of_imports.start, ADD_IMPORTS, "people-import-start", POST),
    at(f"{PEOPLE_IMPORT}/stop/", run_pages.stop, ADD_IMPORTS, "people-import-stop", POST),
    at(f"{PEOPLE_IMPORT}/suggestions/", draft_pages_of_imports.use_suggestions, ADD_IMPORTS, "people-import-suggestions", POST),
    at(f"{PEOPLE_IMPORT}/details/", draft_pages_of_imports.details, ADD_IMPORTS, "people-import-details", POST),
    at(f"{PEOPLE_IMPORT}/delete/", draft_pages_of_imports.abandon, ADD_IMPORTS, "people-import-abandon", GET_POST),
    at(f"{PEOPLE_IMPORT}/correct/", run_pages.correct, ADD_IMPORTS, "people-import-correct", POST),
    at(f"{PEOPLE_IMPORT}/set-aside/", run_pages.set_aside, ADD_IMPORTS, "people-import-set-aside", POST),
    at(f"{PEOPLE_IMPORT}/rows/<slug:group>/", run_pages.rows, SEE_IMPORTS, "people-import-rows", GET),
    at(f"{PEOPLE_IMPORT}/refused.csv", run_pages.refused, "subscribers.see_addresses", "people-import-refused", GET),
    at(f"{PEOPLE_IMPORT}/undo/", run_pages.undo_page, "subscribers.delete_importrun", "people-import-undo", GET_POST),
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
