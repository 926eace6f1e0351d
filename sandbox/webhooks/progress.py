"""Records which requests are over: their mail has reached its outcome, and all its events were posted or given up.

Requests that are unfinished when the sandbox dies are done again at the next start, with the same event ids. Like SendGrid,
the sandbox posts events at least once."""

import os
import threading
from array import array
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True, eq=False)
class Ticket:
    """One request in progress: the number of stages and events that it still waits for."""

    number: int
    era: int
    left: int = 0


class Progress:
    """Keeps 8 bytes on disk per request that is over."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._file = os.open(folder / "posted.bin", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.era = 0

    def over(self) -> set[int]:
        """The numbers of all requests that are over; read at the start."""
        size = os.fstat(self._file).st_size // 8 * 8
        os.ftruncate(self._file, size)
        numbers = array("q")
        with open(self._file, "rb", closefd=False) as file:
            file.seek(0)
            numbers.frombytes(file.read())
        return set(numbers)

    def issue(self, number: int) -> Ticket:
        return Ticket(number, self.era)

    def is_current(self, ticket: Ticket) -> bool:
        """Whether there was no reset since this request."""
        return ticket.era == self.era

    def expect(self, ticket: Ticket, count: int = 1) -> None:
        """Add to the number of stages or events that must be done before the request is over."""
        with self._lock:
            ticket.left += count

    def finish(self, ticket: Ticket, count: int = 1) -> None:
        with self._lock:
            ticket.left -= count
            if ticket.left == 0 and ticket.era == self.era:
                os.write(self._file, ticket.number.to_bytes(8, "little"))

    def reset(self) -> None:
        with self._lock:
            self.era += 1
            os.ftruncate(self._file, 0)
