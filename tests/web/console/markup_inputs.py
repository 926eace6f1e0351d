"""Puts texts into every input that staff, guests and subscribers can fill, through its form or, where there is none, its verb.

Each text carries the name of its input, as `-comment` after `in`, so that a test can see on which pages it arrives. A form that refuses
a text must say why. What it then shows is kept in `refusals`, because that page repeats what was typed.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from campaigns import launch, states
from campaigns.models import Campaign, Delivery
from campaigns.sending import filling
from editorial.models import IssueRecord, ReviewLink
from editorial.review import review_links
from editorial.sources import edits, issue_state
from publication import audit, clock, senders
from publication.domain_errors import DomainError
from publication.models import Publication, StaffMail
from publication.staff import invitations, staff_links
from subscribers import addresses, mailing_lists
from subscribers.faults import InputFault
from subscribers.models import Subscriber, Subscription
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.reviewing import account

FILE, FIRST = "issue.md", "@opening"
SOURCE = """---
title: News
organisation: Organisation
number: "1"
date: 2026-12-01
subject: Light
preheader: A laser that works where no other user laser does, and more.
language: en
credits:
  - Editor: Wei
footer:
  about: About us
  address: Street 1, City
---

Hello

# News {#news}

## Plain {#plain}

Text
"""
_HEAD = {"organisation": "in-organisation", "tagline": "in-tagline", "subject": "in-subject", "about": "in-about"}
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escaped(text: str) -> str:
    """The text as Markdown that shows exactly these characters."""
    return _PUNCTUATION.sub(r"\\\1", text)


@dataclass
class Refusal:
    """The page of a form that refused a text."""

    form: str
    path: str
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Inputs:
    """`issues`: those with a mail, a review, links and a campaign. `drafts`: those whose text has errors."""

    author: Client
    reader: Client
    stored: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    issues: list[IssueRecord] = field(default_factory=list)
    drafts: list[IssueRecord] = field(default_factory=list)
    _shown: Counter[str] = field(default_factory=Counter)

    def post(self, name: str, path: str, data: dict, client: Client | None = None, most: int = 5, **extra) -> HttpResponse:
        """Post a form. A redirect means that it took the text; anything else must be a refusal in words."""
        answer = (client or self.author).post(path, data, **extra)
        if answer.status_code == 302:
            self.stored[name] += 1
            return answer
        page = answer.content.decode()
        assert answer.status_code in (409, 422), f"{name}: {answer.status_code} {path} {data}"
        assert re.search(r'role="alert"|class="message|class="errors', page), f"{name} is refused without a word: {page[:3000]}"
        self.refused[name] += 1
        self._shown[name] += 1
        if self._shown[name] <= most:
            self.refusals.append(Refusal(name, path, answer.status_code, dict(answer.headers.items()), page))
        return answer

    def call(self, name: str, verb: Callable[..., object], /, *given: object, **more: object) -> None:
        """Call a verb that has no form."""
        try:
            verb(*given, **more)
        except (DomainError, InputFault):
            self.refused[name] += 1
        else:
            self.stored[name] += 1


def fill(texts: list[str], per_issue: int) -> Inputs:
    """Every text through every input; `per_issue` texts share an issue."""
    author = account("author", "publisher").user
    User.objects.filter(pk=author.pk).update(is_superuser=True)
    wei = account("wei").user
    inputs = Inputs(Client(), Client())
    inputs.author.force_login(author)
    inputs.reader.force_login(wei)
    _base_issue()
    _installation(inputs, texts)
    _accounts(inputs, texts)
    _new_issues(inputs, texts)
    short = _issue(inputs, texts[:1], len(texts))
    _added(inputs, "article", short, "news", "## Plain\n\nText\n")
    _version(inputs, short)
    for start in range(0, len(texts), per_issue):
        group = texts[start : start + per_issue]
        issue = _issue(inputs, group, start)
        _draft(inputs, group, start)
        _pictures(inputs, issue, group)
        _sections(inputs, issue, group)
        _conflicts(inputs, issue, group)
        _version(inputs, issue)
        _sent(inputs, issue, group)
        _review(inputs, issue, group, wei)
        _guest_comments(inputs, short, group, start)
        _approvers(inputs, issue, group, start)
        _campaigns(inputs, issue, group)
    return inputs


def _base_issue() -> None:
    record = IssueRecord.objects.create(slug="base", title="News")
    edits.replace_source(audit.system(), record, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")


def _installation(inputs: Inputs, texts: list[str]) -> None:
    """Publication, lists, segments, senders, subscribers: by their verbs, because the console has no forms for them yet."""
    system = audit.system()
    name = texts[len(texts) // 2]
    Publication.objects.update_or_create(
        pk=1,
        defaults={"name": f"{name} in-publication", "postal_address": f"{texts[0]} in-postal\nCity", "zone": "Asia/Shanghai"},
    )
    for number, text in enumerate(texts):
        list_texts = {"name": f"{text} in-list", "description": f"{text} in-list-text"}
        inputs.call("list", mailing_lists.create_list, system, f"list-{number}", **list_texts)
        query, about = f"name = {json.dumps(text)}", f"{text} in-segment"
        inputs.call("segment", saved_segments.create, system, f"segment-{number}", query, description=about)
        inputs.call("sender", senders.add_sender, system, f"sender{number}@cast.example", name=f"{text} in-sender")
        found = addresses.validate(f"person{number}@people.example")
        person = Subscriber.objects.create(
            address=found.address, address_key=found.key, domain=found.domain, name=f"{text} in-person", language="en"
        )
        inputs.stored["person"] += 1
        for each in mailing_lists.MailingList.objects.filter(slug=f"list-{number}"):
            Subscription.objects.create(subscriber=person, list=each, state="confirmed", source="test")
    people.make_sender()


def _accounts(inputs: Inputs, texts: list[str]) -> None:
    """Names and addresses of accounts, the browser of a session."""
    actor = audit.staff(User.objects.get(username="author"))
    invited = invitations.invite(actor, "new@cast.example", ["editor"])
    join = f"/console/join/{staff_links.invitation_token(invited)}/"
    stranger = Client()
    for text in texts:
        password = {"password": "a long enough one", "again": "a long enough one"}
        inputs.post("username", join, {"username": f"{text} in-username", **password}, stranger, most=2)
        inputs.post("invited", "/console/staff/invite/", {"email": f"{text} in-invited@x.example", "role": "editor"}, most=2)
    for number, text in enumerate(texts[:20]):
        client = Client(headers={"user-agent": f"{text} in-browser"})
        signing_in = {"username": "author", "password": "a long password"}
        inputs.post("browser", "/console/login/", signing_in, client, REMOTE_ADDR=f"10.9.{number}.1")


def _new_issues(inputs: Inputs, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        inputs.post("new", "/console/issues/new/", {
            "from": "base", "title": f"{text} in-title", "number": f"{number} {text} in-number", "date": "2026-12-01",
        })  # fmt: skip
        inputs.post("date", "/console/issues/new/", {
            "from": "base", "title": "News", "number": f"{number}", "date": f"in-date {text}"[:50],
        }, most=1)  # fmt: skip


def _begun(inputs: Inputs, title: str, number: str) -> IssueRecord:
    answer = inputs.post("new", "/console/issues/new/", {"from": "base", "title": title, "number": number, "date": "2026-12-01"})
    return IssueRecord.objects.get(slug=answer.headers["Location"].strip("/").rpartition("/")[2])


def _issue(inputs: Inputs, group: list[str], start: int) -> IssueRecord:
    """An issue whose head holds the texts of a group."""
    issue = _begun(inputs, f"{group[0]} in-head-title", f"main {start}")
    quoted = {name: json.dumps(f"{' '.join(group)} {mark}") for name, mark in _HEAD.items()}
    head = (
        f"---\ntitle: {json.dumps(f'{group[0]} in-head-title')}\norganisation: {quoted['organisation']}\n"
        f"tagline: {quoted['tagline']}\nnumber: {json.dumps(f'{start} {group[-1]} in-head-number')}\ndate: 2026-12-01\n"
        f"subject: {quoted['subject']}\npreheader: {json.dumps(f'{group[-1]} in-preheader')}\nlanguage: en\n"
    )
    roles = "".join(f"  - {json.dumps(f'{text} in-role')}: {json.dumps(f'{text} in-name')}\n" for text in group)
    footer = f"footer:\n  about: {quoted['about']}\n  address: {json.dumps(f'{group[0]} in-address')}\n---\n\n"
    for part, text in (("@head", head), ("@credits", f"credits:\n{roles}"), ("@footer", footer)):
        _save(inputs, "head", issue, part, text)
    inputs.issues.append(issue)
    return issue


def _save(inputs: Inputs, name: str, issue: IssueRecord, part: str, text: str, title: str | None = None) -> HttpResponse:
    base = issue_state.head(issue.pk).edits["text", FILE, part]
    data = {"file": FILE, "part": part, "base": base, "text": text} | ({} if title is None else {"title": title})
    return inputs.post(name, f"/console/issues/{issue.slug}/part/", data)


def _draft(inputs: Inputs, group: list[str], start: int) -> None:
    """An issue with the texts as they are, in places where they are errors: its pages quote them in findings."""
    issue = _begun(inputs, f"{group[-1]} in-draft-title", f"draft {start}")
    articles = "".join(
        f"## {text} in-raw-title\n\n{text} in-raw\n\n![{text}]({text})\nCaption: {text}\n\n[x]({text} in-raw-link)\n\n{{{{ {text} }}}}\n\n"
        for text in group
    )
    _added(inputs, "raw", issue, "news", articles)
    # The last: afterwards the file may be one part, because its structure cannot be read.
    text = group[0]
    values = f"---\n{text} in-key: x\ntitle: {text} in-raw-head\ndate: {text}\nlanguage: {text}\ntheme: {text}\n"
    _save(inputs, "raw", issue, "@head", values)
    inputs.drafts.append(issue)


def _added(inputs: Inputs, name: str, issue: IssueRecord, after: str, text: str) -> str:
    """Add a part with its text, as the page does after a conflict with somebody who deleted it; returns its id."""
    data = {"file": FILE, "part": after, "kind": "article", "title": "", "text": text}
    answer = inputs.post(name, f"/console/issues/{issue.slug}/part/add/", data)
    return parse_qs(urlsplit(answer.headers["Location"]).query)["part"][0] if answer.status_code == 302 else ""


def _picture(name: str, colour: str = "navy") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue())


def _pictures(inputs: Inputs, issue: IssueRecord, group: list[str]) -> None:
    where = f"/console/uploads/{issue.slug}/"
    files = [_picture("x", f"#0000{number:02}") for number in range(len(group))]
    broken = [SimpleUploadedFile("x", b"no picture") for _ in group]
    for number, text in enumerate(group):  # Django's class would keep only what follows the last slash
        files[number]._name, broken[number]._name = f"{text} in-file.png", f"{text} in-broken.png"
    inputs.post("file", where, {"file": files})
    inputs.post("broken", where, {"file": broken})
    inputs.post("file", where, {"file": _picture("lab.png", "maroon")})


def _sections(inputs: Inputs, issue: IssueRecord, group: list[str]) -> None:
    """An article for each text, which shows it as it is, and one with every other kind of block."""
    safe = [escaped(text) for text in group]
    articles = (
        f"## {text} in-article\n\n{text} in-body\n\n![{text} in-alt](images/lab.png)\nCaption: {text} in-caption\n"
        f"Credit: {text} in-credit\n\n"
        for text in safe
    )
    _added(inputs, "article", issue, "news", "".join(articles))
    lines = "".join(f"- 2026-12-01: {text} in-event; {text} in-place\n" for text in safe)
    rows = "".join(f"| {text} in-cell | b |\n" for text in safe)
    blocks = (
        f"[{safe[0]} in-link](https://example.org/) *{safe[-1]}* [{safe[0]} in-lang]{{lang=zh-CN}}\n\n"
        f"### {safe[-1]} in-sub\n\n- {safe[0]} in-item\n\n> {safe[-1]} in-quote\n\n"
        f"Table: {safe[0]} in-table\n\n| {safe[-1]} in-heading | B |\n|---|---|\n{rows}\n"
        f"::: profile\n![{safe[0]} in-face](images/lab.png)\nName: {safe[-1]} in-profile\nRole: {safe[0]} in-job\n\nShe.\n:::\n\n"
        f"::: calendar\n{lines}:::\n\n::: action\n[{safe[-1]} in-action](https://example.org/)\n:::\n\nSource: {safe[0]} in-source\n"
    )
    part = _added(inputs, "article", issue, "news", f"## Blocks\n\n{blocks}")
    _save(inputs, "body", issue, part, blocks, f"{safe[0]} in-blocks")
    _titled(inputs, issue, part, "section", f"{safe[-1]} in-section")
    _titled(inputs, issue, part, "article", f"{group[0]} in-new-article")


def _titled(inputs: Inputs, issue: IssueRecord, after: str, kind: str, title: str) -> None:
    """Add a part by its title, and give it a text."""
    data = {"file": FILE, "part": after, "kind": kind, "title": title}
    answer = inputs.post("added", f"/console/issues/{issue.slug}/part/add/", data)
    part = parse_qs(urlsplit(answer.headers["Location"]).query)["part"][0]
    if kind == "section":
        _added(inputs, "article", issue, part, "## Plain\n\nText\n")
    else:
        _save(inputs, "body", issue, part, "Text", title)


def _conflicts(inputs: Inputs, issue: IssueRecord, group: list[str]) -> None:
    """Two people change the opening; the second one sees both texts."""
    base = issue_state.head(issue.pk).edits["text", FILE, FIRST]
    where = f"/console/issues/{issue.slug}/part/"
    for said in ("Hello %s in-theirs", "Good day %s in-mine"):
        text = "\n\n".join(said % escaped(each) for each in group)
        inputs.post("conflict", where, {"file": FILE, "part": FIRST, "base": base, "text": text})


def _version(inputs: Inputs, issue: IssueRecord) -> None:
    answer = inputs.post("prepare", f"/console/issues/{issue.slug}/send/", {"action": "prepare"})
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    issue.refresh_from_db()
    assert issue.current is not None


def _review(inputs: Inputs, issue: IssueRecord, group: list[str], wei: User) -> None:
    root = f"/console/issues/{issue.slug}"
    inputs.post("note", f"{root}/review/ask/", {"person": wei.pk, "note": "\n".join(f"{text} in-note" for text in group)[:2000]})
    inputs.post("due", f"{root}/review/ask/", {"person": wei.pk, "due": f"{group[0]} in-due", "note": f"{group[0]} in-due-note"})
    issue.refresh_from_db()
    for text in group:
        data = {"page": "comments", "quotation": f"{text} in-body", "text": f"{text} in-comment"}
        inputs.post("comment", f"{root}/comments/add/", data, inputs.reader)
        made = issue.comments.order_by("-id").filter(parent=None).first()
        inputs.post("reply", f"{root}/comments/{made.pk}/answer/", {"page": "comments", "text": f"{text} in-reply"})
    missing = {
        "page": "comments",
        "quotation": "\n".join(f"{text} in-missing" for text in group)[:1000],
        "text": f"{text} in-lost",
    }
    inputs.post("missing", f"{root}/comments/add/", missing, inputs.reader)
    inputs.post("resolve", f"{root}/comments/{made.pk}/resolve/", {"page": "comments"})
    changes = {"version": issue.current_id, "decision": "changes", "text": "\n".join(f"{text} in-changes" for text in group)}
    inputs.post("changes", f"{root}/review/decide/", changes, inputs.reader)


def _guest_comments(inputs: Inputs, issue: IssueRecord, group: list[str], start: int) -> None:
    """Comments by a link. The issue is a short one: each comment reads the whole of it."""
    where = f"/console/issues/{issue.slug}/links/"
    inputs.post("link", where, {"kind": "comment", "name": "Board", "days": "14"})
    guest, network = Client(), {"REMOTE_ADDR": f"10.{start // 250}.{start % 250}.1"}
    page, form = _guest_page(guest, ReviewLink.objects.filter(version__issue=issue).latest("pk"))
    for text in group:
        said = {"form": form, "step": "comment", "name": f"{text} in-guest", "text": f"{text} in-guest-text", "part": "news"}
        if inputs.post("guest", page, said, guest, most=2, **network).status_code != 302:  # the name is too long
            inputs.post("guest-text", page, {**said, "name": "Guest"}, guest, **network)


def _approvers(inputs: Inputs, issue: IssueRecord, group: list[str], start: int) -> None:
    """Links with a name, and what the guest of an approving link writes."""
    where = f"/console/issues/{issue.slug}/links/"
    for text in group:
        inputs.post("link", where, {"kind": "comment", "name": f"{text} in-link-name", "days": "14"}, most=2)
    address = {"kind": "approve", "name": "Li", "address": f"{group[0]} in-link@x.example", "days": "14"}
    inputs.post("link-address", where, address)
    approving = {"kind": "approve", "name": f"{group[0][:60]} in-approver", "address": f"li{start}@board.example", "days": "14"}
    inputs.post("approver", where, approving)
    guest, network = Client(), {"REMOTE_ADDR": f"10.{start // 250}.{start % 250}.1"}
    link = ReviewLink.objects.get(version__issue=issue, kind="approve")
    page, form = _guest_page(guest, link)
    inputs.post("code", page, {"form": form, "step": "code"}, guest, **network)
    code = review_links.code_of_mail(StaffMail.objects.filter(purpose=review_links.CODE).last())
    wrong = {"form": form, "step": "changes", "code": group[0], "text": f"{group[0]} in-wrong-code"}
    inputs.post("wrong-code", page, wrong, guest, **network)
    said = {"form": form, "step": "changes", "code": code, "text": "\n".join(f"{text} in-guest-changes" for text in group)}
    inputs.post("guest-changes", page, said, guest, **network)


def _guest_page(client: Client, link: ReviewLink) -> tuple[str, str]:
    page = f"/review/{review_links.token_of(link)}/"
    return page, re.search(r'name="form" value="([^"]+)"', client.get(page).content.decode())[1]


def _sent(inputs: Inputs, issue: IssueRecord, group: list[str]) -> None:
    """A campaign in the public archive, whose recipient's mailbox answered with these texts."""
    lists = list(mailing_lists.MailingList.objects.order_by("id"))
    chosen = lists[len(inputs.issues) % len(lists)]
    mailing_lists.set_archive(audit.system(), chosen.slug, "public")
    sent = launch.create(
        audit.system(), version=issue.current, lists=[chosen], sender=people.make_sender(), name=f"{group[0]} in-sent"
    )
    inputs.post("reason", f"/console/campaigns/{sent.pk}/override/", {"reason": f"{' '.join(group)} in-reason"})
    # On a server without https nothing can be overridden or sent: what the verbs would store is stored by hand.
    reason = {"codes": ["subject"], "reason": f"{' '.join(group)} in-override", "by": "author", "at": "2026-01-01T00:00:00+00:00"}
    Campaign.objects.filter(pk=sent.pk).update(override=reason, started_at=clock.now())
    for target in ("scheduled", "filling"):
        states.move_campaign(audit.system(), sent.pk, target)
    filling.fill(sent.pk)
    states.move_campaign(audit.system(), sent.pk, "sent")
    Delivery.objects.filter(campaign=sent).update(state="bounced", reason=f"hard: 550 {' '.join(group)} in-answer")
    inputs.stored["sent"] += 1


def _campaigns(inputs: Inputs, issue: IssueRecord, group: list[str]) -> None:
    """A draft for each text."""
    issue.refresh_from_db()
    chosen = mailing_lists.MailingList.objects.first()
    where = f"/console/issues/{issue.slug}/send/"
    for text in group:
        data = {
            "action": "schedule",
            "version": issue.current_id,
            "audience": "chosen",
            "list": chosen.pk,
            "name": f"{text} in-campaign",
        }
        inputs.post("campaign", where, data)
    test = {"action": "test", "version": issue.current_id, "address": f"{group[0]} in-test-address"}
    inputs.post("test", where, test)
    for campaign in Campaign.objects.filter(version__issue=issue).order_by("-id")[:2]:
        inputs.post("time", f"/console/campaigns/{campaign.pk}/schedule/", {"at": f"{group[0]} in-time", "how": "at"})


def written() -> set[str]:
    """The names of all inputs in this module."""
    return set(re.findall(r"\bin-[a-z-]+", Path(__file__).read_text(encoding="utf-8")))
