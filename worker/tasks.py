"""The Celery tasks: one call each, without arguments. Losing, repeating or delaying one costs time, but never a mail."""

from worker import provider_clients, provider_list_work, single_sender, slice_sender, upkeep
from worker.app import app
from worker.cancelling import cancel_uncertain, cancel_waves

for name, work in {
    "send_due": slice_sender.send_until_empty,
    "send_singles": single_sender.send_until_empty,
    "run_due_work": upkeep.run_due_work,
    "apply_events": upkeep.apply_events,
    "recall": cancel_waves.take_back,
    "fence": cancel_uncertain.take_back,
    "sync_lists": provider_list_work.work,
    "check_account": provider_clients.check_account,
    "read_documents": upkeep.read_documents,
    "change_people": upkeep.change_people,
    "count_people": upkeep.count_people,
    "import_people": upkeep.import_people,
    "tidy": upkeep.tidy,
}.items():
    app.task(name=f"worker.tasks.{name}")(work)
