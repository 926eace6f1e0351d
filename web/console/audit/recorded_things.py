"""What lines of the audit are about: names and pages of these things, and which lines are about one thing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from campaigns.models import Campaign, TesterGroup, TestSend
from editorial.models import Comment, DocumentImport, IssueRecord, IssueVersion, Review, ReviewLink
from publication.audit import AuditFilter
from publication.models import Audit, Sender
from subscribers import attributes
from subscribers.models import (
    ImportRun,
    MailingList,
    PeopleAction,
    Segment,
    Subscriber,
    Subscription,
    SuppressedDomain,
)
from web.texts.audit import verb_sentences
from web.texts.people import list_texts, people_action_texts
from web.whole_numbers import whole_number

ATTRIBUTE = "attribute"  # has no record of its own: lines about it are lines of the publication with its name
_ATTRIBUTE_VERBS = frozenset(verb_sentences.KINDS[ATTRIBUTE][1])
Key = tuple[str, str]  # kind and id, as a line has them


class Thing(NamedTuple):
    """What a line is about. `page`: empty if there is none, or none for this role. `bare`: the name that the line itself has."""

    name: str
    page: str = ""
    bare: str = ""


class _Kind(NamedTuple):
    """Model, permission for the page, and name and page of a record."""

    rows: Callable[[], QuerySet[Model]]
    permission: str
    thing: Callable[..., tuple[str, str]]


def _quoted(name: str) -> str:
    return _("“%(name)s”") % {"name": name}


def _issue_name(issue: IssueRecord) -> str:
    """Many newsletters give each issue the same title, so that its short name is needed, too."""
    return _("“%(title)s” (%(slug)s)") % {"title": issue.title, "slug": issue.slug}


def _version_name(version: IssueVersion) -> str:
    return _("version %(number)s of %(issue)s") % {"number": version.number, "issue": _issue_name(version.issue)}


def _record_name(number: object) -> str:
    return _("record %(number)s") % {"number": number}


def _issue_page(issue: IssueRecord) -> str:
    return resolve_url("issue", slug=issue.slug)


def _test_page(test: TestSend) -> str:
    return resolve_url("campaign", campaign_id=test.campaign_id) if test.campaign_id else _issue_page(test.version.issue)


def _person_page(number: int) -> str:
    return resolve_url("people-person", person_id=number)


_ISSUES, _SUBSCRIBERS = "editorial.view_issuerecord", "subscribers.view_subscriber"
_KINDS: Mapping[str, _Kind] = {
    "issuerecord": _Kind(IssueRecord.objects.all, _ISSUES, lambda row: (_issue_name(row), _issue_page(row))),
    "issueversion": _Kind(
        lambda: IssueVersion.objects.select_related("issue"), _ISSUES, lambda row: (_version_name(row), _issue_page(row.issue))
    ),
    "review": _Kind(
        lambda: Review.objects.select_related("version__issue"), _ISSUES,
        lambda row: (_version_name(row.version), resolve_url("issue-review", slug=row.version.issue.slug)),
    ),
    "reviewlink": _Kind(
        lambda: ReviewLink.objects.select_related("version__issue"), _ISSUES,
        lambda row: (_version_name(row.version), _issue_page(row.version.issue)),
    ),
    "comment": _Kind(
        lambda: Comment.objects.select_related("issue"), _ISSUES,
        lambda row: (_issue_name(row.issue), resolve_url("issue-comments", slug=row.issue.slug)),
    ),
    "documentimport": _Kind(
        DocumentImport.objects.all, "editorial.add_issuerecord",
        lambda row: (_quoted(row.file_name), resolve_url("import", import_id=row.pk)),
    ),
    "campaign": _Kind(
        Campaign.objects.all, "campaigns.view_campaign",
        lambda row: (_quoted(row.name), resolve_url("campaign", campaign_id=row.pk)),
    ),
    "testsend": _Kind(
        lambda: TestSend.objects.select_related("version__issue"), "campaigns.view_campaign",
        lambda row: (_version_name(row.version), _test_page(row)),
    ),
    "testergroup": _Kind(
        TesterGroup.objects.all, "campaigns.change_testergroup",
        lambda row: (_quoted(row.name), resolve_url("settings-testers-one", group_id=row.pk)),
    ),
    "mailinglist": _Kind(
        MailingList.objects.all, "subscribers.view_mailinglist",
        lambda row: (_quoted(list_texts.list_name(row)), resolve_url("people-list", list_id=row.pk)),
    ),
    "segment": _Kind(
        Segment.objects.all, "subscribers.view_segment",
        lambda row: (_quoted(row.name), resolve_url("people-segment", segment_id=row.pk)),
    ),
    "subscriber": _Kind(
        lambda: Subscriber.objects.only("pk"), _SUBSCRIBERS, lambda row: (_record_name(row.pk), _person_page(row.pk))
    ),
    "subscription": _Kind(
        lambda: Subscription.objects.only("subscriber_id"), _SUBSCRIBERS,
        lambda row: (_record_name(row.subscriber_id), _person_page(row.subscriber_id)),
    ),
    "importrun": _Kind(
        ImportRun.objects.all, "subscribers.view_importrun",
        lambda row: (_quoted(row.file_name), resolve_url("people-import", run_id=row.pk)),
    ),
    "peopleaction": _Kind(
        PeopleAction.objects.all, "subscribers.view_peopleaction",
        lambda row: (_quoted(str(people_action_texts.KINDS[row.kind])), resolve_url("people-action", action_id=row.pk)),
    ),
    "suppresseddomain": _Kind(
        SuppressedDomain.objects.all, "subscribers.view_suppression",
        lambda row: (_quoted(row.domain), f"{resolve_url('people-suppression-domains')}#domain-{row.pk}"),
    ),
    "sender": _Kind(
        Sender.objects.all, "publication.view_sender",
        lambda row: (_quoted(row.name or row.email), resolve_url("settings-sender-one", sender_id=row.pk)),
    ),
    "user": _Kind(
        User.objects.all, "auth.change_user",
        lambda row: (_quoted(row.username), resolve_url("staff-account", account_id=row.pk)),
    ),
}  # fmt: skip


def things_of(account: User | AnonymousUser, lines: Sequence[Audit]) -> dict[int, Thing]:
    """Id of a line -> its thing, for lines whose sentence names one: one query for each kind of thing."""
    named = [line for line in lines if verb_sentences.names_thing(line.verb)]
    ids = defaultdict(set)
    for line in named:
        if line.object_kind in _KINDS and (number := whole_number(line.object_id)) is not None:
            ids[line.object_kind].add(number)
    known: dict[Key, Thing] = {}
    for kind, numbers in ids.items():
        described = _KINDS[kind]
        may_open = account.has_perm(described.permission)
        for row in described.rows().filter(pk__in=numbers):
            name, page = described.thing(row)
            known[kind, str(row.pk)] = Thing(name, page if may_open else "")
    declared = attributes.declarations()
    return {
        line.pk: _attribute(account, line, declared)
        if line.verb in _ATTRIBUTE_VERBS
        else known.get((line.object_kind, line.object_id)) or _gone(line)
        for line in named
    }


def named_values(lines: Sequence[Audit]) -> dict[tuple[str, Any], str]:
    """(detail, value) -> the name of the thing that the value means, for details that are numbers or short names."""
    details = {name for line in lines for name in line.detail}
    names: dict[tuple[str, Any], str] = {}
    if "sender" in details:
        names |= {("sender", sender.pk): str(sender) for sender in Sender.objects.all()}
    for keys, model in ((("segment", "excluded_segments"), Segment), (("list", "lists", "excluded_lists"), MailingList)):
        if details & set(keys):
            names |= {(key, record.slug): record.name for record in model.objects.all() for key in keys}
    return names


def _attribute(account: User | AnonymousUser, line: Audit, declared: Mapping[str, attributes.Declared]) -> Thing:
    name = str(line.detail.get("name", ""))
    has_page = name in declared and account.has_perm("subscribers.change_mailinglist")
    shown = _quoted(list_texts.attribute_label(declared, name, name))
    return Thing(shown, resolve_url("people-attribute", attribute=name) if has_page else "", name)


def _gone(line: Audit) -> Thing:
    """A thing that was deleted: by the name that the line has, and else by its number."""
    names = [line.detail.get(key) for key in ("name", "slug", "domain", "list")]
    bare = next((name for name in names if isinstance(name, str) and name), "")
    if bare:
        return Thing(_quoted(bare), "", bare)
    return Thing(_("number %(number)s") % {"number": line.object_id} if line.object_id else "–")


class OneThing(NamedTuple):
    """One thing whose history is shown: `code` is the value of the URL, such as `list:3`."""

    code: str
    thing: Thing
    chosen: AuditFilter


def one_thing(account: User | AnonymousUser, code: str) -> OneThing | None:
    """The thing of a URL, also one that was deleted; None if there can be no such thing."""
    kind, _colon, number = code.partition(":")
    if kind == ATTRIBUTE:
        line = Audit(verb="declare_attribute", detail={"name": number})
        thing = _attribute(account, line, attributes.declarations())
        return OneThing(code, thing, AuditFilter(verbs=_ATTRIBUTE_VERBS, name=number)) if number else None
    if kind not in _HISTORIES or (pk := whole_number(number)) is None:
        return None
    model_kind, keys = _HISTORIES[kind]
    described = _KINDS[model_kind]
    row = described.rows().filter(pk=pk).first()
    thing = Thing(_("number %(number)s") % {"number": pk})
    if row is not None:
        name, page = described.thing(row)
        thing = Thing(name, page if account.has_perm(described.permission) else "")
    return OneThing(code, thing, AuditFilter(things=frozenset(keys(pk))))


def _only(kind: str) -> Callable[[int], Iterable[Key]]:
    return lambda pk: [(kind, str(pk))]


def _of_issue(pk: int) -> Iterable[Key]:
    """An issue, with its versions, reviews, links and comments."""
    rows = {
        "issueversion": IssueVersion.objects.filter(issue=pk), "review": Review.objects.filter(version__issue=pk),
        "reviewlink": ReviewLink.objects.filter(version__issue=pk), "comment": Comment.objects.filter(issue=pk),
    }  # fmt: skip
    return [("issuerecord", str(pk)), *_keys(rows)]


def _of_campaign(pk: int) -> Iterable[Key]:
    return [("campaign", str(pk)), *_keys({"testsend": TestSend.objects.filter(campaign=pk)})]


def _of_person(pk: int) -> Iterable[Key]:
    return [("subscriber", str(pk)), *_keys({"subscription": Subscription.objects.filter(subscriber=pk)})]


def _keys(rows: Mapping[str, QuerySet[Model]]) -> list[Key]:
    return [(kind, str(number)) for kind, queryset in rows.items() for number in queryset.values_list("pk", flat=True)]


# Kind of thing in the URL -> the kind of its lines, and which lines are about it.
_HISTORIES: Mapping[str, tuple[str, Callable[[int], Iterable[Key]]]] = {
    "issue": ("issuerecord", _of_issue),
    "document": ("documentimport", _only("documentimport")),
    "campaign": ("campaign", _of_campaign),
    "list": ("mailinglist", _only("mailinglist")),
    "segment": ("segment", _only("segment")),
    "person": ("subscriber", _of_person),
    "import": ("importrun", _only("importrun")),
    "sender": ("sender", _only("sender")),
    "account": ("user", _only("user")),
}
