"""Imports of the console in the worker: killed in the middle and run again, a run is as one that was not interrupted."""

import csv

import pytest

from publication import audit
from publication.models import Audit
from subscribers import mailing_lists
from subscribers.consent import erasing
from subscribers.importing import importer, row_slices, undo
from subscribers.importing.runs import file_preview, import_runs, kept_files, row_results
from subscribers.models import ImportedPerson, ImportRun, Subscriber, Subscription, Suppression
from tests.subscribers.importing.runs import forget_people, outcome

pytestmark = pytest.mark.django_db
ROWS = ["email,name,status"]
ROWS += [f"p{number}@example.org,Person {number},{'unsubscribed' if number % 9 == 0 else 'subscribed'}" for number in range(200)]
ROWS[50:50] = ['p3@example.org,"Again\nand again",subscribed', "no address,X,subscribed", "p4@example.org,Again,bounced"]


def files_of(*runs):
    """Files of these runs, for tests that run at the same time keep theirs in the same folder."""
    return [path for run in runs for path in kept_files.folder().glob(f"{run.stored_file}*")]


class KilledError(BaseException):
    """The worker ends here."""


def checked(actor, mailing_list, progress=None):
    run = import_runs.begin(actor, ["\n".join(ROWS).encode()], "people.csv")
    import_runs.choose_columns(actor, run, file_preview.preview(run).targets)
    import_runs.choose_list(actor, run, mailing_list, "letter")
    import_runs.work_next(progress)
    run.refresh_from_db()
    assert import_runs.is_checked(run), run.details
    return run


def test_a_run_that_is_killed_again_and_again_ends_as_an_uninterrupted_one(monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 8)
    actor, outcomes = audit.system(), []
    for kills in (0, 20):
        news = mailing_lists.create_list(actor, f"news-{kills}", "News")
        run = checked(actor, news)
        Subscriber.objects.filter(subscription=None).delete()
        import_runs.start(actor, run)
        killed = 0
        while import_runs.is_due():

            def kill(_run, _fraction, left=kills - killed):
                if left > 0:
                    raise KilledError

            try:
                import_runs.work_next(kill)
            except KilledError:
                killed += 1
        assert killed == kills
        outcomes.append(outcome(run))
        forget_people()
    assert outcomes[0] == outcomes[1]


def stop_after(rows, actor):
    def stop(run, _fraction):
        if run.rows_read >= rows:
            import_runs.stop(actor, run)

    return stop


def test_a_run_that_is_stopped_keeps_what_it_has_imported_and_can_be_undone(monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 8)
    actor = audit.system()
    news = mailing_lists.create_list(actor, "news", "News")
    waiting = checked(actor, news)
    import_runs.start(actor, waiting)
    for _ in range(2):  # a doubled click
        import_runs.stop(actor, waiting)
    assert (waiting.state, waiting.rows_read, import_runs.is_due()) == ("stopped", 0, False)
    for killed_before in (False, True):
        run = checked(actor, news)
        import_runs.start(actor, run)
        if killed_before:
            with pytest.raises(KilledError):
                import_runs.work_next(lambda run, _: kill_after(64, run))
            import_runs.stop(actor, run)
            assert run.state == "stopping"
            import_runs.work_next()
        else:
            import_runs.work_next(stop_after(64, actor))
        run.refresh_from_db()
        assert (run.state, run.rows_read, run.refused_count, run.created_count) == ("stopped", 64, 2, 61)
        assert ImportedPerson.objects.filter(run=run).count() == Subscriber.objects.count() == 61
        assert kept_files.beside(run.stored_file, "refused.csv").read_bytes().count(b"\r\n") == 3
        assert not (kept_files.folder() / run.stored_file).exists()
        undo.undo(actor, run)
        assert (run.state, set(Subscription.objects.values_list("state", flat=True))) == ("undone", {"unsubscribed"})
        Subscriber.objects.all().delete()
        Suppression.objects.all().delete()
    with pytest.raises(import_runs.ImportRunError, match="ended"):
        import_runs.stop(actor, run)
    assert Audit.objects.filter(verb="stop_people_import").count() == 3
    assert list(Audit.objects.filter(verb="people_import_stopped").values_list("detail__rows", flat=True)) == [64, 64]


def kill_after(rows, run):
    if run.rows_read >= rows:
        raise KilledError


