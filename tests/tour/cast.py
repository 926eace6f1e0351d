"""Fills the installation for the tour: sample people, and a campaign in every state that a page can show.

Two campaigns are really sent, through worker and sandbox. Then the workers stop, and the other campaigns are brought into their
states step by step, so that they stay there while the pictures are taken.
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.request import urlopen

from django.contrib.auth.models import User

from campaigns import launch
from campaigns.models import Campaign, Delivery
from campaigns.reporting import archive_entries, reports
from campaigns.welcomes import list_welcomes
from cli import bootstrap
from cli.system import demo_run
from composer.issue.editing import part_document
from composer.issue.parts.outline import kind_of
from composer.issue.parts.part_texts import opened
from config.env import ROOT
from editorial import issue_versions
from editorial.importing import import_results, questions
from editorial.importing.document_imports import Upload
from editorial.models import IssueVersion
from editorial.review import comments, decisions, requests, review_links
from editorial.sources import edits, issue_state
from publication import audit, clock, heartbeats, profile
from publication.installation import publication
from publication.models import Actor, ProcessHeartbeat, Sender
from publication.senders import sender_confirmations
from publication.staff import accounts, invitations
from subscribers import attribute_declarations, mailing_lists, tokens
from subscribers.consent import address_changes, measuring_consent, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.importing import undo
from subscribers.importing.runs import import_runs
from subscribers.models import AddressChange, Notice, Segment, Subscriber, Subscription
from subscribers.people import actions
from subscribers.people.people_filter import PeopleFilter
from subscribers.segments import saved_segments
from subscribers.sign_up import network_limit
from tests.support import documents, measured
from tests.support.heartbeats import beaten
from tests.support.waiting import wait_until
from tests.tour import campaign_cast, click_cast
from tests.tour.installation import Installation
from web.public import measuring_wording

BILINGUAL = ROOT / "examples" / "tidelines-2026-11"
PASSWORD = "a long enough one"
CHIEF, VIEWER, LEAVER = "weiyumeng", "visitor", "chenjie"
BUSY_NETWORK = "203.0.113.0/24"  # that of reader_visits.BUSY_CLIENT


PEOPLE_IMPORTS = ("columns", "consent", "undone", "done", "checked", "waiting")


@dataclass(frozen=True)
class Cast:
    """What the addresses of the pages are made of. `tokens` has one token for each of the two languages, because some pages
    can be reached once per person."""

    campaigns: dict[str, int]
    versions: dict[str, int]
    mailing_list: str
    list_id: int
    waiting: tuple[int, int]  # a list, and a request to subscribe to it that is not confirmed
    year: int
    issue: str
    bilingual_issue: str
    tokens: dict[str, tuple[str, str]]
    inbox: str
    notice: str
    imports: dict[str, int]
    imported_issue: str
    nameless: tuple[str, int]  # an imported issue, and the question that asks for the name of a section
    leaver: int  # the account that is to be blocked
    without_mail: int  # an account without an address
    conflict: dict[str, str]  # the form of somebody whose text was changed by a colleague meanwhile
    deleted: dict[str, str]  # the same, with the issue, where the colleague deleted the text
    people_imports: dict[str, int]
    action: int  # on many people, made to its end
    sender: int  # confirmed
    new_sender: int  # waits for its confirmation


def fill(installation: Installation) -> Cast:
    """Everything in turn; takes about a minute."""
    actor = bootstrap.actor()
    draft = demo_run.prepare(installation.folder)
    profile.change_profile(
        actor, languages=["zh-Hans"], postal_address="CAST, 3 Fuxing Road, Haidian District, Beijing 100863, China"
    )
    accounts.add_staff(
        actor, CHIEF, "wei@cast.example", PASSWORD, roles=("publisher", "override-checks", "admin", "list-manager")
    )
    accounts.add_staff(actor, VIEWER, "visitor@cast.example", PASSWORD)
    energy = saved_segments.create(
        actor, "spanish-energy", 'language = "es" and interests = "energy"', name="Energy in Spanish",
        description="For the Madrid office",
    )  # fmt: skip
    saved_segments.change(
        actor,
        energy,
        'list = "cast-newsletter" and joined >= "365 days ago" and (language = "es" or interests in ("energy", "physics"))',
    )
    everyone = list(draft.lists.all())
    bilingual = issue_versions.store(actor, BILINGUAL).version
    campaigns = {
        "bilingual": launch.create(actor, version=bilingual, lists=everyone, sender=draft.sender, name="Tidelines, November").pk,
        "sent": draft.pk,
    }
    profile.change_profile(actor, policies={"measuring": "individual"})
    for person in click_cast.readers(everyone[0]):
        measured.agree(person)
    for campaign in campaigns.values():
        _send(campaign)
    click_cast.follow_links(list(campaigns.values()), installation.folder)
    notice = _send_notice(installation, everyone[0])
    events = mailing_lists.create_list(
        actor, "events", "CAST Events", description="Conferences and calls for papers.", sign_up="open"
    )
    asked = subscriptions.subscribe(audit.subscriber(), events, "gao.min@cast.example", name="Gao Min", source="form")
    values = {"energy": {"zh-Hans": "能源"}, "space": {"zh-Hans": "航天"}, "ocean": {"zh-Hans": "海洋"}}
    attribute_declarations.configure(
        actor, "interests", is_open=True, label="Interests", labels={"zh-Hans": "兴趣"}, values=values
    )
    issue_versions.show_in_archive(actor, draft.version.issue.slug, "shown")
    Segment.objects.create(
        slug="board-members", name="Board members", text="member_since < 2020", description="Members since before 2020"
    )
    while not network_limit.seconds_to_wait(BUSY_NETWORK):
        pass
    installation.stop_workers()
    _keep_alive()
    december = campaign_cast.unsent_version(installation.folder / "december")
    campaigns |= campaign_cast.unsent(draft, bilingual, installation.folder) | campaign_cast.interrupted(draft)
    campaigns["lost"] = campaign_cast.lost(draft, december)
    list_welcomes.choose(actor, events.slug, bilingual, draft.sender)
    conflict = _review(bilingual)
    new_sender = sender_confirmations.add_unconfirmed(actor, "physics@cast.example", name="CAST Physics")
    return Cast(
        campaigns, {"version": draft.version_id, "bilingual": bilingual.pk}, everyone[0].slug,
        everyone[0].pk, (events.pk, asked.pk), archive_entries.entries(everyone[0])[0].day.year, draft.version.issue.slug, bilingual.issue.slug,
        _tokens(draft, everyone[0]) | click_cast.report_link(draft, User.objects.get(username=CHIEF)) | click_cast.ask(draft) | _review_links(bilingual, draft.version) | _sender_link(new_sender)
        | {"reading": (december.variants.get(number=0).page_key,) * 2},
        f"{installation.sandbox_url}/_sandbox/inbox", notice,
        *_imports(), _leaver(draft, december),
        accounts.add_staff(actor, "gaoming", "", PASSWORD).pk, conflict, _deleted(december),
        _people_imports(), _action(), draft.sender_id, new_sender.pk,
    )  # fmt: skip


def _agree(person_id: int, sentence: str) -> None:
    person = Subscriber.objects.get(pk=person_id)
    proof = Proof.PRIVATE_LINK
    measuring_consent.agree(audit.subscriber(), person, source="preferences", proof=proof, wording=sentence, language="en")


def _sender_link(sender: Sender) -> dict[str, tuple[str, str]]:
    """The link that is mailed to the address of a new sender."""
    token = sender_confirmations.link_token(sender)
    return {"sender": (token, token)}


def _action() -> int:
    asked, actor = PeopleFilter(text="gao"), audit.staff(User.objects.get(username=CHIEF))
    action = actions.begin(actor, "set_field", asked, {"field": "country", "value": "CN"}, confirmed=actions.count(asked))
    while actions.make_slice(action):
        pass
    return action.pk


def _imports() -> tuple[dict[str, int], str, tuple[str, int]]:
    """Imports of documents in each state, an issue with open questions, and one with a section that has no name.

    The workers have stopped, so they are read here.
    """
    author = audit.staff(User.objects.get(username=CHIEF))
    runs = {
        "asking": documents.begun(author, documents.upload(documents.WORD)),
        "ready": documents.begun(author, documents.upload(documents.SAMPLES / "sample.pdf")),
        "failed": documents.begun(author, Upload("march.doc", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"], 8)),
        "done": documents.begun(author, documents.upload(documents.SAMPLES / "sample.pdf", "spring.pdf")),
    }
    for run in runs.values():
        documents.read(run)
    issue = import_results.finish(author, runs["done"], replace(import_results.suggested(runs["done"]), number="spring"))
    runs["waiting"] = documents.begun(author, documents.upload(documents.SAMPLES / "sample.html"))
    return {label: run.pk for label, run in runs.items()}, issue.slug, _nameless(author)


def _people_imports() -> dict[str, int]:
    """Imports of people in each state, to a list of their own. The workers have stopped, so they are worked on here."""
    author = audit.staff(User.objects.get(username=CHIEF))
    rows = "".join(f"{name},{name.lower()}@staff.example,Hydrology\n" for name in ("Ana", "Bo", "Chen", "Dora"))
    text = f"Name,Email,Unit\n{rows}Eve,eve at staff.example,Hydrology\n"
    staff_list = mailing_lists.create_list(author, "staff", "Staff")
    runs = {label: import_runs.begin(author, [text.encode()], f"{label}.csv") for label in PEOPLE_IMPORTS}
    for label, run in runs.items():
        if label != "columns":
            import_runs.choose_columns(author, run, ["name", "email", "-"])
        if label not in ("columns", "consent"):
            import_runs.choose_list(author, run, staff_list, "form of the staff office, 2026-09")
        if label not in ("columns", "consent", "waiting"):
            import_runs.work_next()
        if label in ("undone", "done"):
            import_runs.start(author, run)
            import_runs.work_next()
        if label == "undone":
            run.refresh_from_db()
            undo.undo(author, run)
    return {label: run.pk for label, run in runs.items()}


def _nameless(author: Actor) -> tuple[str, int]:
    run = documents.read(documents.begun(author, documents.written(documents.TEXT.replace("Harbour news\n\n", ""))))
    head = replace(import_results.suggested(run), title="Harbour news", number="2026-12", date="2026-12-01", address="1 Quay")
    issue = import_results.finish(author, run, head)
    asked = questions.find(issue_state.head(issue.pk))
    return issue.slug, next(at for at, question in enumerate(asked) if question.asks_name)


# ----------------------------------------------------------------------------------------------------------------- processes
def _keep_alive() -> None:
    """Write heartbeats for the next day, so that no page says that the ended processes are missing."""
    for kind in heartbeats.CAMPAIGN_KINDS:
        beaten(kind, silent_for=-24 * 3600.0)


def lose_processes() -> None:
    """From now on pages say what is missing: one process died, one was stopped, one was never started."""
    ProcessHeartbeat.objects.filter(kind__in=heartbeats.CAMPAIGN_KINDS).delete()
    beaten(heartbeats.SENDING, silent_for=3600.0)
    beaten(heartbeats.UPKEEP, silent_for=600.0, stopped=True)


# ---------------------------------------------------------------------------------------------------------------- really sent
def _send(campaign_id: int) -> None:
    """Send it and wait until the provider's events have told the outcome of every mail."""
    launch.schedule(bootstrap.actor(), campaign_id)
    bootstrap.wake("run_due_work")

    def is_settled() -> bool:
        report = reports.report(campaign_id)
        return report.state == "sent" and not (report.awaiting or report.deferred or report.unsettled_events)

    wait_until(is_settled, 240, f"campaign {campaign_id} is sent and settled", pause=0.2)


