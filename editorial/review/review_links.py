"""Review links: one version of an issue for somebody without an account. They may comment, or also approve with a mailed code.

A link's token is made from its id and its time of creation, and stored nowhere. That of an approving link is only ever in the
mail to its address.
A code is made from the key of its mail: the database has only a keyed hash of it.
"""

import secrets
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.crypto import constant_time_compare, salted_hmac

from composer.issue.parts.outline import ARTICLE, SECTION, kind_of, title_of
from composer.issue.parts.splitting import split
from editorial import issue_versions
from editorial.issue_records import number_in
from editorial.models import Comment, Decision, IssueRecord, IssueVersion, ReviewLink
from editorial.review import comments, decisions, written_text
from editorial.review.decisions import DecisionError
from editorial.sources.edits import SourceEditError
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor, Sender, StaffMail
from publication.staff import staff_links, staff_mails
from publication.staff.lost_rights import still_has
from subscribers import addresses, request_counts
from subscribers.request_counts import Kind

PERMISSION = "editorial.add_reviewlink"
APPROVING = "editorial.add_approving_link"
DEFAULT_DAYS, MOST_DAYS = 14, 90
LONGEST_NAME, LONGEST_TEXT = 80, 5000
# Purposes of mails to guests.
MAIL, CODE = "approving_link", "review_code"

CODE_VALID_FOR = timedelta(minutes=15)
CODE_TRIES = 5
CODES_AN_HOUR = 5
# Without it somebody who has the link could try 25 codes an hour, and would find one within months.
TYPED_CODES_A_DAY = 15
COMMENTS_A_DAY = 100
NETWORK_AN_HOUR = 60
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SALT = "mailroom.review-link"


class ReviewLinkError(DomainError):
    """A link that cannot be made, or something that its guest cannot do."""


# ----------------------------------------------------------------------------------------------------------- for staff
def newest_version(actor: Actor, issue: IssueRecord) -> IssueVersion:
    """The issue's newest text as a version. Raises ComposeError with its faults, and ReviewLinkError."""
    try:
        return issue_versions.store_head(actor, issue).version
    except SourceEditError as fault:
        raise ReviewLinkError("busy") from fault


def check(actor: Actor, name: str, days: int) -> None:
    """Raise ReviewLinkError if the actor may not make a link, or not with this name and duration."""
    _require(actor, PERMISSION)
    if not 1 <= days <= MOST_DAYS:
        raise ReviewLinkError("days", most=MOST_DAYS)
    _checked_name(name)


def check_approving(actor: Actor, address: str) -> str:
    """The address in the form in which it is mailed. Raises ReviewLinkError if no approving link may be mailed to it."""
    _require(actor, APPROVING)
    try:
        valid = addresses.validate(address)
    except addresses.AddressError:
        raise ReviewLinkError("address", address=address.strip()[: addresses.LONGEST]) from None
    if _is_of_staff(valid.address):
        raise ReviewLinkError("account", address=valid.address)
    if not Sender.objects.exists():
        raise ReviewLinkError("no_sender")
    return valid.address


def create(actor: Actor, version: IssueVersion, name: str, *, days: int = DEFAULT_DAYS, language: str = "") -> ReviewLink:
    """Create a link with which people can comment. Staff pass it on themselves. Raises ReviewLinkError."""
    return _create(actor, version, ReviewLink.Kind.COMMENT, name, days, language, "")


def create_approving(
    actor: Actor, version: IssueVersion, name: str, address: str, *, days: int = DEFAULT_DAYS, language: str = ""
) -> ReviewLink:
    """Mail a link with which the owner of an address can also approve. Raises ReviewLinkError."""
    mailed = check_approving(actor, address)
    with transaction.atomic():
        link = _create(actor, version, ReviewLink.Kind.APPROVE, name, days, language, mailed)
        _plan_mail(MAIL, str(link.pk), link, inviter=actor.name)
    return link


