"""Records of work on many people at once: imports, and actions of staff. `subscribers.models` makes them known to Django."""

import builtins
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from publication.models import Actor

IMPORTED_DETAILS = "import_details"  # verb of the audit line that names the fields of somebody that an import changed


class ImportRun(models.Model):
    """One import of a file, and the results of its rows."""

    class State(models.TextChoices):
        DRAFT = "draft"  # its file is kept, and staff choose columns, list and consent
        WAITING = "waiting"  # for the worker
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPING = "stopping"  # staff stopped it, and the worker is to end it
        STOPPED = "stopped"
        UNDOING = "undoing"
        UNDONE = "undone"

    file_name = models.TextField()
    list = models.ForeignKey("subscribers.MailingList", null=True, on_delete=models.PROTECT)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    consent = models.TextField(blank=True, default="")
    dry_run = models.BooleanField(default=False)
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    rows_read = models.BigIntegerField(default=0)
    created_count = models.BigIntegerField(default=0)
    updated_count = models.BigIntegerField(default=0)
    unchanged_count = models.BigIntegerField(default=0)
    subscribed_count = models.BigIntegerField(default=0)
    kept_out_count = models.BigIntegerField(default=0, help_text="left before or suppressed: not brought back")
    refused_count = models.BigIntegerField(default=0)
    refusals = models.JSONField(default=builtins.list, help_text="the first 100: line, reason, hint")
    attributes = ArrayField(models.TextField(), default=builtins.list)  # `list` is a field here
    format = models.TextField(blank=True, default="", db_default="", help_text="name in importing.source_formats, if recognised")
    despite_left = models.TextField(
        blank=True, default="", db_default="", help_text="why people who left another list were imported"
    )
    measuring_document = models.TextField(
        blank=True, default="", db_default="", help_text="in which the people agreed to be measured; empty: they did not"
    )
    details = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), help_text="further counts: importing.importer"
    )

    # Of an import in the console; the command line gives its file and choices with the command.
    stored_file = models.TextField(blank=True, default="", db_default="", help_text="name of the kept file; empty: none any more")
    choices = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), help_text="columns, encoding, sheet and list as chosen"
    )
    fraction = models.FloatField(default=0, db_default=0.0, help_text="of the file that was read")
    progress_at = models.DateTimeField(null=True, help_text="when the fraction was written; NULL: not begun")
    tries = models.SmallIntegerField(default=0, db_default=0)
    undone_at = models.DateTimeField(null=True)
    undone = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), help_text="counts of what its undo ended, deleted and left"
    )

    class Meta:
        db_table = "import_run"
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="import_run_open",
                condition=models.Q(state__in=["draft", "waiting", "running", "stopping", "undoing"]),
            )
        ]


class ImportedPerson(models.Model):
    """What an import did with somebody, for its undo. Kept as long as a run can be undone; the table is written by SQL only."""

    class Effect(models.IntegerChoices):
        SEEN = 0  # was in the file, and nothing changed
        UPDATED = 1  # got other details
        SUBSCRIBED = 2  # was here, and is on the list by this run
        CREATED = 3
        SUBSCRIBED_UPDATED = 4  # was here, is on the list by this run, and got other details

    pk = models.CompositePrimaryKey("run_id", "subscriber_id")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    subscriber_id = models.BigIntegerField()
    effect = models.SmallIntegerField(choices=Effect.choices)
    details = models.BigIntegerField(null=True, help_text="hash of name, language, country, zone and attributes after the run")

    class Meta:
        db_table = "imported_person"


class PeopleAction(models.Model):
    """One change of many people, which the worker makes in slices: whom it means, what to do, how far it is, what came of it."""

    class Kind(models.TextChoices):
        UNSUBSCRIBE = "unsubscribe"
        SET_FIELD = "set_field"
        EXPORT = "export"
        ERASE = "erase"
        ADD_TO_LIST = "add_to_list"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.TextField(choices=Kind.choices)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    parameters = models.JSONField(default=dict, help_text="list, field and value, columns, consent …: people.actions")
    # Staff confirmed this number; the people themselves are the members. An export has none: it reads whom its filter means.
    total = models.BigIntegerField(default=0)
    handled = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0, help_text="the subscriber up to whom everybody is handled")
    changed = models.BigIntegerField(default=0)
    left_out = models.JSONField(default=dict, help_text="reason -> number of people who were not changed")
    state = models.TextField(choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True, default="", help_text="code")
    stored_file = models.TextField(blank=True, default="", help_text="name of the file of an export, as long as it is kept")
    tries = models.SmallIntegerField(default=0)
    token = models.TextField(null=True, unique=True, help_text="of the form that began it")  # noqa: DJ001 - NULL: of no form
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "people_action"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="people_action_open", condition=models.Q(state__in=["waiting", "running"]))
        ]


class PeopleActionMember(models.Model):
    """Somebody whom an action means, and what became of it. Members are handled in the order of their ids."""

    pk = models.CompositePrimaryKey("action_id", "subscriber_id")
    action = models.ForeignKey(PeopleAction, on_delete=models.CASCADE, db_index=False)
    subscriber_id = models.BigIntegerField()
    outcome = models.TextField(blank=True, default="", db_default="", help_text="changed, unchanged or why not; empty: waits")

    class Meta:
        db_table = "people_action_member"