def _send_notice(installation: Installation, mailing_list: mailing_lists.MailingList) -> str:
    """Somebody asks to subscribe; the address of the confirmation mail in the sandbox's inbox."""
    address = "lin.jingyi@people.example"
    subscriptions.subscribe(
        audit.subscriber(), mailing_list, address, name="林静怡", language="zh-Hans", consent="Yes, subscribe me"
    )
    bootstrap.wake("send_singles")
    wait_until(
        lambda: Notice.objects.get(address=address).state == Notice.State.ACCEPTED, 60, "the confirmation mail is accepted"
    )
    with urlopen(f"{installation.sandbox_url}/_sandbox/messages?to={address}") as answer:
        message = json.load(answer)["messages"][0]["id"]
    return f"{installation.sandbox_url}/_sandbox/inbox/{message}"


def _leaver(sent: Campaign, unsent: IssueVersion) -> int:
    """An account that handed out an invitation and links, approved an issue and scheduled campaigns."""
    roles = ("publisher", "admin", "override-checks")
    leaver = audit.staff(accounts.add_staff(bootstrap.actor(), LEAVER, "chen@cast.example", PASSWORD, roles=roles))
    invitations.invite(leaver, "zhao.min@cast.example", ["author"])
    review_links.create(leaver, unsent, "The editorial board")
    review_links.create_approving(leaver, unsent, "Director Zhang", "zhang@board.example")
    decisions.approve(leaver, unsent)
    for name, days in (("April issue for the members in Madrid", 20), ("April issue, once more", 25)):
        launch.schedule(
            leaver, campaign_cast.make_draft(sent, name, sent.version), clock.now() + timedelta(days=days), zone="Asia/Shanghai"
        )
    return leaver.user.pk


