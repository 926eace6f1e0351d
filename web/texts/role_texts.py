"""The roles of staff in words: their names, and what each may do."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

# Who sees people: `subscribers.see_addresses`.
_SEEN = _("see the addresses, names and details of people")
_MASKED = _("see of people only masked addresses, and no names")
# role -> (its name, what it may do besides looking)
WORDS: dict[str, tuple[str | Promise, tuple[str | Promise, ...]]] = {
    "editor": (
        _("author"),
        (_("write and correct issues, add pictures"), _("comment, ask for reviews"), _MASKED),
    ),
    "proofreader": (
        _("proofreader"),
        (_("read issues"), _("comment, approve issues or request changes"), _MASKED),
    ),
    "publisher": (
        _("publisher"),
        (
            _("everything that an author may do"),
            _("finish or cancel imports of documents that other people began"),
            _("approve issues or request changes, also let people without an account approve"),
            _("create, schedule, send, pause and cancel campaigns, send test mails"),
            _("decide about uncertain recipients"),
            _("create, change and delete segments"),
            _("put issues that were sent before Mailroom was in use into the archive"),
            _SEEN,
        ),
    ),
    "list-manager": (
        _("list manager"),
        (
            _("find, add, change, unsubscribe, merge and erase people, and hand out their data"),
            _("manage lists, attributes, segments, suppressions and imports of people"),
            _SEEN,
        ),
    ),
    "admin": (
        _("admin"),
        (
            _("invite staff and give roles"),
            _("create, change and delete segments"),
            _("change the publication, its policies and its senders, on the command line"),
            _("put issues that were sent before Mailroom was in use into the archive"),
            _SEEN,
        ),
    ),
    "auditor": (_("auditor"), (_("read everything, also the accounts of staff"), _SEEN)),
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


def explained() -> list[tuple[str, list[str]]]:
    return [(str(title), [str(permission) for permission in may]) for title, may in WORDS.values()]
