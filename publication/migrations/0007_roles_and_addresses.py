"""Rename roles, and make the addresses of staff unique.

Nobody loses a right, and every account can sign in as before. Addresses that several accounts share stay with the account that
signed in last; the others are left without one. Each of them is named in the log and in the audit.
"""

import logging

from django.conf import settings
from django.db import migrations
from django.db.models import F
from django.utils import timezone

log = logging.getLogger("mailroom.migrations")


def rename_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for old, new in (("viewer", "auditor"), ("registrar", "list-manager")):
        if not Group.objects.filter(name=new).exists():
            Group.objects.filter(name=old).update(name=new)
    chief = Group.objects.filter(name="chief").first()
    if chief is None:
        return
    # Their permissions are set when the migrations are over (publication.staff.roles); until then the old ones hold.
    both = [Group.objects.get_or_create(name=name)[0] for name in ("publisher", "override-checks")]
    both[1].permissions.add(*chief.permissions.filter(codename="override_checks"))
    both[0].permissions.add(*chief.permissions.exclude(codename="override_checks"))
    for account in chief.user_set.all():
        account.groups.add(*both)
    chief.delete()


def report_addresses(apps, schema_editor):
    User = apps.get_model("auth", "User")
    owners, blank, shared = {}, [], []
    for account in User.objects.order_by(F("is_active").desc(), F("last_login").desc(nulls_last=True), "pk"):
        address = account.email.strip()
        if not address:
            blank.append(account)
        elif address.lower() in owners:
            shared.append((account, owners[address.lower()]))
        else:
            owners[address.lower()] = account
        if address != account.email:
            User.objects.filter(pk=account.pk).update(email=address)
    for account in blank:
        log.warning("the account %s has no address: it cannot get a link for a new password", account.username)
    for account, owner in shared:
        log.warning("the account %s had the address of %s: it has none now", account.username, owner.username)
        _record(apps, account, owner)
        User.objects.filter(pk=account.pk).update(email="")


def _record(apps, account, owner):
    actor, _ = apps.get_model("publication", "Actor").objects.get_or_create(kind="system", name="mailroom")
    apps.get_model("publication", "Audit").objects.create(
        at=timezone.now(), actor=actor, verb="remove_shared_address", object_kind="user", object_id=str(account.pk),
        detail={"account": account.username, "shared_with": owner.username},
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("publication", "0006_staff_mails"),
    ]
    operations = [
        migrations.RunPython(rename_roles, migrations.RunPython.noop),
        migrations.RunPython(report_addresses, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX staff_address ON auth_user (lower(email)) WHERE email <> ''",
            "DROP INDEX staff_address",
        ),
    ]
