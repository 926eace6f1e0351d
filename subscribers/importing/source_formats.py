"""The files of other systems, and of Mailroom: by which columns each is recognised, and what its words mean.

One declaration: the importer, the choices of `--from`, docs/importing-people.md and the tests iterate over `FORMATS`. Facts are
from the systems' public documentation and source code, which that page names. Names of columns are squeezed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from subscribers.importing.csv_file import CsvFileError
from subscribers.importing.state_words import (
    BLOCKED,
    BOUNCED,
    COMPLAINED,
    CONFIRMED,
    INVALID,
    LEFT,
    LEFT_EVERYTHING,
    NOTHING,
    PENDING,
    REPEATEDLY_BOUNCED,
    StateColumn,
    StateMeaning,
    flag,
    meanings_by_word,
    squeezed,
)


def _columns(names: str) -> frozenset[str]:
    return frozenset(squeezed(name) for name in names.split(",")) - {""}


@dataclass(frozen=True)
class Shape:
    """Columns that a file must have, must not have, and, if `only` is not empty, the only ones that it may have."""

    required: frozenset[str]
    absent: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def fits(self, columns: Collection[str]) -> bool:
        return self.required <= set(columns) and not self.absent & set(columns) and (not self.only or set(columns) <= self.only)


@dataclass(frozen=True)
class SourceFormat:
    """One kind of file. Every row means `meaning`, or what its `states` columns say.

    `by_name`: the columns do not tell this file from others, so that `--from` must name it. `joined`, `dates`: the columns with
    the day of joining, and of the state where its column has none; the first that is filled counts. `explains`: columns whose
    texts go to the suppression. `ignored`: the system's own numbers; `unread`: other columns that Mailroom cannot read.
    `lenient`: details that cannot be used are left out.
    `stranger_prefix`: a file whose name begins so has the same columns, and people who never were on the list. `says_all`: a row
    of which no column says anything is refused.
    """

    name: str
    system: str
    shapes: tuple[Shape, ...]
    meaning: StateMeaning | None = None
    states: Mapping[str, StateColumn] | None = None
    email: str = "email"
    names: tuple[str, ...] = ("name",)
    country: str = ""
    joined: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    lenient: bool = True
    by_name: bool = False
    stranger_prefix: str = ""
    says_all: bool = False

    def fits(self, columns: Collection[str]) -> bool:
        return any(shape.fits(columns) for shape in self.shapes)

    @property
    def used(self) -> frozenset[str]:
        """The columns that are no attributes."""
        states = self.states or {}
        dates = (column.date for column in states.values())
        return self.ignored | {self.email, self.country, *self.names, *self.joined, *self.dates, *self.explains, *states, *dates}

    @property
    def may_confirm(self) -> bool:
        """Whether people can join by such a file, so that it needs a statement of their consent."""
        return any(meaning.state not in (None, LEFT.state) for meaning in self._meanings())

    @property
    def needs_list(self) -> bool:
        return any(meaning.state is not None and not meaning.known_only for meaning in self._meanings())

    def _meanings(self) -> list[StateMeaning]:
        columns = (self.states or {}).values()
        of_words = [meaning for column in columns for meaning in column.meanings.values()]
        of_dates = [column.on_date for column in columns if column.on_date is not None]
        return [*of_words, *of_dates, *([self.meaning] if self.meaning is not None else [])]


_LISTMONK_SHAPE = (Shape(_columns("uuid, email, name, attributes, status, created at, updated at")),)


def _listmonk(name: str, enabled: StateMeaning, **more: object) -> SourceFormat:
    """`enabled` is a state of the person, not of a subscription: it means what the file was filtered by."""
    meant = meanings_by_word(on=(enabled, "enabled"), off=(LEFT, "disabled"), blocked=(BLOCKED, "blocklisted, blacklisted"))
    return SourceFormat(
        name, "listmonk", _LISTMONK_SHAPE, states={"status": StateColumn(meant, date="updatedat")},
        joined=("createdat",), ignored=_columns("uuid"), unread=_columns("attributes"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


_MAILCHIMP_ALL = _columns("email address, optin time, leid, euid")
_MAILCHIMP_IGNORED = _columns(
    "member rating, optin ip, confirm ip, latitude, longitude, gmtoff, dstoff, timezone, region, last changed, leid, euid,"
    "unsub time, unsub campaign title, unsub campaign id, unsub reason, unsub reason other, clean time, clean campaign title,"
    "clean campaign id"
)
_SPAM = StateColumn(
    meanings_by_word(
        spam=(
            COMPLAINED,
            "spam, abuse, abuse complaint, abuse report, spam complaint, spam report, reported as spam, marked as spam,"
            "the emails are spam and should be reported",
        )
    ),
    NOTHING,
    NOTHING,
)


def _mailchimp(name: str, required: str, absent: str, meaning: StateMeaning | None, **more: object) -> SourceFormat:
    return SourceFormat(
        name, "Mailchimp", (Shape(_MAILCHIMP_ALL | _columns(required), _columns(absent)),), meaning,
        email="emailaddress", names=("firstname", "lastname"), country="cc", joined=("confirmtime", "optintime"),
        ignored=_MAILCHIMP_IGNORED, **more,  # type: ignore[arg-type]
    )  # fmt: skip


# Six files with two to four of the same columns. With a reason the file stays one of them if columns were added.
_SENDGRID_COLUMNS = _columns("email, created, reason, status, ip")


def _sendgrid(name: str, meaning: StateMeaning, never: str) -> SourceFormat:
    """`never`: columns of the other files, which a file of this kind does not have."""
    absent = _columns(never)
    shapes = [Shape(_columns("email, created"), absent, only=_SENDGRID_COLUMNS)]
    if "reason" not in absent:
        shapes.append(Shape(_columns("email, created, reason"), absent))
    return SourceFormat(
        f"sendgrid-{name}", "SendGrid", tuple(shapes), meaning, dates=("created",), explains=("status", "reason"),
        ignored=_columns("ip"), by_name=True,
    )  # fmt: skip


_MAUTIC_IGNORED = _columns(
    "id, contact id, points, preferred locale, timezone, attribution, attribution date, facebook, foursquare, instagram,"
    "linkedin, skype, twitter, last active, date last active, owner, owner id, stage, ip address, date identified, date added,"
    "channel id, dnc channel id"
)
_CONTACTABLE = meanings_by_word(yes=(NOTHING, "contactable, dnc contactable, 0"))
_DNC = meanings_by_word(
    left=(LEFT, "unsubscribed, dnc unsubscribed, unsubscribed: email, dnc unsubscribed: email, 1"),
    bounced=(BOUNCED, "bounced, dnc bounced, bounced: email, dnc bounced: email, 2"),
    manual=(
        BLOCKED,
        "manual, manually unsubscribed, dnc manually unsubscribed, manually unsubscribed: email,"
        "dnc manually unsubscribed: email, manual: email, dnc manual: email, 3",
    ),
)
# Mautic keeps a list for each channel; a contact who gets no text messages may get mail.
_OTHER_CHANNEL = meanings_by_word(
    other=(
        CONFIRMED,
        "dnc unsubscribed: text message, dnc bounced: text message, dnc manually unsubscribed: text message, contactable,"
        "dnc contactable, 0",
    )
)
_MAUTIC_STATES = {
    "donotcontact": flag(BLOCKED), "donotemail": flag(BLOCKED), "dnc": flag(BLOCKED),
    "dncpreferences": StateColumn(_DNC | _OTHER_CHANNEL, CONFIRMED),
    "dncpreference": StateColumn(_DNC | _OTHER_CHANNEL, CONFIRMED),
}  # fmt: skip
_REPORTED = StateColumn(_DNC | _CONTACTABLE)
_CHANNEL = StateColumn(meanings_by_word(mail=(NOTHING, "email, emails")), NOTHING)

_OWN_REASONS = meanings_by_word(
    bounced=(BOUNCED, "hard bounce"), soft=(REPEATEDLY_BOUNCED, "soft bounces"), invalid=(INVALID, "invalid"),
    complaint=(StateMeaning(reason=COMPLAINED.reason), "complaint"), manual=(BLOCKED, "manual, domain"),
    provider=(StateMeaning(reason=LEFT_EVERYTHING.reason), "provider unsubscribe"),
)  # fmt: skip

_ALL = (
    SourceFormat(
        "mailroom", "Mailroom", (Shape(_columns("email, name, language, country, joined, state")),),
        states={
            "state": StateColumn(
                meanings_by_word(on=(CONFIRMED, "confirmed"), asked=(PENDING, "pending"), left=(LEFT, "unsubscribed")),
                date="stateat",
            ),
            "suppression": StateColumn(_OWN_REASONS, NOTHING, date="suppressionat"),
        },
        country="country", joined=("joined",), lenient=False,
    ),
    _listmonk("listmonk", CONFIRMED),
    _listmonk("listmonk-unsubscribed", LEFT, by_name=True),
    _listmonk("listmonk-unconfirmed", PENDING, by_name=True),
    _mailchimp("mailchimp-subscribed", "", "unsub time, clean time", CONFIRMED, stranger_prefix="nonsubscribed"),
    _mailchimp(
        "mailchimp-unsubscribed", "unsub time", "clean time", LEFT, dates=("unsubtime", "lastchanged"),
        states={"unsubreason": _SPAM}, explains=("unsubreason",),
    ),
    _mailchimp(
        "mailchimp-cleaned", "clean time", "unsub time", BOUNCED, dates=("cleantime", "lastchanged"),
        explains=("cleancampaigntitle",),
    ),
    # One table of several statuses: only a row with a time says which it is of.
    _mailchimp(
        "mailchimp-segment", "unsub time, clean time", "", None,
        states={
            "unsubtime": StateColumn({}, NOTHING, on_date=LEFT), "cleantime": StateColumn({}, NOTHING, on_date=BOUNCED),
            "unsubreason": _SPAM,
        },
        says_all=True,
    ),
    SourceFormat(
        "ghost", "Ghost", (Shape(_columns("id, email, subscribed to emails, complimentary plan, created at")),),
        states={
            "subscribedtoemails": StateColumn(meanings_by_word(on=(CONFIRMED, "true, 1"), off=(LEFT, "false, 0"))),
            "deletedat": StateColumn({}, NOTHING, on_date=LEFT),
        },
        joined=("createdat",),
        ignored=_columns("id, complimentary plan, stripe customer id, gift id"),
    ),
    SourceFormat(
        "keila", "Keila", (Shape(_columns("email, first name, last name, data, status")),),
        states={
            "status": StateColumn(
                meanings_by_word(on=(CONFIRMED, "active"), left=(LEFT, "unsubscribed"), bounced=(BOUNCED, "unreachable"))
            )
        },
        names=("firstname", "lastname"), ignored=_columns("external id, double opt in at, inserted at, updated at"),
        unread=_columns("data"),
    ),
    SourceFormat(
        "sendgrid-contacts", "SendGrid",
        (Shape(_columns("email, first name, last name, created at, updated at, contact id")),), CONFIRMED,
        names=("firstname", "lastname"), joined=("createdat",),
        ignored=_columns(
            "updated at, contact id, phone number id, external id, anonymous id, unique name, alternate emails, primary list,"
            "whatsapp, line, facebook"
        ),
    ),
    _sendgrid("unsubscribes", LEFT_EVERYTHING, "reason, status, ip"),
    _sendgrid("group-unsubscribes", LEFT, "reason, status, ip"),
    _sendgrid("bounces", BOUNCED, "ip"),
    _sendgrid("blocks", REPEATEDLY_BOUNCED, "ip"),
    _sendgrid("spam-reports", COMPLAINED, "reason, status"),
    _sendgrid("invalid-emails", INVALID, "status, ip"),
    SourceFormat(
        "mautic-do-not-contact", "Mautic",
        (Shape(_columns("email, dnc reason")), Shape(_columns("email, reason, date added, channel"))),
        states={"dncreason": _REPORTED, "reason": _REPORTED, "dncchannel": _CHANNEL, "channel": _CHANNEL},
        names=("firstname", "lastname"), dates=("dncdateadded", "dateadded"), ignored=_MAUTIC_IGNORED,
        explains=("dnccomment", "dnccomments", "comments"),
    ),
    SourceFormat(
        "mautic-contacts", "Mautic", (Shape(_columns("email, firstname, lastname, points")),), CONFIRMED,
        states=_MAUTIC_STATES, names=("firstname", "lastname"), joined=("dateadded", "dateidentified"), ignored=_MAUTIC_IGNORED,
    ),
)  # fmt: skip
FORMATS: Mapping[str, SourceFormat] = {source_format.name: source_format for source_format in _ALL}
# Files that say nothing about who left, in versions that still exist; the newer export of the same system does.
STATELESS = {"keila": Shape(_columns("email, first name, last name, data"), absent=_columns("status"))}


def recognise(columns: Collection[str], named: str | None, file_name: str) -> SourceFormat | None:
    """The format of a file with these squeezed columns; None for a plain table. Raises CsvFileError.

    `named` must fit the columns, and is required if they fit several formats.
    """
    if named is not None:
        chosen = FORMATS[named]
        if not chosen.fits(columns):
            present = set(columns)
            if surplus := [
                shape.absent & present for shape in chosen.shapes if shape.required <= present and shape.absent & present
            ]:
                raise CsvFileError("contradicting_format", format=named, columns=sorted(surplus[0]))
            missing = min((shape.required - set(columns) for shape in chosen.shapes), key=len)
            raise CsvFileError("other_format", format=named, columns=sorted(missing) or sorted(chosen.shapes[0].required))
    else:
        chosen_or_none = next(
            (source_format for source_format in _ALL if not source_format.by_name and source_format.fits(columns)), None
        )
        if chosen_or_none is None:
            if several := [source_format.name for source_format in _ALL if source_format.by_name and source_format.fits(columns)]:
                raise CsvFileError("which_format", choices=several)
            if system := next((name for name, shape in STATELESS.items() if shape.fits(columns)), None):
                raise CsvFileError("stateless", system=FORMATS[system].system)
            return None
        chosen = chosen_or_none
    if chosen.stranger_prefix and file_name.lower().startswith(chosen.stranger_prefix):
        raise CsvFileError("strangers", system=chosen.system, path=file_name)
    return chosen