def _create(
    actor: Actor, version: IssueVersion, kind: ReviewLink.Kind, name: str, days: int, language: str, address: str
) -> ReviewLink:
    check(actor, name, days)
    now = clock.now()
    with transaction.atomic():
        if not still_has(actor, APPROVING if kind == ReviewLink.Kind.APPROVE else PERMISSION):
            raise ReviewLinkError("permission", name=actor.name)
        link = ReviewLink.objects.create(
            version=version, kind=kind, name=_checked_name(name), address=address, language=language, actor=actor,
            created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        audit.record(
            actor, "add_review_link", link, kind=kind, issue=version.issue.slug, number=version.number, name=link.name, days=days
        )
    return link


def revoke(actor: Actor, issue: IssueRecord, link_id: int) -> bool:
    """End a link of an issue at once; False if it is none, or has ended."""
    with transaction.atomic():
        link = open_links().select_for_update(of=("self",)).filter(pk=link_id, version__issue=issue).first()
        if link is None:
            return False
        end(actor, link)
    return True


def end(actor: Actor, link: ReviewLink) -> None:
    """End a locked link at once, with the code that was mailed for it."""
    link.revoked_at, link.code = clock.now(), ""
    link.save(update_fields=["revoked_at", "code"])
    audit.record(actor, "revoke_review_link", link)


def of_issue(issue: IssueRecord) -> QuerySet[ReviewLink]:
    """The links of an issue, the newest first, each with `used_at`: when its guest commented or decided last."""
    used = Greatest(Max("comment__created_at"), Max("decision__created_at"))
    links = ReviewLink.objects.filter(version__issue=issue).select_related("version", "actor")
    return links.annotate(used_at=used).order_by("-id")


def is_open(link: ReviewLink) -> bool:
    return link.revoked_at is None and link.expires_at > clock.now()


def token_of(link: ReviewLink) -> str:
    """The secret part of a link's address. Pages never show that of an approving link."""
    return staff_links.row_token(_SALT, link.pk, link.created_at)


def _require(actor: Actor, permission: str) -> None:
    user = actor.user if actor.kind == Actor.Kind.STAFF else None
    if user is None or not user.is_active or not user.has_perm(permission):
        raise ReviewLinkError("permission", name=actor.name)


def _is_of_staff(address: str) -> bool:
    """Whether an account of staff has the address, in any spelling, also one that is blocked."""
    normalised = addresses.normalise(address)
    taken = User.objects.exclude(email="").values_list("email", flat=True)
    return any(addresses.normalise(other) == normalised for other in taken)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise ReviewLinkError("name")
    if len(name) > LONGEST_NAME:
        raise ReviewLinkError("long", most=LONGEST_NAME)
    return name


# ---------------------------------------------------------------------------------------------------------- for guests
def find(token: str) -> ReviewLink | None:
    """The link of a token, if it can still be used. One answer for whatever is forged, revoked or expired."""
    row = staff_links.row_of(_SALT, token)
    if row is None:
        return None
    return open_links().select_related("version__issue__current", "actor").filter(**row).first()


def open_links() -> QuerySet[ReviewLink]:
    return ReviewLink.objects.filter(revoked_at=None, expires_at__gt=clock.now())


def admit(network: str) -> bool:
    """Count what somebody posts to a link, by their network; False if they must wait."""
    return request_counts.take(Kind.REVIEW_NETWORK, network, NETWORK_AN_HOUR, _HOUR)


def is_old(link: ReviewLink) -> bool:
    """Whether the issue has another content than the link's version now."""
    current = link.version.issue.current
    return current is None or current.digest != link.version.digest


def guest_of(link: ReviewLink) -> Actor:
    """The guest as an actor: for all links to one address the same."""
    return audit.guest(addresses.normalise(link.address) if link.address else f"review link {link.pk}")


def conversation(link: ReviewLink) -> QuerySet[Comment]:
    """The comments made with a link, and the answers to them. Guests see no others."""
    return Comment.objects.filter(Q(link=link) | Q(parent__link=link)).order_by("id")


class CommentablePart(NamedTuple):
    """A part of an issue that a comment can be about."""

    file: str
    part: str
    title: str


def places(version: IssueVersion, language: str) -> list[CommentablePart]:
    """The sections and articles of a version, as they are called in the file of a language, or else in the first file."""
    file = next((name for name in version.sources if name.endswith(f".{language}.md")), next(iter(version.sources), ""))
    parts = split(version.sources.get(file, ""))
    return [CommentablePart(file, part.id, title_of(part) or part.id) for part in parts if kind_of(part) in (SECTION, ARTICLE)]


def comment(link: ReviewLink, name: str, text: str, *, file: str = "", part: str = "") -> Comment:
    """Store a comment of the guest, who typed their name. Raises ReviewLinkError."""
    name, text = _checked_name(name), written_text.checked(text, LONGEST_TEXT, ReviewLinkError)
    if not request_counts.take(Kind.REVIEW_COMMENT, str(link.pk), COMMENTS_A_DAY, _DAY):
        raise ReviewLinkError("many", most=COMMENTS_A_DAY)
    with transaction.atomic():
        _locked(link)
        return comments.add(
            guest_of(link), link.version.issue, text, version=link.version, file=file, part=part, link=link, name=name
        )


def _locked(link: ReviewLink) -> ReviewLink:
    """The link as it is now, so that nothing happens through one that is being revoked."""
    locked = open_links().select_for_update(of=("self",)).select_related("version__issue").filter(pk=link.pk).first()
    if locked is None:
        raise ReviewLinkError("ended")
    return locked


# --------------------------------------------------------------------------------------------------- codes, approvals
def ask_code(link: ReviewLink) -> None:
    """Mail the guest of an approving link a code. The one before is no longer valid. Raises ReviewLinkError."""
    with transaction.atomic():
        locked = _approving(link)
        if not request_counts.take(Kind.REVIEW_CODE, str(link.pk), CODES_AN_HOUR, _HOUR):
            raise ReviewLinkError("codes", most=CODES_AN_HOUR)
        key = f"{link.pk}-{secrets.token_urlsafe(16)}"
        locked.code, locked.code_at, locked.code_tries = _hashed(locked, _code(key)), clock.now(), 0
        locked.save(update_fields=["code", "code_at", "code_tries"])
        _plan_mail(CODE, key, locked)
        audit.record(guest_of(locked), "ask_review_code", locked)


def awaits_code(link: ReviewLink) -> bool:
    return bool(link.code) and link.code_at is not None and clock.now() < link.code_at + CODE_VALID_FOR


def decide(link: ReviewLink, code: str, kind: Decision.Kind, text: str, network: str) -> Decision:
    """Approve, or request changes with a text, as the guest of an approving link who has the code. Raises ReviewLinkError.

    A code that was typed is counted also if nothing else is stored.
    """
    if kind == Decision.Kind.CHANGES:
        text = written_text.checked(text, LONGEST_TEXT, ReviewLinkError)
    with transaction.atomic():
        locked = _approving(link)
        fault = _use_code(locked, code)
        if fault is None:
            try:
                return _decide(locked, kind, text, network)
            except DecisionError as refused:
                if refused.code == "character":
                    raise ReviewLinkError("character") from None
                if refused.code != "old":
                    raise
                raise ReviewLinkError("old", version=refused.params["version"], current=refused.params["current"]) from None
    raise fault


def _decide(link: ReviewLink, kind: Decision.Kind, text: str, network: str) -> Decision:
    guest = guest_of(link)
    if kind == Decision.Kind.APPROVE:
        return decisions.approve(guest, link.version, network=network, link=link)
    return decisions.request_changes(guest, link.version, text, network=network, link=link)


def _approving(link: ReviewLink) -> ReviewLink:
    """The link, locked, if its guest may decide now."""
    locked = _locked(link)
    if locked.kind != ReviewLink.Kind.APPROVE:
        raise ReviewLinkError("ended")
    if _is_of_staff(locked.address):
        raise ReviewLinkError("account", address=locked.address)
    record = locked.version.issue
    if record.current is None or record.current.digest != locked.version.digest:
        raise ReviewLinkError("old", version=locked.version.number, current=record.current.number if record.current else 0)
    return locked


def _use_code(link: ReviewLink, typed: str) -> ReviewLinkError | None:
    """Use up the code of a locked link. A fault is returned, so that the try that it counts is stored."""
    if not awaits_code(link):
        return ReviewLinkError("no_code")
    # Counted before the code is looked at: otherwise each further code could be guessed once more.
    is_allowed = request_counts.take(Kind.REVIEW_TRY, str(link.pk), TYPED_CODES_A_DAY, _DAY)
    if is_allowed and constant_time_compare(_hashed(link, "".join(typed.split())), link.code):
        link.code = ""
        link.save(update_fields=["code"])
        return None
    link.code_tries += 1
    left = CODE_TRIES - link.code_tries if is_allowed else 0
    if left <= 0:
        link.code = ""
    link.save(update_fields=["code", "code_tries"])
    return ReviewLinkError("code", left=left) if left > 0 else ReviewLinkError("tries")


def _code(key: str) -> str:
    """Six digits from the random key of the mail: the same each time, and unknown to people who can only read the database."""
    digest = salted_hmac("mailroom.review-code", key, algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 1_000_000:06}"


def _hashed(link: ReviewLink, code: str) -> str:
    return salted_hmac("mailroom.review-code-hash", f"{link.pk}\n{code}", algorithm="sha256").hexdigest()


# --------------------------------------------------------------------------------------------------------------- mails
def _plan_mail(purpose: str, key: str, link: ReviewLink, *, inviter: str = "") -> None:
    version = link.version
    staff_mails.plan(
        purpose, key, link.address, link=str(link.pk), language=link.language, name=link.name, number=str(version.number),
        issue=f"{version.issue.title} {number_in(version.sources)}".strip(), inviter=inviter,
    )  # fmt: skip


def of_mail(mail: StaffMail) -> ReviewLink | None:
    """The link that a mail to a guest is about, if it can still be used."""
    link = open_links().filter(pk=int(mail.parameters.get("link", 0)), address=mail.address, kind=ReviewLink.Kind.APPROVE).first()
    if link is None or mail.purpose != CODE:
        return link
    is_newest = awaits_code(link) and constant_time_compare(_hashed(link, code_of_mail(mail)), link.code)
    return link if is_newest else None


def code_of_mail(mail: StaffMail) -> str:
    return _code(mail.token)
