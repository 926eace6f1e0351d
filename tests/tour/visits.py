"""The pages of the tour: every address of web/urls.py, in every state that looks different, and what follows a form.

Pages are found by the names of their URLs and by the elements of their forms, never by their texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from config.public_urls import TEST_TOKEN
from web.access import ANYONE, DOOR, FORM, LINK, SIGNATURE
from web.urls import urlpatterns

if TYPE_CHECKING:
    from tests.tour.cast import Cast

Step = Callable[[Any], None]
ACCESS = {str(pattern.name): vars(pattern.callback)["access"] for pattern in urlpatterns}
ROUTES = {str(pattern.name): str(pattern.pattern) for pattern in urlpatterns}
# Name of a URL -> why the tour has no picture of it.
_JOURNEY = (
    "photographed by tests/web/console/test_accounts_in_browser.py, or needs a second factor or link that only exists there"
)
NO_PICTURE = {
    "robots": "a text for search engines",
    "health": "an answer for programs",
    "health-live": "an answer for programs",
    "media": "pictures of mails",
    "design": "style sheets, icons and logos of the themes",
    "sitemap": "a list for search engines",
    "archive-feed": "a feed for programs",
    "hook-sendgrid": "the provider's webhook",
    "logout": "answers a form and shows no page",
    "language": "answers a form and shows no page",
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
    "staff-invite": "answers a form and shows no page",
    "invitation-revoke": "answers a form and shows no page",
    "campaign-numbers": "a part of the page of a campaign",
    "home-sending": "a part of the home page",
    "campaign-people-csv": "a file",
    "issue-review-take-back": "answers a form and shows no page",
    "issue-review-decide": "answers a form and shows no page",
    "issue-comment-add": "answers a form and shows no page",
    "issue-comment-answer": "answers a form and shows no page",
    "issue-comment-resolve": "answers a form and shows no page",
    "issue-comment-reopen": "answers a form and shows no page",
    "issue-link-revoke": "answers a form and shows no page",
    "issue-part-move": "answers a form and shows no page",
    "picture-upload": "answers a form and shows no page",
    "issue-presence": "an answer for the pages of an issue",
    "issue-preview-live": "a part of the preview",
    "issue-preview-picture": "pictures of the preview",
    "issue-thumbnail": "pictures of the page with the pictures of an issue",
    "campaign-unschedule": "answers a form and shows no page",
    "campaign-pause": "answers a form and shows no page",
    "campaign-resume": "answers a form and shows no page",
    "subscribers-count": "answers a form and shows no page",
    "segment-count": "answers a form and shows no page",
    "subscribe-json": "an answer for programs",
    "person-json": "a file",
}
CAMPAIGNS = ("draft", "variants", "faulty", "scheduled", "zones", "sending", "paused", "held", "sent", "bilingual", "cancelled")
# Which campaigns each page of a campaign is shown of.
STATES = {
    "campaign": CAMPAIGNS,
    "campaign-schedule": ("draft", "variants", "scheduled", "zones", "sent"),
    "campaign-send-now": ("draft", "variants", "faulty", "sent"),
    "campaign-override": ("faulty", "draft"),
    "campaign-cancel": ("sending", "zones", "sent"),
    "campaign-uncertain": ("sending", "sent"),
}
OUTCOMES = ("bounced", "dropped", "complained", "skipped", "failed", "unsubscribed")
EDITOR, VIEWER, READER = "editor", "viewer", ""  # who looks; readers have no account


@dataclass(frozen=True)
class Visit:
    """One page to be photographed. `url` is the name of its address in web/urls.py, empty for the sandbox's inbox.

    `steps` lead from `path` to the page. A mail has no scripts of ours, so axe cannot run in it.
    """

    url: str
    label: str
    path: str
    who: str = READER
    status: int = 200
    steps: tuple[Step, ...] = ()
    is_mail: bool = False

    @property
    def name(self) -> str:
        return "-".join(part for part in (self.url or "sandbox", self.label) if part)


def visits(cast: Cast, turn: int) -> list[Visit]:
    """All pages; `turn` 0 or 1 chooses the people, because a link that somebody left by shows another page the next time."""
    return [
        *_pages_without_arguments(), *_campaigns(cast), *_mails(cast, turn), *_archive(cast), *_links(cast, turn),
        *_issues(cast), *_reviews(cast), *_guests(cast, turn), *_sign_up(cast), *_own_pages(cast, turn), *_problems(cast), *_sandbox(cast),
    ]  # fmt: skip


def missing(found: list[Visit]) -> list[str]:
    """The names of URLs that have neither a picture nor a reason why they have none."""
    return sorted(ROUTES.keys() - NO_PICTURE.keys() - {visit.url for visit in found})


def _visit(url: str, label: str = "", *, steps: tuple[Step, ...] = (), status: int = 200, **arguments: Any) -> Visit:
    who = READER if ACCESS[url] in (ANYONE, LINK, FORM, SIGNATURE, DOOR) else EDITOR
    is_mail = url.endswith("mail") or "-mail-" in url or (url == "view" and status == 200 and label == "")
    return Visit(url, label, reverse(url, kwargs=arguments), who, status, steps, is_mail)


def press(selector: str = "main form button[type=submit]") -> Step:
    """Press a button, by default the first of the page, and wait for the page that follows."""

    def step(page: Any) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return step


def wait(milliseconds: int) -> Step:
    """For forms that are not accepted from programs, which send them at once."""
    return lambda page: page.wait_for_timeout(milliseconds)


def fill(selector: str, value: str) -> Step:
    return lambda page: page.fill(selector, value)


def without_own_check(selector: str) -> Step:
    """Switch off the browser's own check of an address, which would not send a wrong one."""
    return lambda page: page.locator(selector).evaluate("field => field.type = 'text'")