# ------------------------------------------------------------------------------------------------------------------ a review
def _review(version: IssueVersion) -> dict[str, str]:
    """Comments on a version, a request for changes, and an edit after it.

    Returns the form of somebody who began with the text before the edit.
    """
    actor, issue = bootstrap.actor(), version.issue
    author, proofreader = (
        audit.staff(accounts.add_staff(actor, name, f"{name}@cast.example", PASSWORD, roles=(role,)))
        for name, role in (("lihua", "author"), ("zhangmin", "proofreader"))
    )
    requests.ask(
        author, issue, [User.objects.get(username=CHIEF), proofreader.user], due_at=clock.now() + timedelta(days=3),
        note="Please check the dates and the names.",
    )  # fmt: skip
    file, part, text = next(
        (file, part.id, part.text)
        for file, parts in issue_state.head(issue.pk).files.items() for part in parts if kind_of(part) == "article"
    )  # fmt: skip
    words = " ".join(comments.readable(text).split("\n\n")[1].split()[:6])
    first = comments.add(proofreader, issue, "Is this still true?", version=issue.current, file=file, part=part, quotation=words)
    comments.reply(author, first, "Yes, I asked them yesterday.")
    comments.add(proofreader, issue, "A good issue. Only the dates need another look.", version=issue.current)
    decisions.request_changes(proofreader, issue.current, "The second date is a Sunday.")
    base = issue_state.head(issue.pk).edits["text", file, part]
    edits.save_part(author, issue, file, part, text.replace(" the ", " this ", 1), base)
    began = opened(text)
    mine = f"{began.body.replace(' the ', ' our ', 1).rstrip()}\n\nRegistration closes on 1 March.\n"
    document = json.dumps(part_document.document_of(mine).json())
    return {
        "file": file, "part": part, "base": str(base), "title": began.title or "", "text": mine, "document": document
    }  # fmt: skip


