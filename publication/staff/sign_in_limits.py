"""Limits the number of sign-in tries: budgets by client network and by known device (docs/decisions/sign-in-limits.md).

Tries are counted before the password is checked. The database stores keyed hashes and numbers for a day at most, neither the
typed name nor the network. It is not kept in memory, because all web processes must share the counts, also after a restart.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.core.internal.cryptokit import normalize_user_code
from django.contrib.auth.models import User
from django.utils.crypto import salted_hmac

from publication import clock
from publication.staff import sign_in_limits_sql as sql

LONGEST_NAME = 150  # the column of Django's accounts


@dataclass(frozen=True)
class TryBudget:
    """A number of tries within a period that starts with the first try."""

    most: int
    period: timedelta


QUARTER = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=5)  # longer than any code of an authenticator app is accepted
# A device that has signed in to the account before. Tries of others do not count here.
DEVICE = TryBudget(10, QUARTER)
# All other devices: one account from one network, and one network over all accounts.
PAIR = TryBudget(5, QUARTER)
NETWORK = TryBudget(50, QUARTER)
# Guessing from many networks: after this many tries in a day from devices that the account does not know, each network gets
# one try an hour for the account. Never zero, because then an attacker could lock the owner out.
ATTACKED = TryBudget(30, timedelta(days=1))
PAIR_WHEN_ATTACKED = TryBudget(1, timedelta(hours=1))


def normal_name(typed: str) -> str:
    """The name of an account as it is stored and looked up: Unicode's compatibility form, without space around it."""
    # No account's name is longer, and normalising megabytes takes seconds.
    return str(User.normalize_username(typed[: LONGEST_NAME + 1].strip())).strip()


def account_key(typed: str) -> str:
    """One key for all spellings that could mean the same account, also in upper and lower case."""
    return _hashed("account", normal_name(typed).casefold())


def code_key(name: str) -> str:
    """The key of an account's codes of a second factor, whose tries are counted apart from those of its password."""
    return _hashed("code", normal_name(name).casefold())


def use_code(name: str, code: str) -> bool:
    """Note that a one-time code was used; False if it was used before, by any process and in any spelling that is accepted."""
    key = _hashed("used code", normal_name(name).casefold(), normalize_user_code(code))
    # Under no account: a new password clears the account's tries, and must not make a used code work again.
    return sql.take(key, "", 1, CODE_LIFE, clock.now())


def _hashed(*parts: str) -> str:
    return salted_hmac("mailroom.sign-in", "\n".join(parts), algorithm="sha256").hexdigest()[:32]


@dataclass(frozen=True)
class SignInTry:
    """One try to sign in: `account` as account_key or code_key gives it, the client's `network`, and the `device` if the account
    knows it.
    """

    account: str
    network: str
    device: str = ""

    def admit(self) -> int:
        """Count this try. Returns 0 to go on and check the password; else the seconds to wait, and nothing was counted."""
        now = clock.now()
        counts = sql.counts([self._own, self._network, self._attacked])
        budgets = self._budgets(attacked=_wait(ATTACKED, counts.get(self._attacked), now) > 0)
        # Checked first, because a rejected try must not use any budget, and an empty budget should cost no write.
        if wait := max(_wait(budget, counts.get(key), now) for key, _, budget in budgets):
            return wait
        taken: list[str] = []
        for key, account, budget in budgets:
            if not sql.take(key, account, budget.most, budget.period, now):
                for taken_key in taken:
                    sql.give_back(taken_key)
                return math.ceil(budget.period.total_seconds())
            taken.append(key)
        if not self.device:
            sql.take(self._attacked, self.account, 2**31 - 1, ATTACKED.period, now)
        return 0

    def succeed(self) -> None:
        """After the right password: reset the failures of this device or network for this account."""
        sql.forget([self._own])
        if not self.device:
            # From the shared counts subtract only this try, or an attacker with an account could reset them to guess others.
            sql.give_back(self._network)
            sql.give_back(self._attacked)

    def _budgets(self, *, attacked: bool) -> list[tuple[str, str, TryBudget]]:
        """The key, the account and the limits of each budget that this try uses."""
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


def _wait(budget: TryBudget, count: tuple[datetime, int] | None, now: datetime) -> int:
    """Seconds until a budget allows a try again; 0 if it does now."""
    if count is None or count[1] < budget.most:
        return 0
    left = (count[0] + budget.period - now).total_seconds()
    return math.ceil(left) if 0 < left <= 2 * budget.period.total_seconds() else 0


def admit_reset(address: str, network: str, of_address: TryBudget, of_network: TryBudget) -> tuple[int, bool]:
    """Count a request for a new password: the seconds that its network must wait, and whether its address may get a mail."""
    now = clock.now()
    key = _hashed("reset from", network)
    if wait := _wait(of_network, sql.counts([key]).get(key), now):
        return wait, False
    if not sql.take(key, "", of_network.most, of_network.period, now):
        return math.ceil(of_network.period.total_seconds()), False
    return 0, sql.take(_hashed("reset of", address.casefold()), "", of_address.most, of_address.period, now)


def attacked_accounts() -> dict[str, int]:
    """Accounts under attack: name -> tries from unknown devices within a day."""
    names = list(User.objects.order_by("username").values_list("username", flat=True))
    keys = {name: _attacked_key(account_key(name)) for name in names}
    counts = sql.counts(list(keys.values()))
    now = clock.now()
    return {name: counts[key][1] for name, key in keys.items() if _wait(ATTACKED, counts.get(key), now)}


def clear_tries(name: str) -> None:
    """Remove all counted tries for an account, so that its owner can sign in. Used codes stay used."""
    for key in (account_key(name), code_key(name)):
        sql.forget_account(key)
