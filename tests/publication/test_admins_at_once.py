"""Two admins who act against each other at the same moment."""

import pytest
from django.contrib.auth.models import User

from publication import audit
from publication.models import Actor
from publication.staff import accounts
from publication.staff.accounts import StaffAccountError
from tests.support.at_once import during
from tests.support.variations import first

pytestmark = pytest.mark.django_db(transaction=True)


def admin(name: str) -> Actor:
    return audit.staff(accounts.add_staff(audit.system(), name, "", "a long enough one", roles=("admin",)))


@pytest.mark.parametrize("others", first((0, 1), 2), ids=["two admins", "three"])
@pytest.mark.parametrize("block", first((True, False)), ids=["block", "roles"])
def test_two_admins_who_remove_each_other_at_once_leave_one(block, others):
    ana, bo = admin("ana"), admin("bo")
    for number in range(others):
        admin(f"other{number}")

    def remove(actor: Actor, name: str):
        return accounts.disable_staff(actor, name) if block else bool(accounts.change_roles(actor, name, ["editor"]))

    done, refused = during(lambda: remove(ana, "bo"), accounts, "lost_rights", lambda: remove(bo, "ana"))
    assert done is True
    assert isinstance(refused, StaffAccountError)
    assert refused.code == "permission", "who is no admin any more removes nobody"
    assert User.objects.filter(is_active=True, groups__name="admin").count() == 1 + others