def _deleted(version: IssueVersion) -> dict[str, str]:
    """Delete an article while somebody has it open; the form of that person."""
    issue, file, part = version.issue, "issue.md", "light"
    base = issue_state.head(issue.pk).edits["text", file, part]
    edits.delete_part(audit.staff(User.objects.get(username="lihua")), issue, file, part, base)
    form = {"title": "The light source opens", "text": "The doors open to visitors on Monday.", "base": str(base)}
    return {"slug": issue.slug, "file": file, "part": part, **form}


# ----------------------------------------------------------------------------------------------------------------- readers' links
def _review_links(version: IssueVersion, older: IssueVersion) -> dict[str, tuple[str, str]]:
    """Links of guests, one of each kind; both languages of the tour look at the same ones."""
    chief = audit.staff(User.objects.get(username=CHIEF))
    commenting = review_links.create(chief, version, "The board")
    review_links.comment(commenting, "Li Na", "Is the date of the conference right?")
    review_links.comment(commenting, "Zhang Lei", "我觉得第二段可以再短一些。", **_first_place(version))
    approving = review_links.create_approving(chief, version, "Director Li", "li@board.example")
    revoked = review_links.create(chief, version, "By mistake")
    review_links.revoke(chief, version.issue, revoked.pk)
    old = review_links.create_approving(chief, older, "Director Li", "li@board.example")
    tokens_ = {"commenting": commenting, "approving": approving, "approving-old": old}
    return {purpose: (review_links.token_of(link),) * 2 for purpose, link in tokens_.items()}


