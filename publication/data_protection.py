"""Declares how long records of the organisation and its staff are kept."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from publication.models import Invitation, ProcessHeartbeat, SignInCount, StaffMail
from publication.personal_data import PersonalField, declare, empty
from publication.retention import RETENTIONS, Retention, by_policy
from publication.staff import staff_mails

declare("publication.StaffMail", address=PersonalField(erased=""), parameters=PersonalField(erased=dict))

RETENTIONS["STAFF_MAIL_ADDRESSES"] = by_policy(
    "keep_staff_mail_addresses", "Addresses that mails to staff went to, after the mails have ended",
    lambda before: empty(StaffMail.objects.filter(ended_at__lt=before).exclude(address="")),
)  # fmt: skip
RETENTIONS["INVITATIONS"] = by_policy(
    "keep_invitations", "Addresses of invitations that were used, revoked or not used in time",
    lambda before: Invitation.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before)).delete()[0],
)  # fmt: skip
RETENTIONS["SIGN_IN_COUNTS"] = Retention(
    timedelta(days=1), "Counts of sign-in tries, and one-time codes that were used: keyed hashes and numbers",
    lambda before: SignInCount.objects.filter(began_at__lt=before).delete()[0],
)  # fmt: skip
RETENTIONS["PASSWORD_REQUESTS"] = Retention(
    timedelta(days=1), "Addresses without an account that asked for a new password: keyed hashes",
    lambda before: StaffMail.objects.filter(purpose=staff_mails.PASSWORD_RESET, account=None, created_at__lt=before).delete()[0],
)  # fmt: skip
RETENTIONS["HEARTBEATS"] = Retention(
    timedelta(days=1), "Processes that ended: kind, host, process id, version. The last one of each kind stays",
    lambda before: ProcessHeartbeat.objects.filter(
        Exists(ProcessHeartbeat.objects.filter(kind=OuterRef("kind"), seen_at__gt=OuterRef("seen_at"))), seen_at__lt=before
    ).delete()[0],
    by_database=True, is_personal=False,
)  # fmt: skip
