"""A month of an office in Chromium, with real mails: accounts, an issue from the last one, review, approvals, sending. No terminal."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import expect

from campaigns.models import Campaign
from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord, Review
from publication import audit
from publication.models import Publication
from publication.staff import staff_links
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.colleagues import PASSWORD, Colleague, Look, mail_to
from tests.support.issues import CHINESE, ENGLISH
from tests.support.processes import Processes
from tests.support.reviewing import need
from tests.support.rich_text import RichText
from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import few
from tests.support.waiting import wait_until

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(600)]
AUTHOR, PROOFREADER, PUBLISHER, DIRECTOR = (f"{name}@cast.example" for name in ("li", "zhang", "chen", "director"))
CODE = r"^(\d{6})$"


@dataclass(frozen=True)
class Texts:
    """What the people of one language write."""

    issue: str
    subject: str
    preheader: str
    article: str
    body: str
    quotation: str
    second: str
    comment: str
    correction: str


IN = {
    "en": Texts(
        ENGLISH, "A new lake for the cranes", "Twelve kilometres of shore come back, and two more stories of this month.",
        "The lake is back", "The cranes returned on 5 March. Visitors see them from the tower.", "The cranes returned on 5 March.",
        "Who counts the birds", "Was it not 6 March?", "The cranes returned on 6 March.",
    ),
    "zh-CN": Texts(
        CHINESE, "湖泊归来：白鹤重返栖息地的第一个春天", "十二公里湖岸得到修复，白鹤重新归来，另有本月两则科学新闻与活动预告供您阅读。",
        "湖泊归来", "白鹤于 3 月 5 日归来。观众可以从观鸟塔上看到它们。", "白鹤于 3 月 5 日归来。", "谁来数鸟", "不是 3 月 6 日吗？",
        "白鹤于 3 月 6 日归来。",
    ),
}  # fmt: skip


class Office:
    """Mailroom's processes with the sandbox as the provider, three readers on a list, the issue of last month, and its people."""

    def __init__(self, sandbox: SandboxProcess, processes: Processes, clock_file: Path) -> None:
        self.sandbox, self.processes, self.clock_file = sandbox, processes, clock_file
        self.root = f"http://localhost:{processes.web_port}"  # passkeys need a name

    def link(self, address: str, path: str) -> str:
        return mail_to(self.sandbox, address, rf"http\S+/{path}/\S*")[0]


@pytest.fixture
def office(transactional_db, settings, tmp_path) -> Iterator[Office]:
    settings.CLOCK_FILE = tmp_path / "clock"
    Publication.objects.update_or_create(
        pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing", "zone": "Asia/Shanghai"}
    )
    need(1)
    people.make_sender()
    people.make_people(3, people.make_list())
    with (
        SandboxProcess() as sandbox,
        Processes(sandbox.url, [sandbox.public_key], MAILROOM_CLOCK_FILE=str(settings.CLOCK_FILE)) as processes,
    ):
        made = Office(sandbox, processes, settings.CLOCK_FILE)
        settings.PUBLIC_URL = processes.environment["MAILROOM_PUBLIC_URL"] = made.root
        processes.start_web()
        processes.start_upkeep()
        processes.start_beat()
        sandbox.webhook(url=processes.hook)
        yield made


def last_months_issue(texts: Texts, folder: Path) -> IssueRecord:
    folder.mkdir()
    (folder / "issue.md").write_text(texts.issue, encoding="utf-8")
    return issue_versions.store(audit.system(), folder).version.issue


# ------------------------------------------------------------------------------------------------------------------- accounts
def first_account(office: Office, chromium, look: Look) -> Colleague:
    """The link that `mailroom up` prints while there is no account."""
    admin = Colleague(chromium, office.root, "wei", look)
    admin.open(f"/console/join/{staff_links.first_account_token()}/")
    admin.fill(username="wei", email="wei@cast.example", password=PASSWORD, again=PASSWORD)
    admin.press("button.main")
    return admin


