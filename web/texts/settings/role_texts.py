"""The roles of staff in words: their names, and what each may do."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from publication.staff import roles

_SEEN = _("see the addresses, names and details of people")
_MASKED = _("see of people only masked addresses, and no names")
_TESTERS = _("manage the groups of people who get test mails")
# role -> (its name, what it may do besides looking)
WORDS: dict[str, tuple[str | Promise, tuple[str | Promise, ...]]] = {
    "editor": (
        _("author"),
        (_("write and correct issues, add pictures"), _("comment, ask for reviews")),
    ),
    "proofreader": (
        _("proofreader"),
        (_("read issues"), _("comment, approve issues or request changes")),
    ),
    "publisher": (
        _("publisher"),
        (
            _("everything that an author may do"),
            _("finish or cancel imports of documents that other people began"),
            _("approve issues or request changes, also let people without an account approve"),
            _("create, schedule, send, pause and cancel campaigns, send test mails"),
            _TESTERS,
            _("add senders, confirm and change them"),
            _("decide about uncertain recipients"),
            _("create, change and delete segments"),
            _("put issues that were sent before Mailroom was in use into the archive"),
        ),
    ),
    "list-manager": (
        _("list manager"),
        (
            _("find, add, change, unsubscribe, merge and erase people, and hand out their data"),
            _("manage lists, attributes, segments, suppressions and imports of people"),
        ),
    ),
    "admin": (
        _("admin"),
        (
            _("invite staff and give roles"),
            _("create, change and delete segments"),
            _("make a new password for somebody who has no mail"),
            _("lift suppressions, also after a complaint, if the person asks for it"),
            _("change the policies, and how long personal data is kept"),
            _("change the publication and its senders, see what the email provider says about the account"),
            _("read the audit"),
            _("put issues that were sent before Mailroom was in use into the archive"),
            _TESTERS,
        ),
    ),
    "auditor": (_("auditor"), (_("read everything, also the settings, the accounts of staff and the audit"),)),
    "override-checks": (
        _("override checks"),
        (_("in addition to another role: let a campaign be sent although checks found errors, with a reason"),),
    ),
}


def name(role: str) -> str:
    return str(WORDS[role][0]) if role in WORDS else role


def names(roles: Iterable[str]) -> str:
    return _now(", ").join(name(role) for role in sorted(roles, key=lambda role: [*WORDS, role].index(role)))


def choices() -> list[tuple[str, str]]:
    return [(role, name(role)) for role in WORDS]


def explained(who_sees: str) -> list[tuple[str, str, list[str]]]:
    """Each role with its name and what it may do. `who_sees`: the policy `see_addresses`, which decides who sees people."""
    lines = []
    for role, (title, may) in WORDS.items():
        seeing = [_SEEN if roles.sees_addresses(role, who_sees) else _MASKED] if roles.sees_addresses(role, "all") else []
        lines.append((role, str(title), [str(ability) for ability in (*may, *seeing)]))
    return lines
