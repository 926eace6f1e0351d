"""The Celery application: settings, queues and the beat schedule (docs/delivery.md). A message only wakes a worker.

Start it with `celery -A worker.app` once Django's settings can be read; importing this module sets up Django.
"""

import ctypes
import os
from contextlib import suppress

import django
from celery import Celery
from celery.signals import after_task_publish, before_task_publish, worker_init, worker_shutting_down
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after setup, by necessity
from django.db.backends.signals import connection_created  # noqa: E402

from campaigns.sending import quarantine  # noqa: E402
from config import statement_limits  # noqa: E402
from config.failpoints import failpoint  # noqa: E402
from config.processes import broker_transport, consumer_watch  # noqa: E402
from worker import draining  # noqa: E402

SENDING = "sending"
SINGLES = "singles"
UPKEEP = "upkeep"
BEAT_SECONDS = 2.0
_HINT = {"expires": 30, "retry": False}  # the next one follows in two seconds
M_ARENA_MAX = -8  # malloc.h

broker_transport.install()
app = Celery("mailroom")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        # A Unix socket has no keep-alive setting; over TCP it detects a peer that vanished.
        **({} if settings.BROKER_URL.startswith("redis+socket") else {"socket_keepalive": True}),
        "health_check_interval": 25,
    },
    # Mailroom's log lines have their own time and level; Celery would add others, and call each line a warning.
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A short failure of the broker must not interrupt a POST.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # After a reconnection a worker would ask for one message at a time until the tasks from before have ended.
    worker_enable_prefetch_count_reduction=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    task_ignore_result=True,
    task_acks_late=True,
    task_serializer="json",
    accept_content=["json"],
    result_backend=None,
    task_default_queue=UPKEEP,
    task_queues=[Queue(SENDING), Queue(SINGLES), Queue(UPKEEP)],
    task_routes={
        "worker.tasks.send_due": {"queue": SENDING},
        "worker.tasks.send_singles": {"queue": SINGLES},
        "worker.tasks.*": {"queue": UPKEEP},
    },
    beat_schedule={
        "run_due_work": {"task": "worker.tasks.run_due_work", "schedule": BEAT_SECONDS, "options": _HINT},
        "apply-events": {"task": "worker.tasks.apply_events", "schedule": BEAT_SECONDS, "options": _HINT},
        "send-singles": {"task": "worker.tasks.send_singles", "schedule": BEAT_SECONDS, "options": _HINT},
        "fence": {"task": "worker.tasks.fence", "schedule": BEAT_SECONDS, "options": _HINT},
        "count-people": {"task": "worker.tasks.count_people", "schedule": 60.0, "options": {"expires": 50, "retry": False}},
        "tidy": {"task": "worker.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3000, "retry": False}},
    },
    beat_scheduler="worker.loops.beat_scheduler:Scheduler",
    worker_consumer="worker.loops.message_consumer:MessageConsumer",
    timezone="UTC",
    imports=["worker.tasks"],
)

watch = consumer_watch.install(app)


@worker_init.connect
def _prepare(**_signal: object) -> None:
    # glibc gives threads arenas of their own, up to eight per core, and returns little memory. With twenty slots of a thousand
    # recipients that was a tenth of the process. Because of Python's lock, only one thread allocates at a time anyway.
    with suppress(AttributeError, OSError):  # other C libraries have no mallopt
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    # Not at import: the web server and commands import this module to wake workers, and keep their own time limits.
    statement_limits.use(statement_limits.LONG)
    # A restore of the database breaks connections, so each new connection is compared with the mark before it is used.
    connection_created.connect(quarantine.check_connection, dispatch_uid="mark")


@worker_shutting_down.connect
def _drain(**_signal: object) -> None:
    # The threads pool has no soft shutdown. Claim and gate read this flag, and requests under way end by their deadline.
    draining.begin()


@before_task_publish.connect
def _publishing(**_signal: object) -> None:
    failpoint("publish_before")


@after_task_publish.connect
def _published(**_signal: object) -> None:
    failpoint("publish_after")