def test_a_check_that_is_stopped_is_a_draft_again_and_an_import_of_the_command_line_ends(monkeypatch, tmp_path):
    monkeypatch.setattr(row_slices, "SLICE", 8)
    actor = audit.system()
    news = mailing_lists.create_list(actor, "news", "News")
    run = import_runs.begin(actor, ["\n".join(ROWS).encode()], "people.csv")
    import_runs.choose_columns(actor, run, file_preview.preview(run).targets)
    for is_running in (False, True):
        import_runs.choose_list(actor, run, news, "letter")
        if is_running:
            import_runs.work_next(stop_after(64, actor))
        else:
            import_runs.stop(actor, run)
        run.refresh_from_db()
        assert (run.state, run.rows_read, import_runs.is_checked(run), import_runs.is_due()) == ("draft", 0, False, False)
    import_runs.choose_list(actor, run, news, "letter")

    def abandon(run, _fraction):
        import_runs.stop(actor, run)
        import_runs.abandon(actor, run)

    import_runs.work_next(abandon)
    assert (ImportRun.objects.exists(), import_runs.is_due(), files_of(run)) == (False, False, [])
    path = tmp_path / "people.csv"
    path.write_text("\n".join(ROWS), "utf-8")
    run = importer.import_file(actor, path, news, consent="letter", progress=stop_after(64, actor))
    assert (run.state, run.rows_read, run.finished_at is not None) == ("stopped", 64, True)
    assert ImportedPerson.objects.filter(run=run).count() == Subscriber.objects.count() == 61


def test_a_worker_that_ends_at_every_try_leaves_a_failed_run(monkeypatch):
    actor = audit.system()
    run = checked(actor, mailing_lists.create_list(actor, "news", "News"))
    import_runs.start(actor, run)

    def end(*_):
        raise KilledError

    monkeypatch.setattr(import_runs.importer, "run_file", end)
    for _ in range(import_runs.MOST_TRIES):
        with pytest.raises(KilledError):
            import_runs.work_next()
    import_runs.work_next()
    run.refresh_from_db()
    assert (run.state, run.details["error"]["code"], import_runs.is_due()) == ("failed", "stopped", False)


def test_each_row_is_shown_with_what_it_would_do_and_an_erasure_takes_it_out_of_every_file():
    actor = audit.system()
    news = mailing_lists.create_list(actor, "news", "News")
    first = checked(actor, news)
    counted = row_results.counts(first.stored_file)
    assert {name: number for name, number in counted.items() if number} == {"new": 177, "stopped": 24, "refused": 2}
    assert sum(counted.values()) == first.rows_read == len(ROWS) - 1
    rows, pages = row_results.page(first.stored_file, "new", 4)
    assert (len(rows), pages, rows[-1].address) == (27, 4, "p199@example.org")
    import_runs.start(actor, first)
    import_runs.work_next()
    again = checked(actor, news)
    assert row_results.counts(again.stored_file)["unchanged"] == 199
    person = Subscriber.objects.get(address="p1@example.org")
    erasing.erase(actor, person)
    rows = row_results.page(again.stored_file, "unchanged", 1)[0]
    assert (len(rows), "p1@example.org" in {row.address for row in rows}) == (49, False)
    uploaded = kept_files.path_of(again.stored_file)
    assert not [path.name for path in files_of(first, again) if path != uploaded and b"p1@example.org" in path.read_bytes()]
    import_runs.abandon(actor, again)
    assert not list(kept_files.folder().glob(f"{again.stored_file}*"))
    assert ImportRun.objects.count() == 1


def test_somebody_who_is_erased_while_their_import_runs_is_in_none_of_its_files(monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 8)
    actor = audit.system()
    news = mailing_lists.create_list(actor, "news", "News")
    run = checked(actor, news)
    assert "p3@" in kept_files.beside(run.stored_file, "refused.rows").read_text("utf-8")
    import_runs.start(actor, run)

    def erase(_run, fraction, address="p3@example.org"):
        person = Subscriber.objects.filter(address=address).first()
        if fraction > 0.5 and person is not None:
            erasing.erase_many(actor, [person.pk], keeps_out=False)

    import_runs.work_next(erase)
    run.refresh_from_db()
    assert run.state == "done"
    with kept_files.beside(run.stored_file, "refused.csv").open(encoding="utf-8", newline="") as refused:
        assert [cells[4:] for cells in csv.reader(refused)] == [["email", "name", "status"], ["no address", "X", "subscribed"]]
    assert not any(b"p3@" in path.read_bytes() for path in files_of(run))
    again = checked(actor, news, lambda of_run, fraction: erase(of_run, fraction, "p5@example.org"))
    count = row_results.counts(again.stored_file)["unchanged"]
    rows = [*row_results.every(again.stored_file, "unchanged")]
    assert (len(rows), [row for row in rows if row.address == "p5@example.org"]) == (count - 1, [])