def check(selector: str) -> Step:
    return lambda page: page.locator(selector).first.check()


def _pages_without_arguments() -> Iterator[Visit]:
    for url, route in ROUTES.items():
        if "<" not in route and url not in NO_PICTURE:
            yield _visit(url)


def _campaigns(cast: Cast) -> Iterator[Visit]:
    for url, labels in STATES.items():
        for label in labels:
            yield _visit(url, label, campaign_id=cast.campaigns[label])
    for outcome in OUTCOMES:
        yield _visit("campaign-people", outcome, campaign_id=cast.campaigns["bilingual"], outcome=outcome)
    why = reverse("campaign-why", kwargs={"campaign_id": cast.campaigns["bilingual"]})
    yield Visit("campaign-why", "stranger", why, EDITOR, steps=(fill("#id_address", "nobody@example.org"), press()))
    yield Visit("campaign-why", "recipient", f"{why}?record=1", EDITOR)
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
    steps = (fill("[name=at]", "2020-01-31T09:00"), press())
    yield Visit("campaign-schedule", "problem", schedule, EDITOR, 422, steps)


def _issues(cast: Cast) -> Iterator[Visit]:
    place, (file, part) = {"slug": cast.bilingual_issue}, cast.article
    at = f"?file={file}&part={part}"
    yield Visit("issues", "found", f"{reverse('issues')}?q=Tidelines", EDITOR)
    yield Visit("issues", "nothing", f"{reverse('issues')}?q=nowhere", EDITOR)
    yield Visit("issue-new", "template", f"{reverse('issue-new')}?from=-", EDITOR)
    yield _visit("issue", **place)
    writing = reverse("issue-part", kwargs=place)
    yield Visit("issue-part", "article", f"{writing}{at}", EDITOR)
    yield Visit("issue-part", "head", f"{writing}?file={file}&part=%40head", EDITOR)
    yield Visit("issue-part", "conflict", f"{writing}{at}", EDITOR, 409, (send_over_the_newest(cast.old_edit),))
    for url in ("issue-part-add", "issue-part-delete"):
        yield Visit(url, "", f"{reverse(url, kwargs=place)}{at}", EDITOR)
    yield _visit("issue-pictures", **place)
    picture = f"?picture={cast.picture}&path={cast.picture}&alt=A lake in the morning"
    yield Visit("issue-pictures", "line", f"{reverse('issue-pictures', kwargs=place)}{picture}", EDITOR)
    yield Visit("issue-picture-delete", "", f"{reverse('issue-picture-delete', kwargs=place)}{picture}", EDITOR)
    yield _visit("issue-revisions", **place)
    yield Visit("issue-compare", "", f"{reverse('issue-compare', kwargs=place)}?from=1", EDITOR)
    yield Visit("issue-restore", "", f"{reverse('issue-restore', kwargs=place)}?revision=1", EDITOR)
    yield _visit("issue-preview", **place)
    yield Visit("issue-preview", "text", f"{reverse('issue-preview', kwargs=place)}?view=text", EDITOR)
    yield _visit("issue-preview-mail", **place)
    yield _visit("issue-send", **place)


def send_over_the_newest(old_edit: int) -> Step:
    """Send the text of a part as somebody does who began to write before the newest edit."""
    script = """old => {
      const form = document.querySelector("form.writing").cloneNode(true);
      form.elements.base.value = old;
      form.elements.text.value = `${form.elements.text.value.trimEnd()}\n\nMore about this next month.`;
      document.body.append(form);
      form.submit();
    }"""

    def step(page: Any) -> None:
        with page.expect_navigation():
            page.evaluate(script, str(old_edit))

    return step


def _guests(cast: Cast, turn: int) -> Iterator[Visit]:
    """The pages of links for people without an account."""
    yield _visit("issue-links", slug=cast.bilingual_issue)
    commenting, approving = ({"token": cast.tokens[purpose][turn]} for purpose in ("commenting", "approving"))
    yield _visit("review", "comment", **commenting)
    yield _visit("review", "approve", **approving)
    asked = (press("button[value=code]"), fill("#digits", "12345"), press("button[value=approve]"))
    yield _visit("review", "wrong-code", **approving, status=422, steps=asked)
    yield _visit("review", "unknown", token="nonsense", status=404)
    yield _visit("review-mail", **commenting, number=0)