def _first_place(version: IssueVersion) -> dict[str, str]:
    place = review_links.places(version, "en")[0]
    return {"file": place.file, "part": place.part}


def _tokens(sent: Campaign, mailing_list: mailing_lists.MailingList) -> dict[str, tuple[str, str]]:
    """Links of the sent mail and of confirmations, by what becomes of them; two of each.

    Clicks are kept with names from now on: person 1 and those with the link of a mail agreed, the others are asked.
    """
    about = publication()
    about.policies = {**about.policies, "measuring": "individual"}
    about.save(update_fields=["policies"])
    sentence = measuring_wording.wording(about, "en")
    delivered = Delivery.objects.filter(campaign=sent, state="delivered").order_by("subscriber_id")
    readers = iter(delivered.values_list("subscriber_id", flat=True)[:30])
    made: dict[str, list[str]] = {}
    for _ in range(2):
        for purpose in ("leaving", "undoing", "returning"):
            person = next(readers)
            made.setdefault(purpose, []).append(tokens.unsubscribe_token(person, sent.pk))
            if purpose != "leaving":
                subscriptions.unsubscribe(
                    audit.subscriber(), person, list_ids=[mailing_list.pk], how="page", campaign_id=sent.pk
                )  # fmt: skip
            if purpose == "returning":  # too long ago to be undone
                Subscription.objects.filter(subscriber=person).update(unsubscribed_at=clock.now() - timedelta(days=3))
        made.setdefault("viewing", []).append(tokens.view_token(next(readers), sent.pk))
        chooser = next(readers)
        _agree(chooser, sentence)
        made.setdefault("choosing", []).append(tokens.preferences_token(chooser, sent.pk))
        for purpose in ("reading", "erasing"):
            made.setdefault(purpose, []).append(tokens.expiring_token(tokens.Purpose.PERSON, next(readers)))
        mover = Subscriber.objects.get(pk=next(readers))
        address_changes.ask(audit.subscriber(), mover, f"moved{mover.pk}@example.org")
        change = AddressChange.objects.get(subscriber=mover)
        for purpose in (tokens.Purpose.OLD_ADDRESS, tokens.Purpose.NEW_ADDRESS):
            made.setdefault(purpose.value.replace("_", "-"), []).append(tokens.row_token(purpose, change.pk, change.asked_at))
    for number in range(5):
        asked = subscriptions.subscribe(
            audit.subscriber(), mailing_list, f"new{number}@people.example", consent="Yes, subscribe me", measuring_wish=sentence
        )
        token = tokens.confirm_token(asked.pk)
        if number == 4:
            subscriptions.confirm(audit.subscriber(), asked)
            made["used"] = [token, token]
            continue
        made.setdefault("confirming" if number < 2 else "too-late", []).append(token)
        if number >= 2:
            subscriptions.unsubscribe(audit.subscriber(), asked.subscriber_id, how="page")
    _agree(1, sentence)
    return {purpose: (first, second) for purpose, (first, second) in made.items()}
