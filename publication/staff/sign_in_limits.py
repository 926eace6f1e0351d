"""How often a sign-in may be tried: budgets by client network and by known device (docs/decisions/sign-in-limits.md).

Tries are counted before the password is looked at. The database holds keyed hashes and numbers for a day at most: neither
what was typed nor from where. Kept there and not in memory, because every web process must count together and a restart
must not forget.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.crypto import salted_hmac

from publication import clock, retention
from publication.staff import sign_in_limits_sql as sql

LONGEST_NAME = 150  # of Django's accounts


@dataclass(frozen=True)
class Budget:
    """So many tries within a period that begins with the first."""

    most: int
    period: timedelta


QUARTER = timedelta(minutes=15)
# A device that has signed in to the account before. Nothing that others do counts here.
DEVICE = Budget(10, QUARTER)
# Everybody else: one account from one network, and one network over all accounts.
PAIR = Budget(5, QUARTER)
NETWORK = Budget(50, QUARTER)
# Guessing from many networks: after so many tries in a day from devices that the account does not know, each network has
# one try an hour for it. Never none: then whoever guesses could shut the owner out.
ATTACKED = Budget(30, timedelta(days=1))
PAIR_WHEN_ATTACKED = Budget(1, timedelta(hours=1))


def normal_name(typed: str) -> str:
    """The name of an account as it is stored and looked up: Unicode's compatibility form, without space around it."""
    # Nothing longer is the name of an account, and normalising megabytes costs seconds.
    return str(User.normalize_username(typed[: LONGEST_NAME + 1].strip())).strip()


def account_key(typed: str) -> str:
    """One key for every spelling that could mean the same account, capitals and small letters too."""
    return _hashed("account", normal_name(typed).casefold())


def _hashed(*parts: str) -> str:
    return salted_hmac("mailroom.sign-in", "\n".join(parts), algorithm="sha256").hexdigest()[:32]


@dataclass(frozen=True)
class SignInTry:
    """One try to sign in: `account` as account_key gives it, the client's `network`, and the `device` if the account knows it."""

    account: str
    network: str
    device: str = ""

    def admit(self) -> int:
        """Count this try. 0: go on and look at the password; else the seconds to wait, and nothing was counted."""
        now = clock.now()
        found = sql.counts([self._own, self._network, self._attacked])
        budgets = self._budgets(attacked=_wait(ATTACKED, found.get(self._attacked), now) > 0)
        # Looked at first: a try that is refused must use up nothing, and a budget that is used up costs no write.
        if wait := max(_wait(budget, found.get(key), now) for key, _, budget in budgets):
            return wait
        taken: list[str] = []
        for key, account, budget in budgets:
            if not sql.take(key, account, budget.most, budget.period, now):
                for each in taken:
                    sql.give_back(each)
                return math.ceil(budget.period.total_seconds())
            taken.append(key)
        if not self.device:
            sql.take(self._attacked, self.account, 2**31 - 1, ATTACKED.period, now)
        return 0

    def succeed(self) -> None:
        """The right password: earlier failures of this device or network for this account count no more."""
        sql.forget([self._own])
        if not self.device:
            # Of the others only this try: who has an account of their own must not clear the way for guessing at others.
            sql.give_back(self._network)
            sql.give_back(self._attacked)

    def _budgets(self, *, attacked: bool) -> list[tuple[str, str, Budget]]:
        """The key, the account and the limits of each count that this try needs room in."""
        if self.device:
            return [(self._own, self.account, DEVICE)]
        return [(self._network, "", NETWORK), (self._own, self.account, PAIR_WHEN_ATTACKED if attacked else PAIR)]

    @property
    def _own(self) -> str:
        kind, source = ("device", self.device) if self.device else ("pair", self.network)
        return _hashed(kind, self.account, source)

    @property
    def _network(self) -> str:
        return _hashed("network", self.network)

    @property
    def _attacked(self) -> str:
        return _attacked_key(self.account)


def _attacked_key(account: str) -> str:
    return _hashed("attacked", account)


def _wait(budget: Budget, count: tuple[datetime, int] | None, now: datetime) -> int:
    """Seconds until a budget has room again; 0 where it has."""
    if count is None or count[1] < budget.most:
        return 0
    left = (count[0] + budget.period - now).total_seconds()
    return math.ceil(left) if 0 < left <= 2 * budget.period.total_seconds() else 0


def attacked_accounts() -> dict[str, int]:
    """Accounts that are guessed at: name -> tries from unknown devices within a day."""
    names = list(User.objects.order_by("username").values_list("username", flat=True))
    keys = {name: _attacked_key(account_key(name)) for name in names}
    found = sql.counts(list(keys.values()))
    now = clock.now()
    return {name: found[key][1] for name, key in keys.items() if _wait(ATTACKED, found.get(key), now)}


def clear_tries(name: str) -> None:
    """Forget failures for an account: somebody in charge lets its owner in."""
    sql.forget_account(account_key(name))


def forget_old() -> int:
    """Remove counts after their time; the rows removed."""
    return sql.forget_before(clock.now() - retention.SIGN_IN_COUNTS)
