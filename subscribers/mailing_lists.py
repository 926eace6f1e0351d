"""Creates, changes and finds mailing lists, and sets the visibility of their archives."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from publication import audit, clock
from publication.models import Actor
from publication.reader_texts import ReaderText
from subscribers import attributes
from subscribers.errors import InputError, UnknownSlugError
from subscribers.models import MailingList

# The slug is the first label of List-Id (RFC 2919) for the list's life: a DNS label, in lower case.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Words of Chinese names of lists, of which a short name is made.
SLUG_WORDS = {
    "简报": "newsletter", "通讯": "newsletter", "快讯": "news", "新闻": "news", "资讯": "news", "通知": "notices",
    "公告": "notices", "周报": "weekly", "周刊": "weekly", "月报": "monthly", "月刊": "monthly", "季刊": "quarterly",
    "年报": "annual", "日报": "daily", "员工": "staff", "职工": "staff", "教师": "teachers", "学生": "students",
    "校友": "alumni", "读者": "readers", "会员": "members", "客户": "customers", "媒体": "media", "记者": "press",
    "合作": "partners", "专家": "experts", "用户": "users", "科研": "research", "科学": "science", "科普": "outreach",
    "学术": "academic", "会议": "conferences", "讲座": "lectures", "活动": "events", "培训": "training", "招聘": "jobs",
    "产品": "products", "国际": "international", "全体": "all", "测试": "test",
}  # fmt: skip


class UnknownListError(UnknownSlugError):
    """No list has this slug."""

    kind, none_yet = "list", "there is no list yet"


def create_list(
    actor: Actor, slug: str, name: str, *, description: str = "", language: str = "", advertises_in_china: bool = False,
    sign_up: str = MailingList.SignUp.CLOSED, welcome: bool = False, texts: Mapping[str, ReaderText] | None = None,
) -> MailingList:  # fmt: skip
    """Create a list. `slug` never changes: mailbox providers and filters recognise the list by it (RFC 2919).

    `texts`: in other languages than the list's own. Raises InputError.
    """
    if not SLUG.fullmatch(slug):
        raise InputError(
            "slug",
            f"“{slug}” cannot be the short name of a list",
            "use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
        )
    name, description, language = _readable(name), attributes.read_description(description), _tag(language)
    sign_up = _sign_up(sign_up)
    others = _merged_texts({}, {tag: text for tag, text in (texts or {}).items() if tag != language})
    try:
        with transaction.atomic():
            created = MailingList.objects.create(
                slug=slug, name=name, description=description, language=language, advertises_in_china=advertises_in_china,
                sign_up=sign_up, welcome=welcome, texts=others,
            )  # fmt: skip
            audit.record(actor, "create_list", created, slug=slug)
    except IntegrityError:
        raise InputError("slug_taken", f"there is already a list “{slug}”", "choose another short name") from None
    return created


def free_slug(name: str) -> str:
    """A short name made of a name, which no list has yet: `cast-news`; `staff-newsletter` of 员工简报; else `list`."""
    in_english = re.sub("|".join(SLUG_WORDS), lambda word: f" {SLUG_WORDS[word[0]]} ", name)
    made = next(filter(None, map(slug_of, (name, in_english))), "list")
    taken = set(MailingList.objects.filter(slug__startswith=made).values_list("slug", flat=True))
    return next(slug for slug in (made, *(f"{made}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken)


def slug_of(name: str) -> str:
    """The Latin letters and digits of a name as a short name; empty if there is no letter."""
    made = slugify(name)[:50].strip("-_").replace("_", "-")
    return made if SLUG.fullmatch(made) and re.search("[a-z]", made) else ""


def create_named(actor: Actor, name: str, slug: str = "") -> MailingList:
    """Create a list of a name that no other one has. Without a short name, one is made of the name. Raises InputError."""
    if MailingList.objects.filter(name=name.strip()).exists():
        raise InputError("list_name_taken", f"there is already a list “{name[:40]}”", "choose it, or write another name")
    return create_list(actor, slug or free_slug(name), name.strip())


def keep_list_id_domain(actor: Actor, mailing_list: MailingList, domain: str) -> None:
    """Give a list the domain of its List-Id: that of the sender of its first campaign. It never changes (RFC 2919)."""
    if MailingList.objects.filter(pk=mailing_list.pk, list_id_domain="").update(list_id_domain=domain):
        audit.record(actor, "keep_list_id", mailing_list, slug=mailing_list.slug, domain=domain)


def set_archive(actor: Actor, slug: str, visibility: str) -> MailingList:
    """Set who may see a list's archive: off, unlisted or public (docs/archive.md). Raises UnknownListError, InputError.

    The prefix of its feed's ids is created when the archive is first switched on, and never changes. Otherwise feed readers
    would show every issue as new after a change of the server's name.
    """
    if visibility not in MailingList.Archive.values:
        raise InputError("archive", f"“{visibility}” is not a visibility", "use one of " + ", ".join(MailingList.Archive.values))
    with transaction.atomic():
        mailing_list = find_list(slug, locked=True)
        before, mailing_list.archive = mailing_list.archive, visibility
        if visibility != MailingList.Archive.OFF and not mailing_list.archive_tag:
            # RFC 4151 allows host names but no IPv6 addresses.
            host = "localhost" if ":" in settings.PUBLIC_HOST else settings.PUBLIC_HOST
            mailing_list.archive_tag = f"tag:{host},{clock.now():%Y-%m-%d}"
        mailing_list.save(update_fields=["archive", "archive_tag"])
        if before != visibility:
            audit.record(
                actor, "set_archive", mailing_list, slug=slug, **audit.changes({"archive": before}, {"archive": visibility})
            )
    return mailing_list


def change_list(
    actor: Actor, slug: str, *, name: str | None = None, description: str | None = None, language: str | None = None,
    advertises_in_china: bool | None = None, sign_up: str | None = None, welcome: bool | None = None,
    texts: Mapping[str, ReaderText] | None = None,
) -> MailingList:  # fmt: skip
    """Change what is given; None leaves a field. `texts`: in other languages than the list's own; an empty one removes it.

    The audit has the fields that have another value now, before and after. Raises UnknownListError, InputError.
    """
    given = {
        "name": name, "description": description, "language": language, "advertises_in_china": advertises_in_china,
        "sign_up": sign_up, "welcome": welcome,
    }  # fmt: skip
    changes: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    readers = {"name": _readable, "description": attributes.read_description, "language": _tag, "sign_up": _sign_up}
    changes |= {field: readers[field](str(value)) for field, value in changes.items() if field in readers}
    with transaction.atomic():
        mailing_list = find_list(slug, locked=True)
        if texts is not None:
            changes["texts"] = _merged_texts(mailing_list.texts, texts)
        if changes.get("welcome") is False:
            changes["welcome_campaign"] = None
        changes = {field: value for field, value in changes.items() if value != getattr(mailing_list, field)}
        before = {field: getattr(mailing_list, field) for field in changes}
        for field, value in changes.items():
            setattr(mailing_list, field, value)
        if changes:
            mailing_list.save(update_fields=list(changes))
            audit.record(actor, "change_list", mailing_list, **audit.changes(before, changes))
    return mailing_list


def welcome_with(actor: Actor, mailing_list: MailingList, campaign: int | None) -> None:
    """People who confirm the list get the issue that this campaign sends, or else the standard text. The caller has locked it."""
    before = {"welcome": mailing_list.welcome, "welcome_campaign": mailing_list.welcome_campaign}
    after = {"welcome": True, "welcome_campaign": campaign}
    if before != after:
        mailing_list.welcome, mailing_list.welcome_campaign = True, campaign
        mailing_list.save(update_fields=list(after))
        audit.record(actor, "change_welcome", mailing_list, slug=mailing_list.slug, **audit.changes(before, after))


def end_welcome_of(actor: Actor, campaign: int) -> None:
    """The list whose welcome this campaign sends has none any more, because the campaign is cancelled."""
    for mailing_list in MailingList.objects.select_for_update(no_key=True).filter(welcome_campaign=campaign):
        change_list(actor, mailing_list.slug, welcome=False)


def _merged_texts(stored: Mapping[str, dict[str, str]], given: Mapping[str, ReaderText]) -> dict[str, dict[str, str]]:
    merged = dict(stored)
    for language, text in given.items():
        name = _readable(text.name) if text.name.strip() else ""
        description = attributes.read_description(text.description)
        merged[_tag(language)] = {"name": name, "description": description}
    return {language: text for language, text in merged.items() if language and any(text.values())}


def _readable(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable():
        raise InputError("name", "this name cannot be used for a list", "write one line of text without control characters")
    return name


def _tag(language: str) -> str:
    language = language.strip()
    return attributes.read_language(language) if language else ""


def _sign_up(who: str) -> str:
    if who not in MailingList.SignUp.values:
        raise InputError("sign_up", f"“{who}” is not a way to sign up", "use one of " + ", ".join(MailingList.SignUp.values))
    return who


def open_lists() -> list[MailingList]:
    """Lists that anybody may subscribe to and that other pages link to."""
    return list(MailingList.objects.filter(sign_up=MailingList.SignUp.OPEN).order_by("name", "id"))


def find_subscribable(slug: str) -> MailingList | None:
    """The list, if people can subscribe to it themselves."""
    return MailingList.objects.filter(slug=slug).exclude(sign_up=MailingList.SignUp.CLOSED).first()


def find_list(slug: str, *, locked: bool = False) -> MailingList:
    """The list with this slug. Raises UnknownListError, which names the nearest and the existing ones."""
    lists = MailingList.objects.select_for_update() if locked else MailingList.objects
    mailing_list = lists.filter(slug=slug).first()
    if mailing_list is None:
        raise UnknownListError(slug, list(MailingList.objects.order_by("slug").values_list("slug", flat=True)))
    return mailing_list
