"""The pages of the tour: every address of web/urls.py, in every state that looks different, and what follows a form.

Pages are found by the names of their URLs and by the elements of their forms, never by their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from django.urls import reverse

from tests.tour.campaign_cast import COMPLAINING
from tests.tour.reader_visits import reader_visits
from tests.tour.steps import check, fill, press, submit, uncheck, unfold, without_own_checks
from tests.tour.visit import EDITOR, VIEWER, Visit
from tests.tour.visit import visit as _visit
from tests.web.page_examples import PAGES
from web.access import POST

if TYPE_CHECKING:
    from tests.tour.cast import Cast

ROUTES = {name: str(page.pattern) for name, page in PAGES.items() if page.callback.methods != POST}
# Name of a URL -> why the tour has no picture of it. URLs that only answer forms show no page.
_JOURNEY = "inspected by tests/journeys/test_month_in_console.py, or needs a second factor or link that only exists there"
NO_PICTURE = {
    "robots": "a text for search engines",
    "health": "an answer for programs",
    "health-live": "an answer for programs",
    "health-processes": "an answer for programs",
    "media": "pictures of mails",
    "design": "style sheets, icons and logos of the themes",
    "sitemap": "a list for search engines",
    "archive-feed": "a feed for programs",
    "archive-rss": "a feed for programs",
    "account_reset_password_from_key": _JOURNEY,
    "join": _JOURNEY,
    "mfa_authenticate": _JOURNEY,
    "account_reauthenticate": _JOURNEY,
    "mfa_reauthenticate": _JOURNEY,
    "mfa_reauthenticate_webauthn": _JOURNEY,
    "mfa_activate_totp": _JOURNEY,
    "mfa_deactivate_totp": _JOURNEY,
    "mfa_view_recovery_codes": _JOURNEY,
    "mfa_generate_recovery_codes": _JOURNEY,
    "mfa_list_webauthn": _JOURNEY,
    "mfa_add_webauthn": _JOURNEY,
    "mfa_edit_webauthn": _JOURNEY,
    "mfa_remove_webauthn": _JOURNEY,
    "app-code": "a picture of the page that sets up an authenticator app",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "an answer for the sign-in page's script",
    "home-sending": "a part of the page home",
    "issue-preview-live": "a part of the preview of an issue",
    "issue-preview-article": "the frame of the preview",
    "issue-preview-picture": "pictures of mails",
    "settings-design-mail": "the frames of the page settings-design",
    "settings-design-picture": "pictures of the specimen",
    "issue-wechat-article": "the frame of the page for WeChat",
    "issue-wechat-files": "a file",
    "campaign-numbers": "a part of the page of a campaign",
    "campaign-people-csv": "a file",
    "campaign-report-csv": "a file",
    "campaign-report-picture": "a file",
    "campaign-newsletters-csv": "a file",
    "campaign-newsletters-picture": "a file",
    "people-list-csv": "a file",
    "people-list-picture": "a file",
    "click": "leads on to another page",
    "open": "a picture of one pixel",
    "audit-csv": "a file",
    "import-progress": "an answer for a script",
    "import-file": "a file",
    "people-import-progress": "an answer for a script",
    "people-import-refused": "a file",
    "people-action-file": "a file",
    "import-report": "a file",
    "issue-thumbnail": "a picture of the page of pictures",
    "issue-picture-delete": "inspected by tests/web/console/test_writing_in_browser.py",
    "issue-picture-library": "inspected by tests/web/console/test_picture_library_in_browser.py",
    "issue-picture-crop": "inspected by tests/web/console/test_picture_crop_in_browser.py",
    "subscribe-json": "an answer for programs",
    "people-suppression-lift": "inspected by tests/web/console/test_suppression_pages.py",
    "people-suppression-domain-lift": "inspected by tests/web/console/test_suppression_pages.py",
}
CAMPAIGNS = (
    "draft", "variants", "faulty", "followed", "scheduled", "zones", "sending", "paused", "held", "braked", "sent", "bilingual", "cancelled",
    "lost",
)  # fmt: skip
# Which campaigns each page of a campaign is shown of.
STATES = {
    "campaign": CAMPAIGNS,
    "campaign-schedule": ("draft", "variants", "scheduled", "zones", "sent", "lost"),
    "campaign-send-now": ("draft", "variants", "faulty", "sent", "lost"),
    "campaign-audience": ("draft", "followed"),
    "campaign-delete": ("draft",),
    "campaign-override": ("faulty", "draft"),
    "campaign-resume": ("braked",),
    "campaign-cancel": ("sending", "zones", "sent"),
    "campaign-uncertain": ("sending", "sent"),
    "campaign-report": ("sent", "bilingual"),
}
OUTCOMES = ("delivered", "clicked", "not_clicked", "bounced", "dropped", "complained", "skipped", "failed", "unsubscribed")


def visits(cast: Cast, turn: int) -> list[Visit]:
    """All pages; `turn` 0 or 1 chooses the people, because a link that somebody left by shows another page the next time."""
    chosen = [
        *_issues(cast), *_audiences(cast, turn), *_imports(cast), *_people_imports(cast), *_campaigns(cast), *_people(),
        *_reviews(cast), *_review_links(cast, turn), *_lists(cast), *_segments(), *_problems(cast),
        *_settings(cast, turn), *reader_visits(cast, turn),
        *_sandbox(cast),
    ]  # fmt: skip
    taken = {visit.url for visit in chosen if not visit.label or "<" in ROUTES.get(visit.url, "")}
    return [*_every_other_page(cast, taken), *chosen]


def without_workers(cast: Cast) -> list[Visit]:
    """The pages that say which processes are missing."""
    visits_ = [
        _visit("home"), _visit("issue-send", slug=cast.bilingual_issue),
        *(_visit(url, campaign_id=cast.campaigns["draft"]) for url in ("campaign-schedule", "campaign-send-now")),
        _visit("campaign", campaign_id=cast.campaigns["scheduled"]),
    ]  # fmt: skip
    return [replace(visit, label="no-workers") for visit in visits_]


def missing(found: list[Visit]) -> list[str]:
    """The names of URLs that have neither a picture nor a reason why they have none."""
    return sorted(ROUTES.keys() - NO_PICTURE.keys() - {visit.url for visit in found})


def _every_other_page(cast: Cast, taken: set[str]) -> Iterator[Visit]:
    """One picture of each page that no other function chose: of the sample issue, or of the list. A new page needs nothing here."""
    for url, route in ROUTES.items():
        is_of_issue = route.startswith(("console/issues/", "console/uploads/"))
        examples = {"slug": cast.bilingual_issue if is_of_issue else cast.mailing_list, "issue": cast.bilingual_issue,
                    "campaign_id": cast.campaigns["bilingual"], "version_id": cast.versions["version"], "year": cast.year,
                     "language": "zh-hans", "list_id": cast.list_id, "attribute": "interests", "action_id": cast.action,
                     "policy": "approvals", "period": "keep_events", "sender_id": cast.sender}  # fmt: skip
        arguments = re.findall(r"<\w+:(\w+)>", route)
        if url not in taken | NO_PICTURE.keys() and examples.keys() >= set(arguments):
            yield _visit(url, **{name: examples[name] for name in arguments})


def _audiences(cast: Cast, turn: int) -> Iterator[Visit]:
    """Whom a campaign leaves out, the people behind a number, and the groups that get test mails."""
    sent, lists = cast.campaigns["sent"], f"list={cast.list_id}"
    send = reverse("issue-send", kwargs={"slug": cast.bilingual_issue})
    yield Visit("issue-send", "left-out", f"{send}?audience=chosen&{lists}&not_campaign={sent}", EDITOR)
    yield Visit("issue-send", "test-mail", send, EDITOR, steps=(unfold("#send-test"),))
    people = reverse("audience-people")
    yield Visit("audience-people", "", f"{people}?{lists}&issue={cast.bilingual_issue}&why=gets", EDITOR)
    yield Visit("audience-people", "left-out", f"{people}?{lists}&not_campaign={sent}&why=excluded_campaign:{sent}", EDITOR)
    testers = reverse("settings-testers")
    group = {"name": ("Editorial office", "编辑部")[turn], "addresses": "wei.chen@cast.example\nana.moreno@cast.example"}
    yield Visit("settings-testers", "", testers, EDITOR, steps=(submit(testers, group),))
    yield Visit("settings-testers", "problem", testers, EDITOR, 422, (submit(testers, {"name": "Board", "addresses": "nobody"}),))
    steps = (press("main .things .button"),)
    yield Visit("settings-testers-one", "", testers, EDITOR, steps=steps)


def _issues(cast: Cast) -> Iterator[Visit]:
    for label, issue in (("", cast.issue), ("bilingual", cast.bilingual_issue)):
        yield _visit("issue", label, slug=issue)
    slug = {"slug": cast.bilingual_issue}
    for label, file, part in (
        ("", "issue.md", "annual-meeting"), ("chinese", "issue.zh-Hans.md", "annual-meeting"), ("head", "issue.md", "@head"),
        ("highlights", "issue.md", "@highlights"), ("credits", "issue.md", "@credits"), ("footer", "issue.md", "@footer"),
        ("beside", "issue.zh-Hans.md", "annual-meeting&beside=en"),
    ):  # fmt: skip
        yield Visit("issue-part", label, f"{reverse('issue-part', kwargs=slug)}?file={file}&part={part}", EDITOR)
    own = reverse("issue-part", kwargs={"slug": cast.issue})
    yield Visit("issue-part", "summary", f"{own}?file=issue.md&part=world-engineering-day", EDITOR)
    for url in ("issue-part-add", "issue-part-delete", "issue-part-split"):
        yield Visit(url, "", f"{reverse(url, kwargs=slug)}?file=issue.md&part=annual-meeting", EDITOR)
    yield Visit("issue-part-join", "", f"{reverse('issue-part-join', kwargs=slug)}?file=issue.md&part=tide-tables", EDITOR)
    yield from _parts_changed_by_two(cast)
    yield Visit("issue-search", "", f"{reverse('issue-search', kwargs=slug)}?words=science&replacement=Science", EDITOR)
    yield Visit("issue-part", "section", f"{reverse('issue-part', kwargs=slug)}?file=issue.md&part=from-the-society", EDITOR)
    yield _visit("issue-languages", slug=cast.issue)
    yield _visit("issue-languages", "bilingual", **slug)
    yield Visit("issue-language-remove", "", f"{reverse('issue-language-remove', kwargs=slug)}?file=issue.zh-Hans.md", EDITOR)
    yield Visit("issue-compare", "", f"{reverse('issue-compare', kwargs=slug)}?from=1", EDITOR)
    yield Visit("issue-restore", "", f"{reverse('issue-restore', kwargs=slug)}?revision=1", EDITOR)
    for view in ("", "dark", "outlook", "text"):
        path = reverse("issue-preview", kwargs={"slug": cast.bilingual_issue})
        yield Visit("issue-preview", view, f"{path}?view={view}" if view else path, EDITOR)
    path = reverse("issue-preview", kwargs={"slug": cast.issue})
    yield Visit("issue-preview", "both", f"{path}?width=both&sample=3", EDITOR)
    steps = (fill("#preview-address", "nobody@example.org"), press("form:has(#preview-address) button"))
    yield Visit("issue-preview", "stranger", path, EDITOR, 422, steps)
    yield _visit("issue-send", slug=cast.issue)
    yield _visit("issue-send", "bilingual", slug=cast.bilingual_issue)


def _parts_changed_by_two(cast: Cast) -> Iterator[Visit]:
    """What follows if a colleague has changed the text meanwhile; the step that can be taken back after a split."""
    page = reverse("issue-part", kwargs={"slug": cast.bilingual_issue})
    form = cast.conflict
    path = f"{page}?file={form['file']}&part={form['part']}"
    source = {name: value for name, value in form.items() if name != "document"}
    for label, fields in (("conflict", form), ("conflict-source", source)):
        yield Visit("issue-part", label, path, EDITOR, 409, (submit(page, fields),))
    other = reverse("issue-part", kwargs={"slug": cast.deleted["slug"]})
    opening = f"{other}?file={cast.deleted['file']}&part=@head"
    yield Visit("issue-part", "conflict-deleted", opening, EDITOR, 409, (submit(other, cast.deleted),))
    stale = {"file": form["file"], "base": "1", "at": "1", "title": "Registration"}
    for url, part in (("issue-part-split", form["part"]), ("issue-part-join", "tide-tables")):
        address = reverse(url, kwargs={"slug": cast.bilingual_issue})
        steps = (submit(address, stale | {"part": part}),)
        yield Visit(url, "changed", f"{address}?file={form['file']}&part={part}", EDITOR, 409, steps)
    yield Visit("issue-part", "undo", f"{path}&undo=split-1-2-", EDITOR)


def _imports(cast: Cast) -> Iterator[Visit]:
    for label, number in cast.imports.items():
        yield _visit("import", label, import_id=number)
    path = reverse("issue-questions", kwargs={"slug": cast.imported_issue})
    for label, query in (("", ""), ("second", "?at=1"), ("alike", "?kind=joined")):
        yield Visit("issue-questions", label, f"{path}{query}", EDITOR)
    slug, at = cast.nameless
    yield Visit("issue-questions", "name", f"{reverse('issue-questions', kwargs={'slug': slug})}?at={at}", EDITOR)
    yield _visit("issue-past", slug=cast.imported_issue)


def _people_imports(cast: Cast) -> Iterator[Visit]:
    runs = cast.people_imports
    for label in ("undone", "done", "checked", "waiting"):
        yield _visit("people-import", label, run_id=runs[label])
    for url, label in (
        ("people-import-columns", "columns"),
        ("people-import-consent", "consent"),
        ("people-import-abandon", "columns"),
        ("people-import-undo", "done"),
    ):
        yield _visit(url, run_id=runs[label])
    for group in ("new", "refused"):
        yield _visit("people-import-rows", group, run_id=runs["checked"], group=group)


def _campaigns(cast: Cast) -> Iterator[Visit]:
    for url, labels in STATES.items():
        for label in labels:
            yield _visit(url, label, campaign_id=cast.campaigns[label])
    for outcome in OUTCOMES:
        yield _visit("campaign-people", outcome, campaign_id=cast.campaigns["bilingual"], outcome=outcome)
    for kind in ("not-reached", "not-read", "correction"):
        yield _visit("campaign-follow-up", kind, campaign_id=cast.campaigns["bilingual"], kind=kind)
    yield _visit("campaign-report-mail", campaign_id=cast.campaigns["sent"], number=0)
    yield _visit("campaign-question-close", campaign_id=cast.campaigns["sent"], question="question")
    yield _visit("report-link", token=cast.tokens["report"][0])
    why = reverse("campaign-why", kwargs={"campaign_id": cast.campaigns["bilingual"]})
    yield Visit("campaign-why", "stranger", why, EDITOR, steps=(fill("#id_address", "nobody@example.org"), press()))
    yield Visit("campaign-why", "recipient", f"{why}?record=1", EDITOR)
    resume = reverse("campaign-resume", kwargs={"campaign_id": cast.campaigns["braked"]})
    yield Visit("campaign-resume", "without", f"{resume}?domain={COMPLAINING}", EDITOR)
    uncertain = reverse("campaign-uncertain", kwargs={"campaign_id": cast.campaigns["sending"]})
    for decision, reason in (
        ("resend", "The provider's log does not have them"), ("abandon", "The provider's log has them"),
    ):  # fmt: skip
        steps = (
            check("[name=slice]"),
            fill("[name=reason]", reason),
            press(f"[name=decision][value={decision}]"),
        )
        yield Visit("campaign-settle", decision, uncertain, EDITOR, steps=steps)
    schedule = reverse("campaign-schedule", kwargs={"campaign_id": cast.campaigns["draft"]})
    steps = (fill("[name=at]", "2020-01-31T09:00"), check("[name=again]"), press("main form .main"))
    yield Visit("campaign-schedule", "problem", schedule, EDITOR, 422, steps)
    nowhere = reverse("campaign-audience", kwargs={"campaign_id": cast.campaigns["draft"]})
    yield Visit("campaign-audience", "problem", nowhere, EDITOR, 422, (submit(nowhere, {"audience": "chosen"}),))
    number = (fill("#id_already_sent", "19315"), press("main form .main"))
    yield _visit("campaign-send-now", "wrong-number", campaign_id=cast.campaigns["lost"], steps=number, status=422)


def _lists(cast: Cast) -> Iterator[Visit]:
    events, request = cast.waiting
    yield _visit("people-list-delete", "used", list_id=cast.list_id)
    yield _visit("people-list-welcome", "issue", list_id=events)
    yield _visit("people-list-requests", "waiting", list_id=events)
    yield _visit("people-list-request", list_id=events, request_id=request)
    path = reverse("people-list-new")
    yield Visit("people-list-new", "problem", path, EDITOR, 422, (submit(path, {"name": "", "sign_up": "open"}),))
    path = reverse("people-attribute-new")
    yield Visit("people-attribute-new", "problem", path, EDITOR, 422, (submit(path, {"name": "E-Mail", "type": "text"}),))


def _segments() -> Iterator[Visit]:
    segment = {"segment_id": 2}  # the first one is that of the demo
    for page in ("", "-edit", "-delete"):
        yield _visit(f"people-segment{page}", **segment)
    yield Visit("people-segment", "people", f"{reverse('people-segment', kwargs=segment)}?people=1", EDITOR)
    edit = reverse("people-segment-edit", kwargs=segment)
    wrong = {"mode": "text", "action": "store", "name": "Energy", "text": 'language = "es" or rol = "x"'}
    yield Visit("people-segment-edit", "problem", edit, EDITOR, 422, (submit(edit, wrong),))


_DESIGN = {"theme": "cast", "colour-accent": "#ffd400", "colour-masthead": "#e8f0d8"}  # both too light for white text


def _settings(cast: Cast, turn: int) -> Iterator[Visit]:
    yield _visit("settings-sender-one", "waiting", sender_id=cast.new_sender)
    yield _visit("settings-sender-delete", "unused", sender_id=cast.new_sender)
    path = reverse("settings-sender-new")
    address = (fill("#id_email", "Physics@CAST.example"), press("main form .main"))
    yield Visit("settings-sender-new", "taken", path, EDITOR, 422, address)
    path = reverse("settings-publication")
    yield Visit("settings-publication", "zones", path, EDITOR, 422, (fill("#id_zone", "中国"), press("main form .main")))
    path = reverse("settings-design")
    yield Visit("settings-design", "chosen", path, EDITOR, steps=(submit(path, _DESIGN | {"step": "show"}),))
    yield Visit("settings-design", "problem", path, EDITOR, 422, (submit(path, _DESIGN | {"colour-accent": "yellow"}),))
    yield _visit("sender", token=cast.tokens["sender"][turn])


def _people() -> Iterator[Visit]:
    ticked = (check("#results [name=person]"), press("#results .actions button:not([name])"))
    yield Visit("people-action-new", "chosen", reverse("people"), EDITOR, steps=ticked)
    person = {"person_id": 1}
    for page in ("", "-edit", "-unsubscribe", "-address", "-data", "-erase", "-merge"):
        yield _visit(f"people-person{page}", **person)
    yield _visit("people-person", "measuring", **person, steps=(unfold("form[action$='/measuring/'] button"),))
    unknown = (fill("[name=zone]", "Atlantis"), press("form.details .main"))
    yield _visit("people-person-edit", "refused", **person, status=422, steps=unknown)
    other = (fill("#id_address", "nobody@example.org"), press("main form .danger"))
    yield _visit("people-person-erase", "refused", **person, status=422, steps=other)
    yield Visit("people-person-merge", "both", f"{reverse('people-person-merge', kwargs=person)}?other=2", EDITOR)
    yield Visit("people-person-add", "known", f"{reverse('people-person-add')}?person=1", EDITOR)


def _reviews(cast: Cast) -> Iterator[Visit]:
    changes = reverse("issue-differences", kwargs={"slug": cast.bilingual_issue})
    yield Visit("issue-differences", "", f"{changes}?from=1", EDITOR)


def _review_links(cast: Cast, turn: int) -> Iterator[Visit]:
    def token(purpose: str) -> dict[str, str]:
        return {"token": cast.tokens[purpose][turn]}

    place = {"slug": cast.bilingual_issue}
    yield Visit("staff-account", "", reverse("staff"), EDITOR, steps=(press("main .rows a"),))
    yield _visit("staff-account", "other", account_id=cast.leaver)
    for label, query in (("filtered", "?what=about:list"), ("nothing", "?until=2001-01-01")):
        yield Visit("audit", label, reverse("audit") + query, EDITOR)
    yield Visit("audit", "refused", reverse("audit") + "?since=x", EDITOR, 422)
    yield _visit("staff-account", "block", account_id=cast.leaver, steps=(press("button[value=block]"),))
    fewer = (uncheck("[name=role][value=admin]"), uncheck("[name=role][value=publisher]"), press("button[value=roles]"))
    yield _visit("staff-account", "roles", account_id=cast.leaver, steps=fewer)
    yield from _policies(cast)
    unwritten = (fill("#comment-name", "Board"), fill("#comment-days", "99"), press("form:has(#comment-days) button"))
    yield _visit("issue-links", **place)
    yield _visit("issue-links", "refused", **place, steps=(without_own_checks(), *unwritten), status=422)
    yield _visit("review", "comment", **token("commenting"))
    yield _visit("review", "approve", **token("approving"))
    asked = (press("button[value=code]"),)
    yield _visit("review", "code", **token("approving"), steps=asked)
    wrong = (fill("#digits", "000000"), fill("#changes-text", "The date is wrong."), press("button[value=changes]"))
    yield _visit("review", "wrong-code", **token("approving"), steps=(*asked, *wrong), status=422)
    yield _visit("review", "old", **token("approving-old"))
    yield _visit("review", "unknown", token="nonsense", status=404)
    yield _visit("review-mail", number=0, **token("commenting"))


def _policies(cast: Cast) -> Iterator[Visit]:
    shorter = (check("[name=value][value='90']"), press("main .actions .main"))
    yield _visit("settings-retention-edit", "confirm", period="keep_events", steps=shorter)
    yield _visit("settings-policies-edit", policy="see_addresses")
    wider = (check("[name=value][value=all]"), press("main .actions .main"))
    yield _visit("settings-policies-edit", "confirm", policy="see_addresses", steps=wider)
    yield _visit("staff-password", account_id=cast.without_mail)
    yield _visit("staff-password", "made", account_id=cast.without_mail, steps=(press("main .actions .main"),))


def _problems(cast: Cast) -> Iterator[Visit]:
    yield Visit(
        "account_login",
        "wrong",
        reverse("account_login"),
        steps=(fill("#id_username", "nobody"), fill("#id_password", "wrong"), press()),
    )
    yield Visit("front", "nothing-here", "/nothing-here", status=404)
    forbidden = reverse("campaign-schedule", kwargs={"campaign_id": cast.campaigns["draft"]})
    yield Visit("campaign-schedule", "forbidden", forbidden, VIEWER, 403)


def _sandbox(cast: Cast) -> Iterator[Visit]:
    """The inbox in which a newcomer finds the mails, and the confirmation mail in it."""
    yield Visit("", "inbox", cast.inbox)
    yield Visit("", "requests", f"{cast.inbox}/requests")
    yield Visit("", "message", cast.notice)
    yield Visit("", "notice", f"{cast.notice}/html", is_mail=True)
