"""Random changes of settings by four roles, with pages that are out of date and forged values.

After each request, what changed in the database is what the audit's new line says, and what was refused has no line.
"""

from __future__ import annotations

import random

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from publication import audit, policies
from publication.installation import publication
from publication.models import Audit, StaffMail
from publication.staff import accounts
from tests.support.variations import first
from tests.web.conftest import PASSWORD
from web.texts.settings import policy_texts, retention_texts

pytestmark = pytest.mark.django_db
STEPS = 300
ROLES = ("admin", "auditor", "publisher", "editor")
PERIODS = tuple(name for name in policies.POLICIES if name.startswith(policies.PERIODS))
CHANGEABLE = (*policy_texts.TEXTS, *PERIODS)


def state() -> tuple[dict[str, object], dict[str, tuple[bool, tuple[str, ...]]]]:
    """The policies that apply, and each account with its roles."""
    people = User.objects.order_by("pk").prefetch_related("groups")
    named = {person.username: (person.is_active, tuple(sorted(group.name for group in person.groups.all()))) for person in people}
    return policies.all_values(publication()), named


@pytest.mark.parametrize("seed", first(range(20)))
def test_every_change_has_its_line_with_before_and_after_and_a_refusal_has_none(seed):
    chance = random.Random(seed)
    clients = {}
    for name, role in (*((role, role) for role in ROLES), ("second", "admin"), ("third", "editor")):
        account = accounts.add_staff(audit.system(), name, f"{name}@cast.example", PASSWORD, roles=(role,))
        Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={})  # one of the policies asks for it
        clients[name] = Client()
        clients[name].force_login(account)
    numbers = dict(User.objects.values_list("username", "pk"))
    happened = 0
    for _ in range(STEPS):
        name = chance.choice(("admin", *ROLES, "second"))
        before, last = state(), Audit.objects.order_by("-id").first().pk
        mailed = StaffMail.objects.filter(purpose="policy_weakened").count()
        is_admin = before[1][name] == (True, ("admin",))
        client = clients[name]
        if not client.get("/console/account/").context:  # signed out by a change of roles
            client.force_login(User.objects.get(username=name))
        if chance.random() < 0.85:
            address, given = _policy(chance, before[0])
        else:
            address = f"/console/staff/{numbers[chance.choice(list(numbers))]}/"
            given = {"step": chance.choice(("roles", "block", "unblock")), "role": chance.choice(ROLES), "confirmed": "yes"}
        answer = client.post(address, given)
        after = state()
        lines = list(Audit.objects.filter(pk__gt=last).order_by("pk"))
        assert answer.status_code in (200, 302, 403, 409, 422), (address, given)
        assert len(lines) == (after != before), (address, given, lines)
        assert is_admin or after == before, (name, address, given)
        assert any(is_active and "admin" in names for is_active, names in after[1].values()), "somebody can still change it"
        assert all(after[0][period] >= policies.POLICIES[period].lowest for period in PERIODS)
        changed = {policy: (before[0][policy], value) for policy, value in after[0].items() if value != before[0][policy]}
        for line in lines:
            happened += 1
            assert line.actor.name == name
            if line.verb == "change_publication":
                was, became = line.detail["before"]["policies"], line.detail["after"]["policies"]
                assert {policy: (was[policy], value) for policy, value in became.items()} == changed
            else:
                assert line.verb in ("change_roles", "disable_staff", "enable_staff")
        weakened = any(policies.weakens(policy, *values) for policy, values in changed.items())
        assert (StaffMail.objects.filter(purpose="policy_weakened").count() > mailed) == weakened
    assert happened > STEPS // 20


def _policy(chance: random.Random, current: dict[str, object]) -> tuple[str, dict[str, str]]:
    """The address and the fields of a form about a policy, some of them forged or out of date."""
    if chance.random() < 0.05:
        return "/console/settings/policies/suggestion/", {"answer": chance.choice(("need", "never", "x"))}
    policy = chance.choice(CHANGEABLE)
    offered = (policy_texts.TEXTS.get(policy) or retention_texts.text_of(policy)).offered
    value = chance.choice([*map(str, offered), "0", "-1", "1e9", "nan", ""] if chance.random() < 0.2 else [*map(str, offered)])
    seen = str(current[policy]) if chance.random() < 0.9 else "0"
    area = "retention" if policy in PERIODS else "policies"
    given = {"value": value, "seen": seen} | ({"confirmed": "yes"} if chance.random() < 0.7 else {})
    return f"/console/settings/{area}/{policy}/", given
