"""What an import run leaves: its counts, and everything that one run must have in common with another one of the same file."""

from subscribers.importing.runs import kept_files
from subscribers.models import ConsentRecord, ImportedPerson, Subscriber, Subscription, Suppression
from subscribers.people import list_counts


def counts(run):
    parts = run.created_count, run.updated_count, run.unchanged_count, run.kept_out_count, run.refused_count
    assert run.rows_read == sum(parts) + run.details.get("addresses_suppressed", 0)
    return parts


def reasons(run):
    return [(refusal["line"], refusal["reason"]) for refusal in run.refusals]


def outcome(run):
    """All that a run leaves, without numbers and times."""
    run.refresh_from_db()
    names = ("state", "rows_read", "created_count", "updated_count", "unchanged_count", "subscribed_count", "kept_out_count",
             "refused_count", "refusals", "details", "attributes", "format", "undone")  # fmt: skip
    people = Subscriber.objects.order_by("address").values_list("address", "name", "language", "country", "attributes")
    of_list = Subscription.objects.filter(list=run.list, source=f"import:{run.pk}").order_by("subscriber__address")
    effects = ImportedPerson.objects.filter(run=run).values_list("effect", flat=True)
    ledger = ConsentRecord.objects.filter(list=run.list).order_by("act", "detail__line")
    refused = kept_files.beside(run.stored_file, "refused.csv").read_bytes()
    months = list_counts.by_month(run.list).people
    return {
        "run": {name: getattr(run, name) for name in names},
        "people": list(people),
        "subscriptions": list(of_list.values_list("subscriber__address", "state", "consent", "unsubscribed_how")),
        "suppressions": list(Suppression.objects.order_by("address").values_list("address", "reason", "origin", "cause")),
        "effects": sorted(effects),
        "ledger": list(ledger.values_list("act", "proof", "detail")),
        "totals": list_counts.total(run.list),
        "months": {key: sum(by_month.values()) for key, by_month in months.items()},
        "refused": refused,
    }


def forget_people():
    """Make room for the same people once more; what is on record of them stays."""
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