def invited(office: Office, admin: Colleague, chromium, address: str, role: str) -> Colleague:
    """The admin invites somebody on the page of staff; they follow the link in their mail."""
    admin.press("a[href='/console/staff/']", "header")
    admin.fill(email=address)
    for box in admin.page.locator("[name=role]").all():
        box.set_checked(box.get_attribute("value") == role)
    admin.press("form[action$='/invite/'] button.main")
    colleague = Colleague(chromium, office.root, address.partition("@")[0], admin.look)
    colleague.open(office.link(address, "console/join"))
    colleague.fill(username=colleague.name, password=PASSWORD, again=PASSWORD)
    colleague.press("button.main")
    assert list(User.objects.get(email=address).groups.values_list("name", flat=True)) == [role]
    return colleague


def set_up_app(person: Colleague) -> None:
    person.press("a.who", "header")
    person.press("a[href$='/account/app/']")
    person.confirm_password()
    secret = person.page.inner_text("main code")
    person.fill(code=totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
    person.press("form:has(#id_code) button.main")
    assert person.is_shown(".codes"), "recovery codes"
    assert Authenticator.objects.filter(user__username=person.name, type="totp").exists()


def set_up_passkey(person: Colleague) -> None:
    person.press("a.who", "header")
    person.press("a[href$='/passkeys/add/']")
    person.confirm_password()
    person.fill(name="Laptop")
    person.press("form[data-passkey] button")
    assert Authenticator.objects.filter(user__username=person.name, type="webauthn").exists()
    person.press("form button", "header")
    person.press("form[data-passkey] button")
    assert person.path == "/console/", "signed in by the passkey alone"


# -------------------------------------------------------------------------------------------------------------------- writing
def write_issue(author: Colleague, texts: Texts) -> IssueRecord:
    author.press("a[href='/console/issues/']", "header")
    author.press("a[href$='/issues/new/']")
    author.press("form[method=post] button.main")
    issue = IssueRecord.objects.latest("id")
    assert author.path == f"/console/issues/{issue.slug}/"
    author.press(".outline-head .outline-name a")
    author.fill(subject=texts.subject, preheader=texts.preheader)
    author.until_saved()
    author.tab(issue.slug)
    author.press(".outline-opening .outline-name a")
    author.page.click(".mark-words button")  # the opening of the earlier issue stays
    author.until_saved()
    for title in (texts.second, texts.article):
        author.tab(issue.slug)
        author.press(".outline-section a[href*='part/add/']")
        author.fill(title=title)
        author.press("form button.main")
        RichText(author.page).fill(texts.body)
        author.until_saved()
    # Somebody who knows the marks writes them.
    author.press(".part-views a")
    author.fill(text=f"{texts.body}\n\n![](images/lost.png)")
    author.until_saved()
    author.tab("pictures")
    upload(author)
    # The picture that the text names does not exist: the finding leads to the part.
    author.tab("preview")
    author.press(".findings li.error .to-part a")
    assert author.page.input_value("#id_title") == texts.article
    return issue


def upload(author: Colleague) -> None:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((1280, 640)).convert("RGB").save(data, "JPEG")
    author.page.set_input_files("#id_file", {"name": "lake.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()})
    author.press("form:has(#id_file) button.main")


def show_picture(author: Colleague, texts: Texts) -> None:
    """Make the picture's line on the page of pictures, and put it into the article."""
    author.tab("pictures")
    author.page.click("details:has(form.line-form) > summary >> nth=0")
    author.page.fill("#alt-1", texts.article)
    author.press("form.line-form button")
    line = author.page.input_value("#line-1")
    author.tab("preview")
    author.press(".findings li.error .to-part a")
    author.press(".part-views a")
    author.fill(text=f"{texts.body}\n\n{line}")
    author.until_saved()
    author.press("[data-save]")
    author.tab("preview")
    assert not author.is_shown(".findings li.error")
    mail = author.page.frame_locator(".preview-frames figure:first-child iframe")
    expect(mail.locator("img[src*='/preview/pictures/lake']")).to_be_visible()
    author.tab("revisions")


# --------------------------------------------------------------------------------------------------------------------- review
def ask_for_review(author: Colleague, reviewer: str) -> Review:
    author.tab("review")
    author.press("a[href$='/review/ask/']")
    author.page.check(f"label:has-text('{reviewer}') input[name=person]")
    author.fill(due=f"{people.AHEAD}T17:00", note="-> 3")
    author.press("form button.main")
    return Review.objects.latest("id")


def request_changes(office: Office, proofreader: Colleague, issue: IssueRecord, texts: Texts) -> None:
    proofreader.open("/console/")
    assert proofreader.is_shown(f"a[href='/console/issues/{issue.slug}/review/']")
    proofreader.open(office.link(PROOFREADER, f"console/issues/{issue.slug}/review"))
    proofreader.fill(quotation=texts.quotation, text=texts.comment)
    proofreader.press("form[data-comment] button[type=submit]")
    comment = Comment.objects.get()
    assert (comment.quotation, comment.text, comment.version.number) == (texts.quotation, texts.comment, 1)
    assert comment.part, "found by its quotation"
    proofreader.fill(changes=texts.comment)
    proofreader.press("form:has(#id_changes) button")
    assert Decision.objects.get().kind == "changes"


def correct(author: Colleague, issue: IssueRecord, texts: Texts) -> None:
    """The author sees on the home page that changes are wanted, edits, and resolves the comment."""
    author.press("a.mark", "header")
    entry = f"#in-progress ~ ul li:has(a[href='/console/issues/{issue.slug}/'])"
    assert author.is_shown(f"{entry} .chip.issue-changes")
    author.press(f"{entry} a", "")
    author.tab("review")
    comment = Comment.objects.get()
    edit(author, issue, comment.part, texts.quotation, texts.correction)
    author.tab("review")
    assert author.is_shown(".review-state[data-changed]")
    author.press(f"#comment-{comment.pk} form[action$='/resolve/'] button")
    author.press("a[href$='/comments/']")
    comment.refresh_from_db()
    assert comment.resolved_at


def edit(author: Colleague, issue: IssueRecord, part: str, old: str, new: str) -> None:
    author.tab(issue.slug)
    author.press(f".outline-name a[href*='part={part}']")
    rich = RichText(author.page)
    rich.cursor(old, "around")
    author.page.keyboard.insert_text(new)
    author.until_saved()


def approve(person: Colleague, office: Office, address: str, issue: IssueRecord) -> None:
    person.open(office.link(address, f"console/issues/{issue.slug}/review"))
    if person.is_shown("a[href*='/differences/']"):
        person.press("a[href*='/differences/']")
        person.tab("review")
    person.press("form:has([value=approve]) button[type=submit]")
    assert person.is_shown(".review-state.approved")


# ----------------------------------------------------------------------------------------------------- somebody without account
def director_approves(office: Office, chromium, publisher: Colleague, issue: IssueRecord) -> None:
    publisher.open(f"/console/issues/{issue.slug}/review/")
    publisher.press("a[href$='/links/']")
    publisher.page.fill("#approve-name", "Professor Gao")
    publisher.page.fill("#approve-address", DIRECTOR)
    publisher.press("form:has([value=approve]) button[type=submit]")
    director = Colleague(chromium, office.root, "director", publisher.look)
    link = office.link(DIRECTOR, "review")
    assert link not in publisher.page.content()
    director.open(link)
    director.press("button[value=code]")
    code = mail_to(office.sandbox, DIRECTOR, CODE)[1]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for digits, count in ((wrong, 0), (code, 1)):
        director.page.fill("#digits", digits)
        director.press("button[value=approve]")
        assert Decision.objects.filter(kind="approve", link__address=DIRECTOR).count() == count
    assert director.wrong == []
    publisher.tab("review")


# -------------------------------------------------------------------------------------------------------------------- sending
def refused_until_approved(publisher: Colleague) -> None:
    """The newest text is not what was approved: the pages say so, and there are no buttons that send it."""
    publisher.tab("review")
    assert publisher.is_shown(".review-state[data-changed]")
    publisher.press("a[href*='/differences/']")
    publisher.tab("send")
    assert publisher.is_shown("[data-changed]")
    publisher.press("button[value=prepare]")
    assert not publisher.is_shown("[data-changed]")
    assert publisher.is_shown("section[aria-labelledby=send-approvals] .verdict.bad")
    assert not publisher.is_shown("button[value=now]")


def mail_a_test(office: Office, publisher: Colleague, issue: IssueRecord, texts: Texts) -> None:
    publisher.open(f"/console/issues/{issue.slug}/send/")
    assert publisher.page.input_value("#test-address") == PUBLISHER
    publisher.press("button[value=test]")
    mail = mail_to(office.sandbox, PUBLISHER, re.escape(texts.correction))
    assert mail


def send(office: Office, publisher: Colleague, issue: IssueRecord) -> None:
    publisher.open(f"/console/issues/{issue.slug}/send/")
    publisher.press("button[value=now]")
    campaign = Campaign.objects.get()
    assert publisher.path == f"/console/campaigns/{campaign.pk}/send-now/"
    publisher.press("form button.main")
    assert publisher.is_shown("[data-countdown]"), "a minute in which it can be undone"
    assert not readers_mails(office)
    office.processes.advance_clock(61)
    office.sandbox.advance_clock(61)
    wanted = rf"http\S+/console/campaigns/{campaign.pk}/"
    # The worker that sends starts after the first mail: three readers are served faster than publishers read that it began.
    wait_until(lambda: len(mails_with(office, PUBLISHER, wanted)) == 1, 60, "a mail that it began")
    office.processes.start_sending()
    wait_until(lambda: Campaign.objects.get().state == "sent", 120, "the campaign is sent")
    wait_until(lambda: len(mails_with(office, PUBLISHER, wanted)) == 2, 60, "a mail that it ended")
    assert sorted(each["to"] for each in readers_mails(office)) == [f"reader{number}@people.example" for number in range(3)]
    publisher.open(mail_to(office.sandbox, PUBLISHER, wanted)[0])
    names = publisher.page.inner_text("section[aria-labelledby=approvals-title]")
    assert "zhang" in names
    assert "Professor Gao" not in names, "the director approved the content before"
    publisher.press("a.mark", "header")


def readers_mails(office: Office) -> list[dict]:
    return office.sandbox.messages(to="@people.example", whole=False)


def mails_with(office: Office, address: str, pattern: str) -> list[dict]:
    return [mail for mail in office.sandbox.messages(to=address) if re.search(pattern, mail["text"])]


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    few(("zh-CN", 390, "dark"), soak=[("en", 1280, "light")]),
)
def test_a_month_from_the_first_account_to_the_sent_issue(office, browser, tmp_path, language, width, scheme):
    texts, look = IN[language], (language, width, scheme)
    last_months_issue(texts, tmp_path / "issue")
    admin = first_account(office, browser, look)
    author = invited(office, admin, browser, AUTHOR, "editor")
    proofreader = invited(office, admin, browser, PROOFREADER, "proofreader")
    publisher = invited(office, admin, browser, PUBLISHER, "publisher")
    set_up_app(publisher)
    set_up_passkey(proofreader)

    issue = write_issue(author, texts)
    show_picture(author, texts)
    assert ask_for_review(author, "zhang").due_at
    request_changes(office, proofreader, issue, texts)
    correct(author, issue, texts)
    assert ask_for_review(author, "zhang").version.number == 2
    approve(proofreader, office, PROOFREADER, issue)
    director_approves(office, browser, publisher, issue)

    edit(author, issue, Comment.objects.get().part, texts.correction, f"{texts.correction} {texts.second}")
    refused_until_approved(publisher)
    mail_a_test(office, publisher, issue, texts)
    approve(proofreader, office, PROOFREADER, issue)
    send(office, publisher, issue)
    assert [fault for person in (admin, author, proofreader, publisher) for fault in person.wrong] == []
