"""Words and columns that say whether somebody is on a list: what each means here, in any file.

A column is about the subscription if its name says so, or if any of its cells is a word of somebody who is not mailed. The
words of one system are in `source_formats`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from subscribers.models import Subscription, Suppression

State, Reason = Subscription.State, Suppression.Reason
# Weakest first: of two columns of one row the stronger state counts.
_STATES = (None, State.CONFIRMED, State.PENDING, State.UNSUBSCRIBED)
_REASONS = (
    None, Reason.SOFT_BOUNCES, Reason.INVALID, Reason.HARD_BOUNCE, Reason.PROVIDER_UNSUBSCRIBE, Reason.MANUAL, Reason.COMPLAINT,
)  # fmt: skip


class Meaning(NamedTuple):
    """The state of a subscription (None: nothing is said of it), and why the address is suppressed.

    `known_only`: the state ends a subscription that exists, and creates none.
    """

    state: str | None = None
    reason: str | None = None
    known_only: bool = False

    @property
    def negative(self) -> bool:
        """Whether the person must not get mail."""
        return self.reason is not None or self.state == State.UNSUBSCRIBED


NOTHING = Meaning()
CONFIRMED, PENDING, LEFT = Meaning(State.CONFIRMED), Meaning(State.PENDING), Meaning(State.UNSUBSCRIBED)
BOUNCED, REPEATEDLY_BOUNCED = Meaning(reason=Reason.HARD_BOUNCE), Meaning(reason=Reason.SOFT_BOUNCES)
INVALID, BLOCKED = Meaning(reason=Reason.INVALID), Meaning(reason=Reason.MANUAL)
COMPLAINED = Meaning(State.UNSUBSCRIBED, Reason.COMPLAINT, known_only=True)
LEFT_EVERYTHING = Meaning(State.UNSUBSCRIBED, Reason.PROVIDER_UNSUBSCRIBE, known_only=True)


def squeezed(text: str) -> str:
    """A column's name or a word without what spellings differ in: case, width, spaces, hyphens, underscores, full stops."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character not in " _-.:*\u00a0'")


def words(**spellings: tuple[Meaning, str]) -> dict[str, Meaning]:
    """`name=(meaning, "word, another word")` as squeezed word -> meaning."""
    return {squeezed(word): meaning for meaning, text in spellings.values() for word in text.split(",")}


# What other programs and Chinese registers write. Words that a register uses for something else (left, inactive, deleted,
# retired) are missing on purpose.
NEGATIVE = words(
    left=(
        LEFT,
        "unsubscribed, unsubscribe, opted out, opt out, disabled, 退订, 已退订, 取消订阅, 已取消订阅",
    ),
    pending=(PENDING, "pending, unconfirmed, not confirmed, 待确认, 未确认"),
    bounced=(BOUNCED, "bounced, bounce, hard bounced, hard bounce, cleaned, unreachable, undeliverable, 退信, 硬退信, 已退信"),
    repeatedly=(REPEATEDLY_BOUNCED, "soft bounced, soft bounce, soft bounces, 软退信"),
    invalid=(INVALID, "invalid, invalid email, invalid address, 无效, 无效地址"),
    complained=(
        COMPLAINED,
        "complained, complaint, spam, spam report, spam reported, spam complaint, abuse, abuse complaint, 投诉, 已投诉",
    ),
    provider=(LEFT_EVERYTHING, "provider unsubscribe, globally unsubscribed, global unsubscribe"),
    blocked=(
        BLOCKED,
        "blocked, blocklisted, blocklist, blacklisted, blacklist, suppressed, do not contact, do not email, do not mail, dnc,"
        "黑名单, 已屏蔽, 已拉黑, 屏蔽",
    ),
)
ALL = NEGATIVE | words(positive=(CONFIRMED, "confirmed, subscribed, active, enabled, 已确认, 已订阅, 正常"))
_YES, _NO = frozenset({"yes", "y", "true", "1", "on", "是"}), frozenset({"no", "n", "false", "0", "off", "否"})


