"""The web server's thread pools: which addresses share threads, how many, and how large a request body they accept.

A thread holds a database connection, so the numbers also count in `config.processes.process_commands.connections`.
"""

from dataclasses import dataclass

from config.public_urls import (
    ADDRESS,
    ANSWER,
    CLICK,
    CONFIRM,
    OPEN,
    PERSON,
    PREFERENCES,
    PRIVATE_LINK,
    REPORT,
    REVIEW,
    SENDER,
    SUBSCRIBE,
    UNSUBSCRIBE,
)

MIB = 1024 * 1024


@dataclass(frozen=True)
class Pool:
    """Threads that answer only the paths under `prefixes`; a prefix without a trailing slash is a single path."""

    name: str
    threads: int
    prefixes: tuple[str, ...]
    largest_body: int = 64 * 1024
    # Of a client without the cookie of a device that has signed in, which gets 403 for more. None: as of everybody.
    largest_of_strangers: int | None = None
    uses_database: bool = True

    def answers(self, path: str) -> bool:
        return any(path.startswith(prefix) if prefix.endswith("/") else path == prefix for prefix in self.prefixes)


# One pool per kind of caller, so that neither slow console pages nor many webhooks keep people from unsubscribing.
LIVENESS = Pool("liveness", 1, ("/health/live",), uses_database=False)
READINESS = Pool("readiness", 1, ("/health", "/health/processes"))
# SendGrid documents posts of up to 768 KB; no known sender exceeds 4 MiB.
WEBHOOK = Pool("webhook", 4, ("/hooks/",), largest_body=4 * MIB)
LINKS = Pool(
    "links", 4, tuple(f"/{path}/" for path in (UNSUBSCRIBE, CONFIRM, PREFERENCES, PERSON, ADDRESS, REPORT, REVIEW, SENDER))
)
# Every reader of a mail comes at once, with each click; a destination is in memory, so that four threads lead hundreds on.
CLICKS = Pool("clicks", 4, (f"/{CLICK}/", f"/{OPEN}/"))
# Readers and mail filters come at once after a campaign, and each page asks the database.
ANSWERS = Pool("answers", 2, (f"/{ANSWER}/",), largest_body=16 * 1024)
# Anybody may post here, so a flood must not keep people from unsubscribing or confirming.
SIGN_UP = Pool("sign-up", 2, (f"/{SUBSCRIBE}/", f"/{PRIVATE_LINK}/"), largest_body=16 * 1024)
# Staff upload several pictures of up to 20 MB each at once, or a document of up to 100 MB. Bodies are spooled to disk.
UPLOADS = Pool("uploads", 2, ("/console/uploads/",), largest_body=101 * MIB, largest_of_strangers=64 * 1024)
CONSOLE = Pool("console", 4, ("/console/",), largest_body=5 * MIB, largest_of_strangers=64 * 1024)
PAGES = Pool("pages", 4, ("/",))
POOLS = (LIVENESS, READINESS, WEBHOOK, LINKS, CLICKS, ANSWERS, SIGN_UP, UPLOADS, CONSOLE, PAGES)  # the first that matches is used

# Database connections that one web process may hold: one for each thread, one for its heartbeat, and one that
# stores clicks.
DATABASE_CONNECTIONS = sum(pool.threads for pool in POOLS if pool.uses_database) + 2


def pool_of(path: str) -> Pool:
    """The pool of a decoded path. Several slashes at its beginning count as one, as in the PATH_INFO that Django gets."""
    address = "/" + path.lstrip("/")
    return next((pool for pool in POOLS if pool.answers(address)), PAGES)
