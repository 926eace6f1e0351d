"""The roles of staff: named sets of Django's permissions, stored as groups. The console explains them in words.

Functions import Django themselves, because the command line reads the names of the roles without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import Group

AUDITOR, ADMIN = "auditor", "admin"
_ISSUES = ("editorial.add_issuerecord", "editorial.change_issuerecord", "editorial.add_issueversion", "editorial.add_media")
_COMMENTS = ("editorial.add_comment", "editorial.change_comment")
_APPROVE = "editorial.add_decision"
_REVIEWS = ("editorial.add_review", "editorial.change_review", "editorial.add_reviewlink", "editorial.change_reviewlink")
_PEOPLE = tuple(
    f"subscribers.{verb}_{model}"
    for model in ("subscriber", "subscription", "mailinglist", "segment", "suppression", "importrun", "peopleaction")
    for verb in ("add", "change", "delete")
)
_SEGMENTS = tuple(f"subscribers.{verb}_segment" for verb in ("add", "change", "delete"))
_SEE_ADDRESSES = "subscribers.see_addresses"  # others see masked addresses, and no names
# The second is for what a person decided, such as a complaint, if they ask for mail again.
_LIFTS = ("subscribers.delete_suppression", "subscribers.lift_on_request")
_CAMPAIGNS = ("campaigns.add_campaign", "campaigns.change_campaign", "campaigns.add_testsend")
_OTHERS_IMPORTS = "editorial.change_documentimport"  # finish and cancel the imports that others began
_REPORT_LINKS = "campaigns.add_reportlink"
_PAST = "campaigns.add_pastissue"
_TESTERS = "campaigns.change_testergroup"
_SEE_SETTINGS = "publication.see_settings"
_READ_AUDIT = "publication.view_audit"
_SENDERS = ("publication.add_sender", "publication.change_sender")
_VIEWS = tuple(
    f"{app}.view_{model}"
    for app, models in {
        "publication": ("publication", "sender"),
        "subscribers": ("subscriber", "subscription", "mailinglist", "segment", "suppression", "importrun", "peopleaction"),
        "editorial": ("issuerecord", "issueversion", "media", "comment", "review", "decision", "reviewlink"),
        "campaigns": ("campaign", "delivery", "attempt", "testsend", "deliverylog"),
    }.items()
    for model in models
)
# role -> its permissions; all staff may view everything except each other's accounts and the audit. Who sees addresses is the
# default here.
ROLES: dict[str, tuple[str, ...]] = {
    "editor": (*_VIEWS, *_ISSUES, *_COMMENTS, *_REVIEWS, "campaigns.add_testsend"),  # called author in texts
    "proofreader": (*_VIEWS, *_COMMENTS, _APPROVE, "campaigns.add_testsend"),
    "publisher": (
        *_VIEWS, *_ISSUES, *_COMMENTS, *_REVIEWS, _APPROVE, "editorial.add_approving_link", *_CAMPAIGNS, _REPORT_LINKS, *_SENDERS,
        _PAST, _TESTERS, _OTHERS_IMPORTS, _SEE_ADDRESSES, *_SEGMENTS,
    ),
    "list-manager": (*_VIEWS, *_PEOPLE, _SEE_ADDRESSES),
    ADMIN: (
        *_VIEWS, _SEE_ADDRESSES, _SEE_SETTINGS, _READ_AUDIT, *_SEGMENTS, *_SENDERS, "publication.delete_sender", _PAST, _TESTERS,
        _REPORT_LINKS, "publication.change_publication", "auth.view_user", "auth.add_user", "auth.change_user", *_LIFTS,
    ),
    AUDITOR: (*_VIEWS, _SEE_ADDRESSES, _SEE_SETTINGS, _READ_AUDIT, "auth.view_user"),
    # In addition to another role: may override the errors of checks for a campaign, with a reason that is recorded.
    "override-checks": ("campaigns.override_checks",),
}  # fmt: skip
_SEEING = {"few": {"list-manager"}, "all": {role for role, permissions in ROLES.items() if _VIEWS[0] in permissions}}
AUTHOR = "author"  # the name that texts and commands use for `editor`


def sees_addresses(role: str, policy: str) -> bool:
    """Whether a role sees the addresses and names of people, by a value of the policy `see_addresses`."""
    return role in _SEEING[policy] if policy in _SEEING else _SEE_ADDRESSES in ROLES[role]


def shown(role: str) -> str:
    """The name of a stored role that texts, commands and JSON use."""
    return AUTHOR if role == "editor" else role


def resolved(names: Iterable[str]) -> list[str]:
    """The roles that these names mean, without repetition. Raises KeyError with a name that is not a role."""
    stored = ["editor" if name == AUTHOR else name for name in names]
    for role in stored:
        ROLES[role]
    return list(dict.fromkeys(stored))


NAMES = tuple(map(shown, ROLES))


def groups(roles: Iterable[str]) -> list[Group]:
    """The groups of roles, with exactly their permissions, even if they have others."""
    return [_group(role) for role in roles]


def bring_up_to_date() -> None:
    """Give the groups that exist the permissions of this release."""
    from django.contrib.auth.models import Group  # noqa: PLC0415

    for name in Group.objects.filter(name__in=ROLES).values_list("name", flat=True):
        _group(name)


def _group(role: str) -> Group:
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415

    from publication import policies  # noqa: PLC0415

    group, _ = Group.objects.get_or_create(name=role)
    names = set(ROLES[role]) - {_SEE_ADDRESSES}
    if sees_addresses(role, policies.choice("see_addresses")):
        names.add(_SEE_ADDRESSES)
    required = {tuple(name.split(".", 1)) for name in names}
    permissions = Permission.objects.filter(content_type__app_label__in={app for app, _ in required}).select_related(
        "content_type"
    )
    group.permissions.set(
        permission for permission in permissions if (permission.content_type.app_label, permission.codename) in required
    )
    return group