def _reviews(cast: Cast) -> Iterator[Visit]:
    for url in ("issue-review", "issue-review-ask", "issue-comments"):
        yield _visit(url, slug=cast.bilingual_issue)
    changes = reverse("issue-differences", kwargs={"slug": cast.bilingual_issue})
    yield Visit("issue-differences", "", f"{changes}?from=1", EDITOR)


def _mails(cast: Cast, turn: int) -> Iterator[Visit]:
    yield _visit("version-mail", version_id=cast.versions["version"])
    for number in (1, 2):
        yield _visit("variant-mail", str(number + 1), version_id=cast.versions["bilingual"], number=number)
    yield _visit("view", token=cast.tokens["viewing"][turn])
    yield _visit("view", "test", token=TEST_TOKEN)
    yield _visit("view", "unknown", token="nonsense", status=404)


def _archive(cast: Cast) -> Iterator[Visit]:
    place = {"slug": cast.mailing_list}
    yield _visit("archive-list", **place)
    yield _visit("archive-year", **place, year=cast.year)
    for label, issue in (("", cast.issue), ("bilingual", cast.bilingual_issue)):
        yield _visit("archive-issue", label, **place, issue=issue)
        yield _visit("archive-mail", label, **place, issue=issue)
    yield _visit("archive-issue-language", **place, issue=cast.bilingual_issue, language="zh-hans")
    yield _visit("archive-mail-language", **place, issue=cast.bilingual_issue, language="zh-hans")


def _links(cast: Cast, turn: int) -> Iterator[Visit]:
    def token(purpose: str) -> dict[str, str]:
        return {"token": cast.tokens[purpose][turn]}

    yield _visit("unsubscribe", **token("leaving"))
    yield _visit("unsubscribe", "left", **token("leaving"), steps=(press(),))
    yield _visit("unsubscribe", "left-before", **token("undoing"))
    yield _visit("unsubscribe", "undone", **token("undoing"), steps=(press(),))
    yield _visit("unsubscribe", "left-long-ago", **token("returning"))
    yield _visit("unsubscribe", "asked-again", **token("returning"), steps=(press("form:has([value=back]) button"),))
    yield _visit("unsubscribe", "test", token=TEST_TOKEN)
    yield _visit("unsubscribe", "unknown", token="nonsense", status=404)
    yield _visit("confirm", **token("confirming"))
    yield _visit("confirm", "confirmed", **token("confirming"), steps=(press(),))
    yield _visit("confirm", "too-late", **token("too-late"), steps=(press(),), status=409)
    yield _visit("confirm", "unknown", token="nonsense", status=404)


def _sign_up(cast: Cast) -> Iterator[Visit]:
    place = {"slug": cast.mailing_list}
    ripe = wait(2100)
    yield _visit("subscribe-list", **place)
    steps = (fill("#address", "Li Na at example.org"), ripe, press("main button"))
    yield _visit("subscribe-list", "wrong-address", **place, steps=(without_own_check("#address"), *steps), status=422)
    yield _visit(
        "subscribe-list", "check-mail", **place, steps=(fill("#address", "li.na@example.org"), ripe, press("main button"))
    )  # fmt: skip
    yield _visit("subscribe-list", "closed", slug="closed", status=404)
    asked = (fill("#address", "li.na@example.org"), press("main button"))
    yield _visit("private-link", "asked", steps=asked)


def _own_pages(cast: Cast, turn: int) -> Iterator[Visit]:
    def token(purpose: str) -> dict[str, str]:
        return {"token": cast.tokens[purpose][turn]}

    yield _visit("preferences", **token("choosing"))
    yield _visit("preferences", "saved", **token("choosing"), steps=(check("[name=list]"), press("form:has(#zone) button")))
    yield _visit("preferences", "paused", **token("choosing"), steps=(press("form:has(#months) button"),))
    yield _visit("preferences", "asked", **token("choosing"), steps=(press("form:has([value=ask]) button"),))
    yield _visit("preferences", "left", **token("choosing"), steps=(press("form:has([value=leave]) button"),))
    yield _visit("preferences", "test", token=TEST_TOKEN)
    yield _visit("preferences", "unknown", token="nonsense", status=404)
    yield _visit("person", **token("reading"))
    yield _visit("person-export", **token("reading"))
    moving = (fill("#address", f"new{turn}@example.org"), press("form:has([value=move]) button"))
    yield _visit("person", "change-asked", **token("reading"), steps=moving)
    yield _visit("person-erase", **token("reading"))
    yield _visit("person-erase", "erased", **token("erasing"), steps=(check("[name=sure]"), press("main form button")))
    yield _visit("address", "old", **token("old-address"))
    yield _visit("address", "new", **token("new-address"))
    yield _visit("address", "confirmed", **token("old-address"), steps=(press("form:has([value=confirm]) button"),))
    yield _visit("address", "moved", **token("new-address"), steps=(press("form:has([value=confirm]) button"),))


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
