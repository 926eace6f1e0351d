"""Records of people that the pages about them need: of one list, so that tests can also ask for those of another one."""

from publication import audit
from subscribers import addresses, attribute_declarations
from subscribers.consent import subscriptions, suppressed_domains, suppressions
from subscribers.importing.runs import import_runs
from subscribers.models import ImportRun, MailingList, PeopleAction, Subscriber, SuppressedDomain, Suppression
from subscribers.people import actions, export_files
from subscribers.people.people_filter import PeopleFilter
from subscribers.segments import saved_segments

FILE = "email,name\nnew@people.example,Mei Lin\nnobody,Li\n"
OF_DRAFTS = (
    "people-import-columns", "people-import-consent", "people-import-start", "people-import-rows", "people-import-details",
)  # fmt: skip


def arguments(mailing_list: MailingList, person: Subscriber) -> tuple[dict[str, int | str], dict[str, dict[str, int]]]:
    """The arguments of the section's URLs, and those of single URLs, for records that belong to this list."""
    actor, slug = audit.system(), mailing_list.slug
    attribute_declarations.declare(actor, "topics", "words")
    asked = subscriptions.subscribe(audit.subscriber(), mailing_list, f"asks-{slug}@people.example", name="Asks")
    suppressed = f"gone@{slug}.example"
    suppressions.suppress(actor, suppressed, Suppression.Reason.MANUAL, "asked by telephone")
    suppressed_domains.suppress_domain(actor, f"{slug}.example", "asked by their postmaster")
    asked_for = {"columns": ["email"], "format": "csv", "headings": {}, "terms": {}}
    whom = PeopleFilter(ids=(person.pk,))
    actions.begin(actor, PeopleAction.Kind.EXPORT, whom, asked_for, confirmed=1)
    export = actions.next_action()
    assert export is not None
    actions.make_slice(export)
    assert export_files.path_of(export) is not None
    known: dict[str, int | str] = {
        "list_id": mailing_list.pk, "person_id": person.pk, "request_id": asked.pk, "action_id": export.pk, "attribute": "topics", "kind": "months",
        "suppression_id": Suppression.objects.get(address_key=addresses.key_of_spelling(suppressed)).pk,
        "domain_id": SuppressedDomain.objects.get(domain=f"{slug}.example").pk, "group": "new",
        "segment_id": saved_segments.create(actor, f"of-{slug}", 'language = "en"').pk,
        "run_id": _imported(mailing_list).pk,
    }  # fmt: skip
    draft, given_up = _checked(mailing_list), _checked(mailing_list)
    of_url = {name: {"run_id": draft.pk} for name in OF_DRAFTS} | {"people-import-abandon": {"run_id": given_up.pk}}
    return known, of_url


def _checked(mailing_list: MailingList) -> ImportRun:
    """A draft that says what would change."""
    actor = audit.system()
    run = import_runs.begin(actor, [FILE.encode()], f"{mailing_list.slug}.csv")
    import_runs.choose_columns(actor, run, ["email", "name"])
    import_runs.choose_list(actor, run, mailing_list, "sheet of the fair")
    import_runs.work_next()
    run.refresh_from_db()
    assert import_runs.is_checked(run)
    return run


def _imported(mailing_list: MailingList) -> ImportRun:
    run = _checked(mailing_list)
    import_runs.start(audit.system(), run)
    import_runs.work_next()
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE
    return run
