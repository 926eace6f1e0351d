"""Declares the personal data in the tables of people, and how long their records are kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from publication import audit
from publication.personal_data import BY_CODE, QUOTES, PersonalField, declare, same
from publication.retention import RETENTIONS, Retention, by_policy
from subscribers import addresses, attributes, request_counts, tokens
from subscribers.consent import address_changes, erasing, ledger
from subscribers.consent.erasing import ErasedPerson
from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText, mask_address
from subscribers.importing import undo, undo_sql
from subscribers.importing.runs import forgetting, import_runs
from subscribers.models import NetworkCount, PeopleActionMember, SignUpHour
from subscribers.people import export_files, export_files_sql
from subscribers.signals import address_forgotten, erasure_begins, people_erased

_LIST = PersonalField({"list": "slug", "list_name": "name"})


def _without_staff(detail: dict[str, Any]) -> dict[str, Any]:
    """The detail of a line of the ledger for the person: who of staff caused it is no data about them."""
    return {name: value for name, value in detail.items() if name != ledger.STAFF}


declare(
    "subscribers.Subscriber",
    "erased_at merged_into",
    id=PersonalField("id"),
    address=PersonalField("address", None),
    address_key=PersonalField(erased=addresses.random_key),  # so that nothing links the record to the address
    domain=PersonalField(erased=""),
    name=PersonalField("name", "", "fill"),
    language=PersonalField("language", "", "fill"),
    country=PersonalField("country", "", "fill"),
    zone=PersonalField("time_zone", "", "fill"),
    attributes=PersonalField({"attributes": dict, "attribute_labels": attributes.labels}, dict, "unite"),
    created_at=PersonalField("created_at"),
    measured_since=PersonalField("measured_since", None),  # a merge keeps the agreement of the record that stays
    soft_bounces=PersonalField("soft_bounces", 0),
    paused_until=PersonalField("paused_until", None, "later"),
    left_all_at=PersonalField("left_all_at", None),  # merging sets it together with the subscriptions
)
declare(
    "subscribers.Subscription",
    "id welcome_due",
    list=_LIST,
    subscriber=PersonalField("record"),
    **same("state source", merge="take"),
    consent=PersonalField("consent", merge="take", quotes=True),
    measuring_wish=PersonalField("measuring_wish", merge="take"),
    created_at=PersonalField("requested_at", merge="take"),
    **same("joined_at confirmed_at unsubscribed_at unsubscribed_how unsubscribed_reason", merge="take"),
    unsubscribed_comment=PersonalField("unsubscribed_comment", merge="take", quotes=True),
    unsubscribed_campaign=PersonalField("unsubscribed_campaign", merge="take"),
)
declare(
    "subscribers.ConsentRecord", "id",  # rows cannot be changed: `ledger` stores them without addresses
    **same("at act"), list=_LIST, **same("source proof"),
    wording=PersonalField({"wording": "text", "wording_language": "language"}), subscriber_id=PersonalField("record"),
    detail=PersonalField({"detail": _without_staff}),
)  # fmt: skip
declare("subscribers.ConsentWording", "text language digest")
declare(
    "subscribers.Suppression",
    "id address_key cause evidence_at erased_at actor",  # the keyed hash stays, so that nobody can add the address again
    **same("reason origin"), detail=PersonalField("detail", quotes=True), created_at=PersonalField("since"),
    expires_at=PersonalField("expires_at"), address=BY_CODE,
)  # fmt: skip
declare(
    "subscribers.SuppressedDomain",
    "id actor expires_at",
    domain=PersonalField("domain"),
    created_at=PersonalField("since"),
    detail=QUOTES,
)
declare("subscribers.SuppressionLift", "address_key actor", detail=QUOTES)
declare(
    "subscribers.Notice", "subscriber token attempt not_before lease_until gate_at http_status message_id",
    **same("id purpose"), list=_LIST, address=PersonalField("address", ""), parameters=PersonalField(erased=dict),
    state=PersonalField("state"), reason=PersonalField("reason", quotes=True), **same("created_at ended_at"),
)  # fmt: skip
declare(
    "subscribers.AddressChange", "id subscriber actor",
    # In part, as on the person's page, because it may be the address of somebody else.
    address=PersonalField({"new_address": lambda address: mask_address(address) or None}, ""),
    reason=PersonalField("reason", "", quotes=True),
    address_key=PersonalField(erased=addresses.random_key), **same("state asked_at old_confirmed_at new_confirmed_at ended_at"),
)  # fmt: skip
declare("subscribers.FormerAddress", "id subscriber", address_key=BY_CODE)
declare(
    "subscribers.ImportRun",
    "actor dry_run state finished_at rows_read created_count updated_count unchanged_count subscribed_count kept_out_count "
    "refused_count attributes format details stored_file fraction progress_at tries undone_at undone",
    id=PersonalField("id"), started_at=PersonalField("at"), list=_LIST,
    # Not exported, because they may quote other people.
    file_name=QUOTES, consent=QUOTES, refusals=QUOTES, despite_left=QUOTES, measuring_document=QUOTES, choices=QUOTES,
)  # fmt: skip
declare(
    "subscribers.ImportedPerson", "run subscriber_id effect details"
)  # an erasure leaves only that the run had somebody; all end when the run can no longer be undone
declare("subscribers.PeopleAction", "kind state error stored_file token", parameters=QUOTES, left_out=QUOTES)
declare("subscribers.PeopleActionMember", "action subscriber_id outcome")
declare("subscribers.ListCount", "kind origin")
declare("subscribers.MailingList", "slug name description language texts archive_tag list_id_domain")
declare("subscribers.Segment", "slug", name=BY_CODE, text=BY_CODE, description=BY_CODE)  # listed, and changed by staff
# Staff cannot change earlier versions. `text_erasure` also removes names and attributes from them.
declare("subscribers.SegmentVersion", name=QUOTES, text=QUOTES, description=QUOTES)
declare("subscribers.StoredCount", "name figures", of=BY_CODE)
declare("subscribers.NetworkCount", "key")

RETENTIONS["NETWORK_COUNTS"] = Retention(
    timedelta(days=1),
    "Counts of requests to subscribe, by network, and of changes of address, by new address: keyed hashes and numbers",
    lambda before: NetworkCount.objects.filter(~Q(key__startswith=request_counts.KEPT_LONGER), began_at__lt=before).delete()[0],
)  # fmt: skip
RETENTIONS["UNANSWERED_CONFIRMATIONS"] = Retention(
    request_counts.UNANSWERED_FOR,
    "Unanswered confirmations to an address whose record is erased: a keyed hash and a number. Others count for as long",
    lambda before: NetworkCount.objects.filter(began_at__lt=before, key__startswith=request_counts.KEPT_LONGER).delete()[0],
)  # fmt: skip
RETENTIONS["SIGN_UP_HOURS"] = Retention(
    timedelta(days=8), "Counts of requests to subscribe, by list and hour: the median of a week is usual",
    lambda before: SignUpHour.objects.filter(hour__lt=before).delete()[0], is_personal=False,
)  # fmt: skip
RETENTIONS["PEOPLE_ACTIONS"] = by_policy(
    "keep_people_actions", "Whom an action on many people meant, and what became of each: numbers and codes",
    lambda before: PeopleActionMember.objects.filter(action__finished_at__lt=before).delete()[0],
)  # fmt: skip
RETENTIONS["EXPORT_FILES"] = Retention(
    export_files.KEPT_FOR, "Files of exports from the console; an erasure of anybody removes them all at once",
    lambda before: export_files.remove(export_files.kept(before)),
)  # fmt: skip
RETENTIONS["PENDING_SUBSCRIPTIONS"] = Retention(
    tokens.CONFIRM_WITHIN,
    "Requests to subscribe that nobody confirmed, and the new address of a change that was not confirmed",
    lambda _: erasing.expire_pending(audit.system()) + address_changes.end_expired(audit.system()),
)  # fmt: skip
RETENTIONS["IMPORTED_PEOPLE"] = Retention(
    undo.KEPT_FOR, "What an import did with each person, by which it can be undone, and its file of refused rows",
    lambda before: undo_sql.forget_runs(before) + forgetting.forget_files(before),
)  # fmt: skip
RETENTIONS["IMPORT_DRAFTS"] = Retention(
    import_runs.DRAFTS_KEPT, "Imports that were begun in the console and not started, with their files",
    forgetting.forget_drafts,
)  # fmt: skip


@receiver(erasure_begins)
def hold_off_exports(**_: Any) -> None:
    """An export that began before `remove_exports` and that it does not see yet reads nobody until the erasure is committed."""
    export_files_sql.hold_off_exports()


@receiver(people_erased)
def remove_exports(**_: Any) -> set[bytes]:
    """Remove the files of all exports, because any of them may have one of these people. They are quickly made again.

    Before the commit: a process that dies right after it would leave them.
    """
    export_files.remove(export_files.kept())
    return set()


@receiver(people_erased)
def forget_in_imports(people: Sequence[ErasedPerson], **_: Any) -> set[bytes]:
    """An import that is undone later has nothing to do with somebody who was erased."""
    undo_sql.forget_people([number for person in people for number in person.subscriber_ids])
    return set()


@receiver(address_forgotten)
def forget_in_files(identifiers: PersonalIdentifiers, **_: Any) -> list[QuotingText]:
    """Files that the console's imports keep."""
    forgetting.forget_people(identifiers)
    return []