@dataclass(frozen=True)
class StateColumn:
    """A column that says the state: what each word means, an empty cell, and any other word (None: the row is refused).

    `on_date`: any day or moment in the cell means this, and is its date. `date`: the column with the date.
    """

    words: Mapping[str, Meaning]
    empty: Meaning | None = None
    other: Meaning | None = None
    on_date: Meaning | None = None
    date: str = ""

    def read(self, cell: str) -> Meaning | None:
        """The meaning of a cell, which may have several words with commas between; None if it is not known."""
        if not cell:
            return self.empty
        if (meaning := self.words.get(squeezed(cell))) is None and "," in cell:
            several = [self.words.get(squeezed(word)) for word in cell.split(",")]
            if None not in several:
                return together([each for each in several if each is not None])
        return meaning or self.other


def flag(yes: Meaning, no: Meaning = CONFIRMED, *, empty: Meaning | None = CONFIRMED) -> StateColumn:
    """A column with yes or no, or with the date of the yes."""
    meant = dict.fromkeys(_YES, yes) | dict.fromkeys(_NO, no)
    return StateColumn({**ALL, **meant}, empty, on_date=yes)


def _named(column: StateColumn, names: str) -> dict[str, StateColumn]:
    return dict.fromkeys(map(squeezed, names.split(",")), column)


# Columns whose name says that they are about the subscription, whatever they contain.
BY_NAME: Mapping[str, StateColumn] = {
    **_named(
        flag(LEFT),
        "unsubscribed, unsubscribe, opted out, opt out, unsubscribed at, unsubscribe time, unsub time, opted out at,"
        "opt out time,"
        "date unsubscribed, is unsubscribed, email opt out, email opted out, 退订, 是否退订, 退订时间, 退订日期",
    ),
    **_named(flag(BOUNCED), "bounced, is bounced, hard bounced, bounced at, clean time, cleaned at, 退信, 是否退信"),
    **_named(flag(COMPLAINED), "complained, is complained, complained at, spam report, 投诉, 是否投诉"),
    **_named(
        flag(BLOCKED),
        "blocked, blocklisted, blacklisted, suppressed, do not contact, do not email, do not mail, dnc, is blocked, 黑名单,"
        "是否黑名单",
    ),
    **_named(
        flag(CONFIRMED, LEFT, empty=None),
        "subscribed, is subscribed, subscribed to emails, opt in, opted in, email opt in, 是否订阅, 订阅状态",
    ),
}  # fmt: skip


def in_columns(rows: Iterable[Sequence[str]], candidates: Iterable[int]) -> set[int]:
    """The positions among `candidates` in which any cell is a word of NEGATIVE. Reads all rows in constant memory."""
    left, found = set(candidates), set[int]()
    longest = 30  # characters; longer cells are no word, and are not squeezed
    known: dict[str, bool] = {}
    for row in rows:
        width = len(row)
        for at in left:
            if at < width and 1 < len(cell := row[at]) <= longest:
                if (hit := known.get(cell)) is None:
                    hit = squeezed(cell) in NEGATIVE
                    if len(known) < 10_000:
                        known[cell] = hit
                if hit:
                    found.add(at)
        left -= found
        if not left:
            break
    return found


def together(meanings: Iterable[Meaning]) -> Meaning:
    """What several columns of one row say: the stronger state, and the strongest reason.

    Somebody whose address is suppressed is neither confirmed nor asked.
    """
    several = list(meanings)
    state = max((each.state for each in several), key=_STATES.index, default=None)
    reason = max((each.reason for each in several), key=_REASONS.index, default=None)
    if reason is not None and state != State.UNSUBSCRIBED:
        return Meaning(None, reason)
    ending = [each for each in several if each.state == state]
    return Meaning(state, reason, known_only=bool(ending) and all(each.known_only for each in ending))
